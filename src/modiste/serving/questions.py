"""Fill-in-the-blank: real questions of the wardrobe, and what the model makes of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from modiste.data.photographs import load_photographs
from modiste.data.question_files import load_questions, question_names
from modiste.data.questions import QuestionSettings, ask
from modiste.errors import ModisteError
from modiste.outfit import FitbQuestion
from modiste.serving.served import Served
from modiste.stylist.board import Board

CANDIDATES = 4
SMALLEST = 2
"""Pieces that a question shows beside the blank."""


def fitb_questions(served: Served) -> list[FitbQuestion]:
    """The questions in their order: from the wardrobe's file, else drawn by the matched rules.

    Only those whose pieces all have a photograph: the game is played by looking.
    """
    wardrobe = served.stock.wardrobe
    names = [name for name in question_names(wardrobe.root) if name.endswith("test")]
    try:
        found = [q for name in names[:1] for q in load_questions(wardrobe.root, name)]
        if not any(isinstance(q, FitbQuestion) for q in found):
            settings = QuestionSettings(kinds=("fitb",))
            pictured = bool(wardrobe.items["image"].null_count() < len(wardrobe.items))
            photographs = load_photographs(wardrobe) if pictured else None
            found = ask(wardrobe, "test", settings, photographs=photographs).questions
    except ModisteError:  # a catalogue without outfits has no questions
        return []
    return [q for q in found if isinstance(q, FitbQuestion) and _playable(served, q)]


def answered(served: Served, question: FitbQuestion, choice: int) -> dict[str, Any]:
    """Whether a choice was right, and the model's share for each candidate.

    The model judges the four completed outfits; the shares are its calibrated odds that each was
    made by people, given that exactly one of them was: a softmax of the calibrated logits.
    """
    atelier = served.stylist.atelier
    rows = [served.rows[item_id] for item_id in question.question]
    board = Board(atelier, [served.piece(item_id) for item_id in question.question])
    outfits = [[*rows, served.rows[item_id]] for item_id in question.candidates]
    probability = np.clip(atelier.calibration.probability(board.score(outfits)), 1e-9, 1 - 1e-9)
    odds = probability / (1 - probability)
    shares = odds / odds.sum()
    return {
        "right": choice == question.answer,
        "answer": question.answer,
        "model": int(np.argmax(shares)),
        "scores": [round(float(share), 4) for share in shares],
    }


def _playable(served: Served, question: FitbQuestion) -> bool:
    pieces = (*question.question, *question.candidates)
    return (
        len(question.candidates) == CANDIDATES
        and len(question.question) >= SMALLEST
        and all(item_id in served and served.image_path(item_id) for item_id in pieces)
    )
