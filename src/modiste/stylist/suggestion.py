"""Answers to `score`, `complete` and `revise`: data, JSON, and words for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from modiste.stylist.garment import Garment, Verdict, for_people, in_lines, rounded, shown


@dataclass(frozen=True, kw_only=True)
class ScoreResult:
    """The verdict on some pieces.

    Args:
        pieces: as given.
        verdict: on all of them together.
        notes: what a person should know about the answer, a sentence each.
    """

    pieces: tuple[Garment, ...]
    verdict: Verdict
    notes: tuple[str, ...] = ()

    @property
    def probability(self) -> float:
        """The verdict's."""
        return self.verdict.probability

    def to_json(self) -> dict[str, Any]:
        """One JSON document."""
        return {**self.verdict.to_json(), **shown(self.pieces), "notes": list(self.notes)}

    def to_text(self) -> str:
        """One line, then the notes."""
        return in_lines([str(self.verdict)], self.notes)


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """An item that would complete the outfit.

    Args:
        garment: the item.
        score: what it is ranked by: fit and verdict, blended; comparable within one answer only.
        verdict: on the outfit with it.
        why: a few words.
    """

    garment: Garment
    score: float
    verdict: Verdict
    why: str = ""

    def to_json(self) -> dict[str, Any]:
        """The item, its score, and the probability and logit of the outfit with it."""
        facts = {**self.garment.to_json(), "score": rounded(self.score)}
        return facts | self.verdict.to_json() | {"why": self.why}

    def to_text(self) -> str:
        """One line."""
        why = f" - {self.why}" if self.why else ""
        return f"{for_people(self.verdict.probability)}  {self.garment}{why}"


@dataclass(frozen=True, kw_only=True)
class Completion(Sequence[Suggestion]):
    """Suggestions, best first; a sequence of them.

    Args:
        pieces: as given.
        category: the category asked for, None for any.
        suggestions: best first.
        notes: what a person should know about the answer, a sentence each.
    """

    pieces: tuple[Garment, ...]
    category: str | None
    suggestions: tuple[Suggestion, ...]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.suggestions)

    def __getitem__(self, place: Any) -> Any:
        return self.suggestions[place]

    def __iter__(self) -> Iterator[Suggestion]:
        return iter(self.suggestions)

    def to_json(self) -> dict[str, Any]:
        """One JSON document."""
        return {
            "category": self.category,
            **shown(self.pieces),
            "suggestions": [s.to_json() for s in self.suggestions],
            "notes": list(self.notes),
        }

    def to_text(self) -> str:
        """A line a suggestion, then the notes."""
        return in_lines([s.to_text() for s in self.suggestions], self.notes)


@dataclass(frozen=True, kw_only=True)
class Revision:
    """Which piece to change, and for what.

    Args:
        pieces: as given.
        before: the verdict on them.
        change: the piece to change, None if nothing in the catalogue would be better.
        swaps: what to wear instead, best first; the verdict of each is on the outfit with it.
        notes: what a person should know about the answer, a sentence each.
    """

    pieces: tuple[Garment, ...]
    before: Verdict
    change: Garment | None
    swaps: tuple[Suggestion, ...]
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """One JSON document."""
        return {
            "before": self.before.to_json(),
            "change": None if self.change is None else self.change.to_json(),
            "swaps": [swap.to_json() for swap in self.swaps],
            **shown(self.pieces),
            "notes": list(self.notes),
        }

    def to_text(self) -> str:
        """What to change, a line a swap."""
        if self.change is None:
            return in_lines([str(self.before)], self.notes)
        head = [str(self.before), f"Change {self.change} for one of these:"]
        return in_lines([*head, *(swap.to_text() for swap in self.swaps)], self.notes)
