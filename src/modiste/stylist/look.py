"""Answers to `compose`: whole looks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from modiste.stylist.garment import Garment, Verdict, in_lines, rounded, shown


@dataclass(frozen=True, kw_only=True)
class Look:
    """A whole outfit.

    Args:
        pieces: the given ones first, then those that were added.
        verdict: on all of them together.
        wish: how well the added pieces answer the text wish, in standard deviations above the
            catalogue's mean; None without a wish.
        value: what looks are ranked by: verdict, wish, and how usual the slots are together.
    """

    pieces: tuple[Garment, ...]
    verdict: Verdict
    wish: float | None
    value: float

    @property
    def added(self) -> tuple[Garment, ...]:
        """The pieces that were not given."""
        return tuple(piece for piece in self.pieces if not piece.given)

    def to_json(self) -> dict[str, Any]:
        """The pieces, the verdict, the wish."""
        wish = None if self.wish is None else rounded(self.wish)
        return {
            **self.verdict.to_json(),
            "value": rounded(self.value),
            "wish": wish,
            **shown(self.pieces),
        }

    def to_text(self) -> str:
        """The verdict, then a line a piece; `*` marks the given ones."""
        return "\n".join([str(self.verdict), *(_marked(piece) for piece in self.pieces)])


@dataclass(frozen=True, kw_only=True)
class Composition(Sequence[Look]):
    """Several distinct looks, best first; a sequence of them.

    Args:
        looks: best first.
        notes: what a person should know about the answer, a sentence each.
    """

    looks: tuple[Look, ...]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.looks)

    def __getitem__(self, place: Any) -> Any:
        return self.looks[place]

    def __iter__(self) -> Iterator[Look]:
        return iter(self.looks)

    def to_json(self) -> dict[str, Any]:
        """One JSON document."""
        return {"looks": [look.to_json() for look in self.looks], "notes": list(self.notes)}

    def to_text(self) -> str:
        """The looks, numbered, then the notes."""
        looks = [f"Look {n}: {look.to_text()}" for n, look in enumerate(self.looks, start=1)]
        return in_lines(["\n\n".join(looks)], self.notes)


def _marked(garment: Garment) -> str:
    return f"  {'*' if garment.given else ' '} {garment}"
