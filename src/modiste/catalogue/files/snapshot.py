"""One version of a local catalogue."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
import polars as pl

from modiste.catalogue.base import NOTHING, Found, LazyRows
from modiste.catalogue.conditions import Conditions
from modiste.catalogue.facts import FACTS
from modiste.catalogue.files.manifest import Manifest
from modiste.catalogue.files.segment import LiveSegment, merged
from modiste.data.batches import Bools, Floats, Ints

Takes = Callable[[str, str], bool]
"""Whether a coarse and a fine category are asked for."""
_MASKS = 16  # conditions whose answers are remembered


class FileSnapshot:
    """See `base.Snapshot`.

    Args:
        manifest: the version.
        segments: in the manifest's order.
    """

    def __init__(self, manifest: Manifest, segments: Sequence[LiveSegment]) -> None:
        self.manifest = manifest
        self.segments = segments
        self._starts = np.cumsum([0, *(len(segment) for segment in segments)])
        self._masks: dict[Conditions, Bools] = {}
        self._masking = threading.Lock()

    @property
    def version(self) -> int:
        """The version that it is of."""
        return self.manifest.version

    @property
    def run(self) -> str:
        """Fingerprint of the run whose model made the vectors."""
        return self.manifest.run

    @cached_property
    def items(self) -> pl.DataFrame:
        """M rows: the columns of `FACTS`, then attributes as text."""
        parts = [pl.DataFrame(schema=FACTS)]
        for live in self.segments:
            facts = live.segment.facts
            parts.append(facts if live.living is None else facts.filter(live.living))
        frame = pl.concat(parts, how="diagonal")
        return frame.select(*FACTS, *sorted(set(frame.columns) - set(FACTS)))

    @cached_property
    def keys(self) -> Ints:
        """(M,) int64: the segment's number, shifted, and the place in it."""
        parts = [np.zeros(0, dtype=np.int64)]
        for live in self.segments:
            places = live.places(np.arange(len(live)))
            parts.append((live.entry.number << 32) + places)
        return np.concatenate(parts)

    @cached_property
    def features(self) -> LazyRows:
        """(M, D) float32, fetched from the files by row."""
        width = self.manifest.feature_width
        shape = (int(self._starts[-1]), width)
        return LazyRows(shape, lambda rows: self._gather(rows, "features", width))

    def counts(self) -> tuple[dict[str, int], set[str]]:
        """How many items each fine category has, and which of them have an index."""
        counts: dict[str, int] = {}
        indexed = set()
        for live in self.segments:
            for partition in live.entry.partitions:
                tombstones = np.diff(
                    np.searchsorted(live.tombstones, [partition.start, partition.stop])
                )[0]
                counts[partition.fine] = (
                    counts.get(partition.fine, 0)
                    + partition.stop
                    - partition.start
                    - int(tombstones)
                )
                indexed |= {partition.fine} if partition.index is not None else set()
        return counts, indexed

    def vectors(self, rows: Ints) -> Floats:
        """(n, H) float32 what the items of `rows` are searched by."""
        return self._gather(np.asarray(rows, dtype=np.int64), "vectors", self.manifest.width)

    def ids(self, rows: Ints) -> list[str]:
        """The ids of rows, without reading all facts."""
        found = [""] * len(rows)
        for number, mine in self._by_segment(rows):
            live = self.segments[number]
            ids = live.segment.ids(live.places(rows[mine] - self._starts[number]))
            for place, item in zip(mine.tolist(), ids, strict=True):
                found[place] = item
        return found

    def search(
        self, wanted: Floats, category: str | None, k: int, allowed: Bools | None = None
    ) -> Found:
        """Find the k items with the largest inner product; see `base.Snapshot.search`."""
        return self._search(
            wanted, k, lambda coarse, fine: category is None or fine == category, allowed
        )

    def search_where(self, wanted: Floats, k: int, where: Conditions) -> Found:
        """The same among the items that meet conditions."""
        return self._search(wanted, k, where.takes, self._mask(where.anywhere()))

    def _search(
        self, wanted: Floats, k: int, takes: Callable[[str, str], bool], allowed: Bools | None
    ) -> Found:
        wanted = np.ascontiguousarray(wanted, dtype=np.float32)
        parts = []
        for number, live in enumerate(self.segments):
            start, stop = int(self._starts[number]), int(self._starts[number + 1])
            partitions = [
                n
                for n, partition in enumerate(live.entry.partitions)
                if takes(partition.category, partition.fine)
            ]
            if not partitions:
                continue
            found = live.search(
                wanted, partitions, k, None if allowed is None else allowed[start:stop]
            )
            rows = np.where(found.rows == NOTHING, NOTHING, found.rows + start)
            parts.append(Found(rows, found.scores))
        return merged(parts, len(wanted), k)

    def _mask(self, where: Conditions) -> Bools | None:
        if where == Conditions():
            return None
        with self._masking:
            if where not in self._masks:
                while len(self._masks) >= _MASKS:
                    del self._masks[next(iter(self._masks))]
                self._masks[where] = where.mask(self.items)
            return self._masks[where]

    def _gather(self, rows: Ints, what: str, width: int) -> Floats:
        found = np.empty((len(rows), width), dtype=np.float32)
        for number, mine in self._by_segment(rows):
            live = self.segments[number]
            places = live.places(rows[mine] - self._starts[number])
            found[mine] = getattr(live.segment, what)[places]
        return found

    def _by_segment(self, rows: Ints) -> list[tuple[int, Ints]]:
        """(number of a segment, places in `rows` of its rows), of segments that have any."""
        if len(rows) and (rows.min() < 0 or rows.max() >= self._starts[-1]):
            raise IndexError(f"Rows go from 0 to {self._starts[-1] - 1}.")
        owner = np.searchsorted(self._starts, rows, side="right") - 1
        return [(n, np.flatnonzero(owner == n)) for n in np.unique(owner).tolist()]
