"""What the stylist asks: find the items that fit best, exactly, within a category."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from modiste.data.batches import Floats, Ints

Bools = npt.NDArray[np.bool_]

NOTHING = -1
"""The row that stands where fewer items were found than asked for."""


@dataclass(frozen=True)
class Found:
    """What a search found, best first; ties go to the lower row.

    Args:
        rows: (B, k) int64 catalogue rows, `NOTHING` where there were no more.
        scores: (B, k) float32 inner products, minus infinity where there were no more.
    """

    rows: Ints
    scores: Floats


class RowSearch(Protocol):
    """Items and their vectors, searched by maximum inner product.

    Implementations: `in_memory.InMemory`; a store answers through a `base.Snapshot`.
    """

    def search(
        self, wanted: Floats, category: int | None, k: int, allowed: Bools | None = None
    ) -> Found:
        """Find the k items with the largest inner product.

        Filters hold before the choice, so that k items come back wherever k are allowed.

        Args:
            wanted: (B, H) float32, as `OutfitModel.wanted` gives it.
            category: fine category to search in, as in `ItemTable.category`; None for all.
            k: how many, at least 1.
            allowed: (M,) bool, by catalogue row; None allows all.
        """

    def vectors(self, rows: Ints) -> Floats:
        """(n, H) float32 what the items of `rows` are searched by."""
