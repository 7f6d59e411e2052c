"""The game: fill-in-the-blank questions of the wardrobe, and what the model makes of them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from modiste.data.photographs import load_photographs
from modiste.data.questions.files import load_questions, question_names
from modiste.data.questions.make import QuestionSettings, ask
from modiste.data.wardrobe import Wardrobe
from modiste.errors import ModisteError
from modiste.outfit import FitbQuestion
from modiste.serving.version import ServedVersion
from modiste.stylist.context import PartialOutfit

CANDIDATES = 4


SMALLEST = 2
"""Pieces that a question shows beside the blank."""


def fitb_questions(served: ServedVersion) -> list[FitbQuestion]:
    """The questions in their order; only those whose pieces are all sold and have a photograph.

    The game is played by looking.
    """
    wardrobe = served.stock.wardrobe
    try:
        found = wardrobe_questions(wardrobe.root, Wardrobe(wardrobe.root).content_hash)
    except ModisteError:  # without outfits there are no questions
        return []
    return [question for question in found if _playable(served, question)]


@lru_cache(maxsize=2)
def wardrobe_questions(root: Path, content_hash: str) -> tuple[FitbQuestion, ...]:
    """A wardrobe's questions about its test outfits: from its file, else by the matched rules.

    Args:
        root: the wardrobe.
        content_hash: of it; other content has other questions.

    Raises:
        ModisteError: there are no test outfits, or a file is damaged.
    """
    wardrobe = Wardrobe(root)
    names = [name for name in question_names(root) if name.endswith("test")]
    written = [question for name in names[:1] for question in load_questions(root, name)]
    if found := tuple(q for q in written if isinstance(q, FitbQuestion)):
        return found
    measured = (root / "photographs.parquet").is_file()  # nothing is measured or written here
    photographs = load_photographs(wardrobe) if measured else None
    asked = ask(wardrobe, "test", QuestionSettings(kinds=("fitb",)), photographs=photographs)
    return tuple(q for q in asked.questions if isinstance(q, FitbQuestion))


def answered(served: ServedVersion, question: FitbQuestion, choice: int) -> dict[str, Any]:
    """Whether a choice was right, and the model's share for each candidate.

    The model judges the four completed outfits; the shares are its calibrated odds that each was
    made by people, given that exactly one of them was: a softmax of the calibrated logits.
    """
    context = served.stylist.context
    rows = [served.rows[item_id] for item_id in question.question]
    board = PartialOutfit(context, [served.piece(item_id) for item_id in question.question])
    outfits = [[*rows, served.rows[item_id]] for item_id in question.candidates]
    probability = np.clip(context.calibration.probability(board.score(outfits)), 1e-9, 1 - 1e-9)
    odds = probability / (1 - probability)
    shares = odds / odds.sum()
    return {
        "right": choice == question.answer,
        "answer": question.answer,
        "model": int(np.argmax(shares)),
        "scores": [round(float(share), 4) for share in shares],
    }


def _playable(served: ServedVersion, question: FitbQuestion) -> bool:
    pieces = (*question.question, *question.candidates)
    return (
        len(question.candidates) == CANDIDATES
        and len(question.question) >= SMALLEST
        and all(item_id in served and served.image_path(item_id) for item_id in pieces)
    )
