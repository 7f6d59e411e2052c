"""Questions on a wardrobe: made from its outfits, or read from wherever they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from modiste.data.photographs import load_photographs
from modiste.data.questions import (
    QuestionSettings,
    ask,
    load_questions,
    question_names,
    read_questions,
    write_questions,
)
from modiste.data.wardrobe import Wardrobe
from modiste.errors import DataError, UnknownName
from modiste.outfit import Question, Split


@dataclass(frozen=True, kw_only=True)
class Written:
    """Questions that were written to a file."""

    file: Path
    questions: Mapping[str, int]
    """Kind -> how many."""
    draws: int
    relaxed: Mapping[str, int]
    """Rule that gave way -> in how many of the draws."""
    dropped: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self) | {"file": str(self.file)}

    def to_text(self) -> str:
        """A line for the questions, a line for each rule that gave way."""
        made = ", ".join(f"{n:,} {kind}" for kind, n in self.questions.items())
        lines = [f"{self.file}: {made}."]
        lines += [
            f"- {rule}: given up in {n:,} of {self.draws:,} draws."
            for rule, n in self.relaxed.items()
        ]
        lines += [
            f"- {n:,} {kind} questions could not be made: too few items of the category."
            for kind, n in self.dropped.items()
        ]
        return "\n".join(lines)


def write_matched_questions(
    wardrobe: Path, out: Path, *, split: Split = "test", seed: int = 0
) -> Written:
    """Make matched questions about the outfits of one split and write them as JSON Lines.

    Raises:
        DataError: the split has no outfit.
        ModisteError: the file cannot be written.
    """
    opened = Wardrobe(wardrobe)
    settings = QuestionSettings(seed=seed)
    asked = ask(opened, split, settings, photographs=photographs_of(opened))
    write_questions(out, asked.questions)
    return Written(
        file=out,
        questions=Counter(question.kind for question in asked.questions),
        draws=asked.draws,
        relaxed=dict(asked.relaxed),
        dropped=dict(asked.dropped),
    )


def photographs_of(wardrobe: Wardrobe) -> pl.DataFrame | None:
    """The measurements of a wardrobe's photographs; None where it has none."""
    if wardrobe.items["image"].null_count() == len(wardrobe.items):
        return None
    return load_photographs(wardrobe)
