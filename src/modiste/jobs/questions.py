"""Questions about the outfits of a wardrobe, written to a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from modiste.data.photographs import load_photographs
from modiste.data.questions.files import write_questions
from modiste.data.questions.make import QuestionSettings, ask
from modiste.data.wardrobe import Wardrobe
from modiste.jobs.evaluate import has_images
from modiste.outfit import Split


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
    photographs = load_photographs(opened) if has_images(opened) else None
    asked = ask(opened, split, settings, photographs=photographs)
    write_questions(out, asked.questions)
    return Written(
        file=out,
        questions=dict(Counter(question.kind for question in asked.questions)),
        draws=asked.draws,
        relaxed=dict(asked.relaxed),
        dropped={str(kind): n for kind, n in asked.dropped.items()},
    )
