"""One piece as it is shown, and the verdict on several of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from modiste.data.wardrobe import Wardrobe
from modiste.outfit import Item


@dataclass(frozen=True, kw_only=True)
class Garment:
    """One piece as it is shown.

    Args:
        id: the item's id, or the path of a photograph.
        category: its slot.
        fine: its fine category.
        title: what the catalogue calls it; "" for photographs.
        price: in the catalogue's currency, None where unknown.
        image: path of its photograph, None where there is none.
        given: whether the person gave it.
        guessed: whether its category was guessed from its photograph.
    """

    id: str
    category: str
    fine: str
    title: str = ""
    price: float | None = None
    image: str | None = None
    given: bool = False
    guessed: bool = False

    @classmethod
    def of(cls, item: Item, wardrobe: Wardrobe, *, given: bool = False) -> Garment:
        """The garment that a catalogue item is."""
        path = wardrobe.image_path(item.image)
        return cls(
            id=item.id,
            category=item.category,
            fine=item.fine,
            title=item.title,
            price=item.price,
            image=None if path is None else str(path),
            given=given,
        )

    def to_json(self) -> dict[str, Any]:
        """All fields."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def __str__(self) -> str:
        kind = self.category if self.fine == self.category else f"{self.category}: {self.fine}"
        return f"{self.id} ({kind})" + (f" {self.title}" if self.title else "")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How well an outfit goes together.

    Args:
        probability: calibrated, 0 to 1: that people would make this outfit, among as many made
            as spoilt ones.
        logit: what the model says, unbounded.
        words: "goes together", "daring" or "fights itself".
        calibrated: False where the run has no calibration and the logit is taken at its word.
    """

    probability: float
    logit: float
    words: str
    calibrated: bool = True

    def to_json(self) -> dict[str, Any]:
        """All fields, numbers with four decimals."""
        return {
            "probability": rounded(self.probability),
            "logit": rounded(self.logit),
            "words": self.words,
            "calibrated": self.calibrated,
        }

    def __str__(self) -> str:
        return f"{for_people(self.probability)} {self.words}"


def for_people(probability: float) -> str:
    """Two decimals, from 0.01 to 0.99: nobody is certain."""
    return f"{min(max(probability, 0.01), 0.99):.2f}"


def rounded(number: float) -> float | None:
    """Four decimals; None for what JSON cannot say."""
    return round(number, 4) if math.isfinite(number) else None


def shown(pieces: Sequence[Garment]) -> dict[str, Any]:
    """The field `pieces` of a JSON document."""
    return {"pieces": [piece.to_json() for piece in pieces]}


def in_lines(lines: Sequence[str], notes: Sequence[str]) -> str:
    """Text of lines and notes."""
    return "\n".join([*lines, *notes])
