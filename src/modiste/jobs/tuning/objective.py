"""What a search makes large or small: from the metrics of one evaluation to a number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from modiste.errors import Misuse


@dataclass(frozen=True, kw_only=True)
class Objective:
    """`constant` plus the weighted metrics of an evaluation."""

    words: str
    direction: Literal["maximize", "minimize"]
    weights: Mapping[str, float]
    constant: float = 0.0

    @property
    def completion(self) -> bool:
        """Whether it needs slots completed and items reconstructed; see `Validation`."""
        return "reconstruction" in self.weights

    def value(self, metrics: Mapping[str, float]) -> float:
        """Of one evaluation."""
        return self.constant + sum(w * float(metrics[name]) for name, w in self.weights.items())

    def better(self, one: float, other: float) -> bool:
        """Whether `one` is better than `other`."""
        return one > other if self.direction == "maximize" else one < other


OBJECTIVES = {
    "selection": Objective(
        words="selection on validation", direction="maximize", weights={"selection": 1.0}
    ),
    "published": Objective(
        words="2 - accuracy - number of hits",
        direction="minimize",
        weights={"reconstruction": -1.0, "hits": -1.0},
        constant=2.0,
    ),
    "hit": Objective(
        words="2 - accuracy - hit@10",
        direction="minimize",
        weights={"reconstruction": -1.0, "hit@10": -1.0},
        constant=2.0,
    ),
}
"""By name. `published` adds a share, at most 1, to a count of hundreds: the accuracy of
reconstruction then never decides, as it does not in the search it comes from. `hit` is the same
in right units; `selection`, what chooses weights in training."""


RECONSTRUCTING = ("umbert", "wumbert")
"""Models that have `reconstruct`."""


def objective_of(name: str, model: str) -> Objective:
    """The objective of a search with a model.

    Raises:
        Misuse: the model does not reconstruct, and the objective is about that.
    """
    found = OBJECTIVES[name]
    if found.completion and model not in RECONSTRUCTING:
        raise Misuse(
            f"--objective {name} is about reconstructed items, and {model} reconstructs none; "
            "give --objective selection, or --model umbert or wumbert."
        )
    return found
