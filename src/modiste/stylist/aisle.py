"""A slot's shelves end to end: few items are weighed all at once faster than shelf by shelf."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from modiste.catalogue.in_memory import InMemory
from modiste.catalogue.rows import RowSearch
from modiste.data.batches import Floats, Ints
from modiste.stylist.stock import Shelf, spread_over

SHORT = 20_000
"""Items of a slot up to which weighing them all beats an index for every shelf."""
SAMPLE = 256
"""Items of a slot from which the mean and spread of their fit are estimated."""


@dataclass(frozen=True)
class Aisle:
    """The shelves of one slot.

    Args:
        shelves: one after the other.
        rows: (n,) int64 their catalogue rows.
        sample: places in `rows`, evenly spread over each shelf.
    """

    shelves: tuple[Shelf, ...]
    rows: Ints
    sample: Ints

    @classmethod
    def of(cls, shelves: Sequence[Shelf]) -> Aisle:
        """Shelves put end to end."""
        starts = np.cumsum([0, *(len(shelf.rows) for shelf in shelves)])
        sample = [
            start + spread_over(np.arange(len(shelf.rows)), count)
            for shelf, start, count in zip(shelves, starts, shares(shelves), strict=False)
        ]
        rows = np.concatenate([shelf.rows for shelf in shelves])
        return cls(tuple(shelves), rows, np.concatenate(sample))

    @property
    def short(self) -> bool:
        """Whether its items are so few that all of them can be weighed."""
        return len(self.rows) <= SHORT

    def products(self, catalogue: RowSearch, wanted: Mapping[int, Floats]) -> Floats | None:
        """(B, n) inner products of every item with what is wanted of its fine category.

        None where that is not the fast way: too many items, or vectors that are elsewhere.
        """
        if not isinstance(catalogue, InMemory) or not self.short:
            return None
        parts = [catalogue.products(wanted[s.category], s.category, s.rows) for s in self.shelves]
        dense = [part for part in parts if part is not None]
        return np.concatenate(dense, axis=1) if len(dense) == len(parts) else None


def shares(shelves: Sequence[Shelf]) -> list[int]:
    """How many of `SAMPLE` items each shelf gives, one at least."""
    size = sum(len(shelf.rows) for shelf in shelves)
    return [max(1, round(SAMPLE * len(shelf.rows) / size)) for shelf in shelves]
