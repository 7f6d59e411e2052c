"""A segment of a local catalogue as one version has it: without the rows that are removed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from modiste.catalogue.local_manifest import SegmentEntry
from modiste.catalogue.local_region import best
from modiste.catalogue.local_segment import Segment
from modiste.catalogue.rows import NOTHING, Bools, Found
from modiste.data.batches import Floats, Ints


class LiveSegment:
    """A segment without the rows that are removed. Places count all rows, rows the live ones.

    Args:
        segment: the files.
        entry: of the version that this is of.
        dead: (r,) int64 the places removed, ascending.
    """

    def __init__(self, segment: Segment, entry: SegmentEntry, dead: Ints) -> None:
        self.segment = segment
        self.entry = entry
        self.dead = dead
        self._before = dead - np.arange(len(dead))  # the live row that would stand there

    def __len__(self) -> int:
        return self.entry.live

    def places(self, rows: Ints) -> Ints:
        """Of live rows."""
        return rows + np.searchsorted(self._before, rows, side="right")

    @cached_property
    def living(self) -> Bools | None:
        """(n,) bool by place; None: all."""
        if not len(self.dead):
            return None
        living = np.ones(self.entry.rows, dtype=np.bool_)
        living[self.dead] = False
        return living

    def rows(self, places: Ints) -> Ints:
        """Of places, as live rows; `NOTHING` stays."""
        if not len(self.dead):
            return places
        return np.where(places == NOTHING, NOTHING, places - np.searchsorted(self.dead, places))

    def allowed(self, rows: Bools | None) -> Bools | None:
        """(n,) bool by place, of (live,) bool by row."""
        if rows is None or self.living is None:
            return self.living if rows is None else rows
        places = np.zeros(self.entry.rows, dtype=np.bool_)
        places[self.living] = rows
        return places

    def search(self, wanted: Floats, shelves: Sequence[int], k: int, rows: Bools | None) -> Found:
        """The best live rows on some shelves; see `Snapshot.search`."""
        every, count = (
            self.entry.shelves,
            sum(self.entry.shelves[n].stop - self.entry.shelves[n].start for n in shelves),
        )
        allowed = self.allowed(rows)
        if len(shelves) == len(every):
            found = self.segment.whole.search(wanted, k, allowed)
            return Found(self.rows(found.rows), found.scores)
        if self.entry.index is not None and 2 * count > self.entry.rows:
            allowed = self._on(shelves, allowed)
            found = self.segment.whole.search(wanted, k, allowed)
            return Found(self.rows(found.rows), found.scores)
        parts = []
        for n in shelves:
            start, stop = every[n].start, every[n].stop
            mine = None if allowed is None else allowed[start:stop]
            part = self.segment.regions[n].search(wanted, k, mine)
            places = np.where(part.rows == NOTHING, NOTHING, part.rows + start)
            parts.append(Found(self.rows(places), part.scores))
        return merged(parts, len(wanted), k)

    def _on(self, shelves: Sequence[int], allowed: Bools | None) -> Bools:
        mask = np.zeros(self.entry.rows, dtype=np.bool_)
        for n in shelves:
            mask[self.entry.shelves[n].start : self.entry.shelves[n].stop] = True
        return mask if allowed is None else mask & allowed


def merged(parts: Sequence[Found], count: int, k: int) -> Found:
    """(count, k) the best of several answers, padded with nothing."""
    rows = np.concatenate([np.full((count, k), NOTHING), *(part.rows for part in parts)], axis=1)
    scores = np.full((count, k), -np.inf, dtype=np.float32)
    return best(rows, np.concatenate([scores, *(part.scores for part in parts)], axis=1), k)
