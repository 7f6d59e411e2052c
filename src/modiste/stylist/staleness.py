"""How alike items are to what the looks before showed: people want to see something else."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import numpy as np

from modiste.data.batches import Floats, Ints
from modiste.evaluation.calibration import Doubles
from modiste.stylist.aisle import shares
from modiste.stylist.board import Atelier
from modiste.stylist.diversity import standard_units


class Staleness:
    """Likeness of items to those of their slot that were shown, 0 to 1.

    Of a slot that is short all items are compared at once, whenever one of it is shown; of a
    larger one those that are asked about, by the mean and spread of a sample.

    Args:
        atelier: what the stylist works with.
    """

    def __init__(self, atelier: Atelier) -> None:
        self._atelier = atelier
        self._short: dict[str, Floats] = {}  # slot -> its items' units
        self._large: dict[int, _Sampled] = {}  # number of a slot among the labels -> of it
        self._anything = False

    def __bool__(self) -> bool:
        """Whether anything was shown."""
        return self._anything

    def show(self, rows: Iterable[int]) -> None:
        """Remember that these items have been shown too."""
        for row in rows:
            self._anything = True
            slot = self._atelier.stock.slot[row]
            aisle = self._atelier.aisle(self._atelier.stock.shelves[slot])
            if aisle.short:
                self._compare(slot, aisle.rows, row)
            else:
                number = int(self._atelier.stock.slot_labels.number[row])
                if number not in self._large:
                    self._large[number] = _Sampled(self._atelier, slot)
                self._large[number].show(row)

    def at(self, rows: Ints) -> Doubles:
        """(n,) of catalogue rows."""
        stale: Doubles = self._compared[rows]
        slots = self._atelier.stock.slot_labels.number[rows] if self._large else rows
        for slot, sampled in self._large.items():
            mine = np.flatnonzero(slots == slot)
            if len(mine):
                stale[mine] = sampled.at(rows[mine])
        return stale

    @cached_property
    def _compared(self) -> Doubles:
        """(M,) of the items of short slots; 0 elsewhere."""
        return np.zeros(len(self._atelier.stock))

    def _compare(self, slot: str, rows: Ints, shown: int) -> None:
        """All items of a short slot with one of them."""
        if slot not in self._short:
            self._short[slot] = standard_units(self._atelier.catalogue.vectors(rows))
        units = self._short[slot]
        likeness = units @ units[np.flatnonzero(rows == shown)[0]]
        self._compared[rows] = np.maximum(self._compared[rows], likeness)


class _Sampled:
    """What was shown of a large slot, and a sample that says what is usual there."""

    def __init__(self, atelier: Atelier, slot: str) -> None:
        shelves = atelier.stock.shelves[slot]
        self._catalogue = atelier.catalogue
        self._usual = np.concatenate(
            [atelier.sample(*each) for each in zip(shelves, shares(shelves), strict=True)]
        )
        self._shown: list[Floats] = []

    def show(self, row: int) -> None:
        self._shown.append(self._units(np.array([row]))[0])

    def at(self, rows: Ints) -> Doubles:
        """(n,) of one row of this slot or more."""
        likeness = self._units(rows) @ np.stack(self._shown, axis=1)  # (n, s)
        most: Doubles = likeness.max(axis=1, initial=0.0).astype(np.float64)
        return most

    def _units(self, rows: Ints) -> Floats:
        return standard_units(self._catalogue.vectors(rows), self._usual)
