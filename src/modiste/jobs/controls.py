"""The controls alone: what needs no learning, and no photographs but for two of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modiste.data.wardrobe import Wardrobe
from modiste.evaluation.evaluate import Measures, measure
from modiste.evaluation.scoring import EvaluationContext
from modiste.jobs.evaluate import catalogue_index_of, chosen_questions, fitted_controls
from modiste.outfit import Split


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Several scorers on the same questions."""

    asked: str
    """Which questions, in words."""
    measures: Mapping[str, Measures]
    """Name -> what it achieved."""
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The figures by name."""
        return {
            "questions": self.asked,
            "controls": {name: found.to_json() for name, found in self.measures.items()},
            "notes": list(self.notes),
        }


def measure_controls(
    wardrobe: Path, *, split: Split = "test", questions: str | None = None, seed: int = 0
) -> Compared:
    """Measure the controls of a wardrobe, fitted on its training outfits.

    Args:
        wardrobe: its folder.
        split: whose outfits to ask about, if `questions` is None.
        questions: a JSON Lines file, or the name of a question set of the wardrobe.
        seed: of the resampling.

    Raises:
        ModisteError: see the parts.
    """
    opened = Wardrobe(wardrobe)
    asked, chosen = chosen_questions(opened, split, questions)
    worn = frozenset(opened.worn("train"))
    terms = EvaluationContext(catalogue_index_of(opened), worn, seed)
    controls = fitted_controls(opened)
    return Compared(
        asked=asked,
        measures={
            name: measure(scorer, chosen, terms) for name, scorer in controls.scorers.items()
        },
        notes=tuple(controls.left_out.values()),
    )
