"""How alike all items are to something: by how they look, or by what is said of them.

Few items are compared one by one. Of many, a sketch proposes: each item's vector along the
directions in which items differ most, 256 bytes instead of thousands. The vectors themselves
decide among what it proposes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from modiste.arrays import Bools, Floats, Ints
from modiste.data.best import highest

EXACT = 50_000
"""Items up to which all are compared, each time: a few milliseconds."""
WIDTH = 64
"""Numbers of a sketch."""
LEARNT = 16_384
"""Items from which the directions of a sketch are learnt."""
DEEP = 2_000
"""Items that a sketch proposes, to be compared by their vectors."""
CHUNK = 16_384
"""Items in memory at once while all are read: features may be larger than memory."""


@dataclass(frozen=True)
class Likeness:
    """How alike each of M items is to one thing.

    Args:
        estimate: (M,) float32; minus infinity for items of which there is nothing to compare.
        exactly: (n,) rows to their (n,) float32 true likeness; None where the estimate is that.
    """

    estimate: Floats
    exactly: Callable[[Ints], Floats] | None = None

    def at(self, rows: Ints) -> Floats:
        """(n,) float32 true likeness of some rows."""
        found: Floats = self.estimate[rows] if self.exactly is None else self.exactly(rows)
        return found

    def best(self, rows: Ints, k: int) -> Ints:
        """The k of `rows`, ascending, that are most alike, best first; ties go to the lower row.

        Beyond the first `DEEP` of an estimate, the estimate ranks.
        """
        if self.exactly is None:
            return rows[highest(self.estimate[rows], k)]
        proposed = rows[highest(self.estimate[rows], max(k, DEEP))]
        checked = np.sort(proposed[:DEEP])
        ranked = checked[highest(self.exactly(checked), DEEP)]
        return np.concatenate([ranked, proposed[DEEP:]])[:k]


class Aspect:
    """Some columns of the items' features, by which they can be compared.

    Args:
        features: (M, D) float32 of all items, in memory or fetched by row.
        columns: that are compared.
        cosine: compare directions alone; else inner products, which are the same where all
            vectors have length 1, and cheaper.
    """

    def __init__(self, features: Floats, columns: slice, *, cosine: bool) -> None:
        self._features, self._columns, self._cosine = features, columns, cosine
        self._taker: _Few | _Sketch | None = None  # once it has taken in all items
        self._preparing = threading.Lock()

    @property
    def prepared(self) -> bool:
        """Whether all items have been read."""
        return self._taker is not None

    def to(self, wanted: Floats) -> Likeness:
        """How alike all items are to one (d,) vector; the first call may read all items."""
        prepare([self])
        if self._taker is None:
            raise RuntimeError("unreachable: what is prepared can compare")
        wanted = np.asarray(wanted, dtype=np.float32)
        if self._cosine:
            wanted = wanted / (np.linalg.norm(wanted) or 1.0)
        if isinstance(self._taker, _Few):
            return Likeness(self._taker.compare(wanted))
        return Likeness(self._taker.compare(wanted), lambda rows: self._exactly(rows, wanted))

    def follow(self, before: Aspect, same: Ints) -> None:
        """Take over what was prepared of the items that there were before.

        Args:
            before: of the same features of another version of the items.
            same: (M,) int64 each item's row there; below 0 where it was not there.
        """
        sketch = before._taker
        new = np.flatnonzero(same < 0)
        if len(same) <= EXACT or not isinstance(sketch, _Sketch):
            return  # made anew in no time; or there is nothing to take over
        if sketch.strange + len(new) > len(same) // 2:
            return  # most items differ from those that the directions were learnt from
        taker = sketch.of(same)
        for some in np.array_split(new, len(new) // CHUNK + 1):
            taker.put(some, *self._own(np.asarray(self._features[some])))
        self._taker = taker

    def _exactly(self, rows: Ints, wanted: Floats) -> Floats:
        return _products(*self._own(np.asarray(self._features[rows])), wanted)

    def _own(self, features: Floats) -> tuple[Floats, Bools]:
        """(n, d) what is compared of (n, D) features, and (n,) of which there is nothing."""
        found: Floats = features[:, self._columns]
        if not self._cosine:
            return found, np.zeros(len(found), dtype=np.bool_)
        length = np.linalg.norm(found, axis=1, keepdims=True)
        units = found / np.where(length > 0, length, 1)
        return units.astype(np.float32, copy=False), length[:, 0] == 0

    def _start(self) -> _Few | _Sketch:
        """What takes in all rows, one chunk after the other."""
        count = len(self._features)
        if count <= EXACT:
            return _Few()
        sample = np.linspace(0, count - 1, LEARNT).round().astype(np.int64)
        return _Sketch.learn(self._own(np.asarray(self._features[sample]))[0], count)


def prepare(aspects: Sequence[Aspect]) -> None:
    """Read all items once, for all aspects of the same items that have not been prepared.

    Later calls find nothing to do; seconds for a million items.
    """
    if all(aspect.prepared for aspect in aspects):
        return
    for aspect in aspects:
        aspect._preparing.acquire()
    try:
        missing = [aspect for aspect in aspects if not aspect.prepared]
        if not missing:
            return
        features = missing[0]._features
        takers = [aspect._start() for aspect in missing]
        for start in range(0, len(features), CHUNK):
            some = np.asarray(features[start : start + CHUNK])
            for aspect, taker in zip(missing, takers, strict=True):
                taker.put(np.arange(start, start + len(some)), *aspect._own(some))
        for aspect, taker in zip(missing, takers, strict=True):
            aspect._taker = taker
    finally:
        for aspect in aspects:
            aspect._preparing.release()


class _Few:
    """All rows as they are."""

    def __init__(self) -> None:
        self._parts: list[tuple[Floats, Bools]] = []

    def put(self, rows: Ints, values: Floats, nothing: Bools) -> None:
        """The next rows."""
        self._parts.append((values, nothing))

    def compare(self, wanted: Floats) -> Floats:
        parts = [_products(values, nothing, wanted) for values, nothing in self._parts]
        return np.concatenate([np.zeros(0, dtype=np.float32), *parts])


class _Sketch:
    """Rows along the directions in which a sample of them differs most (principal components).

    Attributes:
        strange: how many rows came after the directions were learnt.
    """

    def __init__(self, mean: Floats, directions: Floats, count: int) -> None:
        self._mean, self._directions = mean, directions
        self._rows = np.empty((count, directions.shape[1]), dtype=np.float32)
        self._nothing: Bools = np.zeros(count, dtype=np.bool_)
        self.strange = 0

    @classmethod
    def learn(cls, sample: Floats, count: int) -> _Sketch:
        """An empty one for `count` rows like (n, d) others."""
        mean = sample.mean(axis=0)
        apart = sample - mean
        _, directions = np.linalg.eigh(apart.T @ apart)  # ascending
        return cls(mean, np.ascontiguousarray(directions[:, -WIDTH:], dtype=np.float32), count)

    def of(self, same: Ints) -> _Sketch:
        """One of other rows, of which some are the same; the others are to be put in."""
        found = _Sketch(self._mean, self._directions, len(same))
        here = same >= 0
        found._rows[here], found._nothing[here] = self._rows[same[here]], self._nothing[same[here]]
        found.strange = self.strange + int((~here).sum())
        return found

    def put(self, rows: Ints, values: Floats, nothing: Bools) -> None:
        """What some rows are."""
        self._rows[rows] = (values - self._mean) @ self._directions
        self._nothing[rows] = nothing

    def compare(self, wanted: Floats) -> Floats:
        found: Floats = self._rows @ (wanted @ self._directions) + self._mean @ wanted
        found[self._nothing] = -np.inf
        return found


def _products(rows: Floats, nothing: Bools, wanted: Floats) -> Floats:
    found: Floats = rows @ wanted
    found[nothing] = -np.inf
    return found
