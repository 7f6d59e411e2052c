"""Items in groups, each drawn as often as its weight says."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]


class WeightedGroups:
    """Items grouped by some columns, ready to be drawn by frequency within a group."""

    def __init__(self, columns: pl.DataFrame, frequency: npt.NDArray[np.float64]) -> None:
        rank = columns.select(pl.struct(pl.all()).rank("dense")).to_series()
        self._group = rank.to_numpy().astype(np.int64) - 1  # (M,)
        order = np.argsort(self._group, kind="stable")
        self._drawable = order[frequency[order] > 0]  # (K,) rows, ascending within each group
        sizes = np.bincount(self._group[self._drawable], minlength=int(self._group.max()) + 1)
        self._start = np.concatenate([[0], np.cumsum(sizes)])  # (G + 1,) places among drawable
        self._frequency = frequency
        self._below = np.concatenate([[0.0], np.cumsum(frequency[self._drawable])])  # (K + 1,)
        self._place = np.zeros(len(frequency), dtype=np.int64)  # (M,), 0 where not drawable
        self._place[self._drawable] = np.arange(len(self._drawable))

    def pool(self, row: int) -> Ints:
        """The rows of the item's group that occur in outfits, itself among them; ascending."""
        group = self._group[row]
        return np.asarray(self._drawable[self._start[group] : self._start[group + 1]])

    def others(self, rows: Ints) -> npt.NDArray[np.float64]:
        """(n,) how often the rest of each item's group occurs."""
        group = self._group[rows]
        total = self._below[self._start[group + 1]] - self._below[self._start[group]]
        return np.asarray(total - self._frequency[rows])

    def sample(self, rows: Ints, rng: np.random.Generator) -> Ints:
        """(n,) for each row another of its group, by frequency; `others` must be above 0."""
        group = self._group[rows]
        first, last = self._below[self._start[group]], self._below[self._start[group + 1]]
        point = first + rng.random(len(rows)) * self.others(rows)
        own = self._below[self._place[rows]]
        point = np.where(point >= own, point + self._frequency[rows], point)  # skip itself
        point = np.minimum(point, np.nextafter(last, 0))  # rounding must not leave the group
        place = np.searchsorted(self._below, point, side="right") - 1
        return np.asarray(self._drawable[place])


def without(pool: Ints, banned: Ints) -> Ints:
    """What is left of an ascending pool; faster than `np.isin` for a few banned among many."""
    place = np.searchsorted(pool, banned)
    inside = place < len(pool)
    return np.delete(pool, place[inside][pool[place[inside]] == banned[inside]])
