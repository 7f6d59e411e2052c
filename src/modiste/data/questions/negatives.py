"""Wrong items, drawn like right ones: same category, same season, same background, as often.

Whatever tells a wrong item from a right one without looking at the outfit is a leak. So a wrong
item shares the fine category of the item it stands in for, the `match` columns (the season, say)
and the photograph's background colour, and is drawn in proportion to how many outfits it is in.

Where too few items are left to draw from, the rules give way in this order, and `relaxed` counts
how often: the background may differ twice as much; then at will; then the match columns go, the
last one first. The fine category never goes: fewer items are drawn instead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain

import numpy as np
import numpy.typing as npt
import polars as pl

from modiste.arrays import Doubles, Floats, Ints
from modiste.data.photographs import backgrounds as backgrounds_of
from modiste.data.wardrobe import Wardrobe
from modiste.errors import DataError, Misuse
from modiste.outfit import Outfit


class WeightedGroups:
    """Items grouped by some columns, ready to be drawn by frequency within a group."""

    def __init__(self, columns: pl.DataFrame, frequency: Doubles) -> None:
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

    def others(self, rows: Ints) -> Doubles:
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


CLOSE = 1.5
"""Backgrounds this near in CIE Lab count as alike; 2.3 is just noticeable side by side."""
ROOM = 6
"""A pool must offer this many items: were it the same few each time, the one most worn among them
would be the right one too often."""
_TRIES = 16


class NegativePools:
    """Which items may stand in for which, and how often."""

    def __init__(
        self,
        items: pl.DataFrame,
        outfits: Iterable[Iterable[int]],
        *,
        match: Sequence[str] = (),
        backgrounds: Floats | None = None,
    ) -> None:
        """Prepare the pools.

        Args:
            items: the M items of a wardrobe; `fine` and the `match` columns are read.
            outfits: catalogue rows of each outfit; an item is drawn as often as it occurs here,
                so one that does not occur is never drawn.
            match: item columns that a wrong item shares with the right one.
            backgrounds: (M, 3) float32 CIE Lab, NaN where unknown; an item of unknown background
                matches only others of unknown background. None: backgrounds do not matter.

        Raises:
            Misuse: no such column.
            DataError: the outfits hold no item.
        """
        for name in match:
            if name not in items.columns:
                raise Misuse(
                    f"There is no item column {name!r} to match wrong items on; the columns are "
                    f"{', '.join(items.columns)}."
                )
        worn = np.fromiter(chain.from_iterable(outfits), dtype=np.int64)
        if not len(worn):
            raise DataError("There is no outfit to draw wrong items from; add some to this split.")
        self.frequency = np.bincount(worn, minlength=len(items)).astype(np.float64)
        self.relaxed: Counter[str] = Counter()
        self._backgrounds = backgrounds
        self._names = tuple(match)
        columns = [["fine", *match[:kept]] for kept in range(len(match), -1, -1)]
        self._groupings = [WeightedGroups(items.select(names), self.frequency) for names in columns]

    @classmethod
    def of(
        cls,
        wardrobe: Wardrobe,
        outfits: Sequence[Outfit],
        *,
        match: Sequence[str] | None = None,
        photographs: pl.DataFrame | None = None,
    ) -> NegativePools:
        """The pools of a wardrobe; `match` is the wardrobe's own choice where it is None."""
        return cls(
            wardrobe.items,
            ([wardrobe.rows[i] for i in outfit.items] for outfit in outfits),
            match=wardrobe.info.match if match is None else match,
            backgrounds=None if photographs is None else backgrounds_of(wardrobe, photographs),
        )

    def draw(
        self, row: int, count: int, rng: np.random.Generator, exclude: Collection[int] = ()
    ) -> Ints:
        """Draw distinct wrong items for one right item, by frequency.

        Args:
            row: of the right item; never drawn itself.
            count: how many are wanted.
            rng: the only source of chance.
            exclude: rows that may not be drawn, such as the rest of the outfit.

        Returns:
            (k,) rows; k is below `count` only where the fine category has no more to offer.
        """
        banned = np.unique(np.array([row, *exclude], dtype=np.int64))
        enough: tuple[str, Ints] | None = None
        for relaxed, pool in self._pools(row):
            pool = without(pool, banned)
            if len(pool) >= max(ROOM, 2 * count):
                enough = relaxed, pool
                break
            if enough is None or len(enough[1]) < min(count, len(pool)):
                enough = relaxed, pool
        assert enough is not None  # there is a pool for every grouping, and at least one of them
        relaxed, pool = enough
        if relaxed:
            self.relaxed[relaxed] += 1
        weight = self._weight(row, pool, count)
        size = min(count, len(pool))
        return rng.choice(pool, size, replace=False, p=weight) if size else pool

    def draw_many(self, rows: npt.ArrayLike, count: int, rng: np.random.Generator) -> Ints:
        """Draw wrong items for many right ones at once, for training; repeats may occur.

        Several are tried for each; the first with a like background is kept, or the one whose
        background came nearest. An item alone in its fine category gets any item at all.

        Args:
            rows: (n,) rows of the right items.
            count: how many for each.
            rng: the only source of chance.

        Returns:
            (n, count) int64 rows, never the right item's own.

        Raises:
            DataError: the outfits hold a single item.
        """
        right = np.repeat(np.asarray(rows, dtype=np.int64), count)
        drawn = np.full(len(right), -1, dtype=np.int64)
        for grouping in self._groupings:
            missing = np.flatnonzero(drawn < 0)
            missing = missing[grouping.others(right[missing]) > 0]
            drawn[missing] = self._nearest_tried(grouping, right[missing], rng)
        missing = np.flatnonzero(drawn < 0)
        if len(missing):
            if (self._everything.others(right[missing]) <= 0).any():
                raise DataError("All outfits hold one and the same item; no wrong one is left.")
            drawn[missing] = self._everything.sample(right[missing], rng)
        return drawn.reshape(-1, count)

    def _weight(self, row: int, pool: Ints, count: int) -> Doubles:
        """(k,) chances of being drawn first, such that items are wrong as often as they are right.

        An item cannot be drawn while it is the right one, which is most often so for popular
        items. Each of the `count` draws is missed that way with the item's share: divide by it.
        """
        worn = self.frequency[pool]
        share = worn / (worn.sum() + max(self.frequency[row], 1.0))
        weight = share / (1 - share) ** count
        return np.asarray(weight / weight.sum())

    @cached_property
    def _everything(self) -> WeightedGroups:
        return WeightedGroups(pl.DataFrame({"group": [0] * len(self.frequency)}), self.frequency)

    def _pools(self, row: int) -> Iterator[tuple[str, Ints]]:
        """Ever wider pools for an item, each with the name of what was given up for it."""
        narrow = self._groupings[0].pool(row)
        if self._backgrounds is not None:
            apart = self._apart(np.full(len(narrow), row), narrow)
            yield "", narrow[apart < CLOSE]
            yield f"background within {2 * CLOSE:g}", narrow[apart < 2 * CLOSE]
            yield "background", narrow
        else:
            yield "", narrow
        for name, grouping in zip(reversed(self._names), self._groupings[1:], strict=True):
            yield name, grouping.pool(row)

    def _nearest_tried(
        self, grouping: WeightedGroups, right: Ints, rng: np.random.Generator
    ) -> Ints:
        drawn = grouping.sample(right, rng)
        if self._backgrounds is None:
            return drawn
        apart = self._apart(right, drawn)
        for _ in range(_TRIES - 1):
            poor = np.flatnonzero(apart >= CLOSE)
            again = grouping.sample(right[poor], rng)
            apart_again = self._apart(right[poor], again)
            better = apart_again < apart[poor]
            drawn[poor[better]], apart[poor[better]] = again[better], apart_again[better]
        return drawn

    def _apart(self, rows: Ints, others: Ints) -> Floats:
        """Difference in background colour, pair by pair: 0 where both are unknown."""
        assert self._backgrounds is not None
        one, other = self._backgrounds[rows], self._backgrounds[others]
        apart = np.sqrt(((one - other) ** 2).sum(axis=-1))
        unknown = np.isnan(one[:, 0]), np.isnan(other[:, 0])
        apart[unknown[0] != unknown[1]] = np.inf
        apart[unknown[0] & unknown[1]] = 0
        return np.asarray(apart, dtype=np.float32)
