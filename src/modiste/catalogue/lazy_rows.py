"""A matrix whose rows are fetched when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from modiste.data.batches import Floats, Ints

_CHUNK = 16_384  # rows that a pass over everything holds at once


class LazyRows:
    """Looks like an (M, D) float32 array to those who index it by rows.

    Args:
        shape: M and D.
        fetch: (n,) int64 rows from 0 to M - 1, in any order, to their (n, D) float32 values.
    """

    dtype = np.dtype(np.float32)
    ndim = 2

    def __init__(self, shape: tuple[int, int], fetch: Callable[[Ints], Floats]) -> None:
        self.shape = shape
        self._fetch = fetch

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> Floats:
        """Rows by number, slice, numbers or bools; with a comma also columns, as NumPy has it."""
        which, columns = index if isinstance(index, tuple) else (index, slice(None))
        rows = np.arange(len(self))[which]
        fetched = self._fetch(np.ravel(rows)).reshape(*np.shape(rows), self.shape[1])
        found: Floats = fetched[..., columns]
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        """All of it, in memory."""
        return self[:].astype(dtype or self.dtype, copy=False)

    def mean(self, axis: int = 0, dtype: Any = np.float64) -> np.ndarray[Any, Any]:
        """(D,) the mean of all rows, some rows in memory at a time; `axis` is 0."""
        if axis != 0:
            raise ValueError("LazyRows has the mean of its rows alone: axis=0.")
        total = np.zeros(self.shape[1], dtype=dtype)
        for at in range(0, len(self), _CHUNK):
            total += self[at : at + _CHUNK].sum(axis=0, dtype=dtype)
        return np.asarray(total / max(len(self), 1))
