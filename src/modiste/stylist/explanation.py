"""Answers to `explain`: what each piece does, and which get on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from modiste.stylist.garment import Garment, Verdict, in_lines, rounded


@dataclass(frozen=True, kw_only=True)
class Share:
    """What one piece does to an outfit.

    Args:
        garment: the piece.
        logit: how much higher the model's logit is with it; below 0 it costs.
        probability: the same in the calibrated probability, -1 to 1.
    """

    garment: Garment
    logit: float
    probability: float

    def to_json(self) -> dict[str, Any]:
        """All fields."""
        return {
            **self.garment.to_json(),
            "adds": {"logit": rounded(self.logit), "probability": rounded(self.probability)},
        }


@dataclass(frozen=True, kw_only=True)
class Pair:
    """How two pieces get on, in this outfit.

    Args:
        first: one of them.
        second: the other.
        logit: what having both does beyond what each does alone; below 0 they clash.
    """

    first: Garment
    second: Garment
    logit: float

    def to_json(self) -> dict[str, Any]:
        """Their ids and the logit."""
        return {"pieces": [self.first.id, self.second.id], "logit": rounded(self.logit)}

    def __str__(self) -> str:
        return f"{_named(self.first)} and {_named(self.second)}"


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Why an outfit is judged as it is.

    Args:
        verdict: on the whole.
        shares: what each piece adds or costs, in the order given.
        compared: what a piece's share is measured against, in words.
        pairs: all pairs, the worst first.
        sentence: the gist, for people.
        notes: what a person should know about the answer, a sentence each.
    """

    verdict: Verdict
    shares: tuple[Share, ...]
    compared: str
    pairs: tuple[Pair, ...]
    sentence: str
    notes: tuple[str, ...] = ()

    @property
    def clash(self) -> Pair | None:
        """The pair that gets on worst, if it costs anything."""
        return self.pairs[0] if self.pairs and self.pairs[0].logit < 0 else None

    @property
    def match(self) -> Pair | None:
        """The pair that gets on best, if it adds anything."""
        return self.pairs[-1] if self.pairs and self.pairs[-1].logit > 0 else None

    def to_json(self) -> dict[str, Any]:
        """One JSON document."""
        clash, match = self.clash, self.match
        return {
            **self.verdict.to_json(),
            "pieces": [share.to_json() for share in self.shares],
            "compared": self.compared,
            "clash": None if clash is None else clash.to_json(),
            "match": None if match is None else match.to_json(),
            "pairs": [pair.to_json() for pair in self.pairs],
            "sentence": self.sentence,
            "notes": list(self.notes),
        }

    def to_text(self) -> str:
        """The verdict, a line a piece, the gist."""
        lines = [f"{share.probability:+.2f}  {share.garment}" for share in self.shares]
        return in_lines([str(self.verdict), *lines, self.sentence], self.notes)


def _named(garment: Garment) -> str:
    return f"the {garment.fine} {garment.id}"
