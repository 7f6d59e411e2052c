"""One version of a local catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import polars as pl

from modiste.arrays import Floats, Ints
from modiste.catalogue.base import NOTHING, Found, LazyRows
from modiste.catalogue.facts import FACTS
from modiste.catalogue.files.manifest import Manifest
from modiste.catalogue.files.segment import LiveSegment, merged
from modiste.catalogue.filters import EVERYTHING, Facts, Filter, Kind


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
    def facts(self) -> Facts:
        """The same, to be asked."""
        return Facts(self.items)

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

    @cached_property
    def kinds(self) -> dict[Kind, int]:
        """How many items each kind has; one at least."""
        counts: dict[Kind, int] = {}
        for live in self.segments:
            for part in live.entry.partitions:
                first, end = np.searchsorted(live.tombstones, [part.start, part.stop]).tolist()
                kind = (part.category, part.fine)
                counts[kind] = counts.get(kind, 0) + part.stop - part.start - (end - first)
        return {kind: count for kind, count in counts.items() if count}

    def vectors(self, rows: Ints) -> Floats:
        """(n, H) float32 what the items of `rows` are searched by."""
        return self._gather(np.asarray(rows, dtype=np.int64), "vectors", self.manifest.width)

    def search(
        self, wanted: Floats, kind: Kind | None, k: int, where: Filter = EVERYTHING
    ) -> Found:
        """Find the k items with the largest inner product; see `base.RowSearch.search`."""
        kinds = where.kinds(self.kinds) & (set(self.kinds) if kind is None else {kind})
        all_kinds, rest = len(kinds) == len(self.kinds), where.anywhere()
        allowed = None if rest == EVERYTHING else self.facts.met(rest)
        wanted = np.ascontiguousarray(wanted, dtype=np.float32)
        parts = []
        for number, live in enumerate(self.segments):
            start, stop = int(self._starts[number]), int(self._starts[number + 1])
            partitions = [
                n
                for n, partition in enumerate(live.entry.partitions)
                if all_kinds or (partition.category, partition.fine) in kinds
            ]
            if not partitions:
                continue
            found = live.search(
                wanted, partitions, k, None if allowed is None else allowed[start:stop]
            )
            rows = np.where(found.rows == NOTHING, NOTHING, found.rows + start)
            parts.append(Found(rows, found.scores))
        return merged(parts, len(wanted), k)

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
