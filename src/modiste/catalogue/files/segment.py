"""A segment of a catalogue in files: rows that were written together, less those removed since.

CAT/segments/<folder>/
    vectors.f32      (n, H) float32, rows by category
    features.f32     (n, D) float32
    ids.bin          n + 1 uint64 ends, then the ids in UTF-8
    facts.parquet    the columns of `FACTS`, then attributes
    whole.faiss, category-<i>.faiss   indexes of what is too large for exact search
    tombstones-<version>-<8 hex>.i64  the rows removed since, ascending
"""

from __future__ import annotations

import io
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import polars as pl

from modiste.arrays import Bools, Floats, Ints
from modiste.catalogue.base import NOTHING, Found
from modiste.catalogue.files.disk import OpenFile
from modiste.catalogue.files.manifest import Manifest, SegmentEntry
from modiste.catalogue.files.region import Region, best

_faiss: Any = faiss
SEGMENTS = "segments"


class Segment:
    """The files of a segment, held open; read when something asks for them.

    Args:
        root: the catalogue's folder.
        manifest: that names the segment.
        entry: of the segment.

    Raises:
        FileNotFoundError: a file is not there.
        CatalogueError: a file is longer or shorter than it was written.
    """

    def __init__(self, root: Path, manifest: Manifest, entry: SegmentEntry) -> None:
        self.entry = entry
        folder = root / SEGMENTS / entry.folder
        self._held = {
            name: OpenFile(folder / name, facts)
            for name, facts in entry.files.items()
            if name != entry.tombstones
        }
        rows = entry.rows
        self.vectors: Floats = self._held["vectors.f32"].array("<f4", (rows, manifest.width))
        self.features: Floats = self._held["features.f32"].array(
            "<f4", (rows, manifest.feature_width)
        )
        ids = self._held["ids.bin"]
        self._ends = ids.array("<u8", (rows + 1,))
        self._letters = ids.array("u1", (ids.facts.bytes - 8 * (rows + 1),), 8 * (rows + 1))
        self._facts: pl.DataFrame | None = None
        self._indexes: dict[str, Any] = {}
        self._reading = threading.Lock()
        self.whole = self._region(0, rows, entry.index)
        self.regions = [self._region(s.start, s.stop, s.index) for s in entry.partitions]

    @property
    def facts(self) -> pl.DataFrame:
        """All rows, removed ones too; read on first use."""
        with self._reading:
            if self._facts is None:
                self._facts = pl.read_parquet(io.BytesIO(self._held["facts.parquet"].read()))
            return self._facts

    def ids(self, places: Ints) -> list[str]:
        """The ids of rows."""
        return [
            bytes(self._letters[self._ends[place] : self._ends[place + 1]]).decode()
            for place in places.tolist()
        ]

    def all_ids(self) -> pl.Series:
        """The ids of all rows, in order."""
        if self._facts is not None:
            return self._facts["id"]
        data = io.BytesIO(self._held["facts.parquet"].read())
        return pl.read_parquet(data, columns=["id"])["id"]

    def check(self) -> list[str]:
        """Files whose bytes are not those that were written, by path."""
        found = []
        for held in self._held.values():
            try:
                held.check()
            except Exception:  # a disk that fails is one more way of damage
                found.append(str(held.path))
        return found

    def _region(self, start: int, stop: int, index: str | None) -> Region:
        read = None if index is None else lambda: self._index(index)
        return Region(self.vectors[start:stop], read)

    def _index(self, name: str) -> Any:
        with self._reading:
            if name not in self._indexes:
                held = self._held[name]
                held.check()  # faiss trusts what it reads
                reader = _faiss.PyCallbackIOReader(held.reader())
                self._indexes[name] = _faiss.read_index(reader)
            return self._indexes[name]


def open_tombstones(root: Path, entry: SegmentEntry) -> Ints:
    """The rows of a segment that are removed, ascending.

    Raises:
        FileNotFoundError: the file is not there.
        CatalogueError: it is damaged.
    """
    if entry.tombstones is None:
        return np.zeros(0, dtype=np.int64)
    held = OpenFile(
        root / SEGMENTS / entry.folder / entry.tombstones, entry.files[entry.tombstones]
    )
    try:
        return np.frombuffer(held.read(), dtype="<i8").astype(np.int64)
    finally:
        held.close()


class LiveSegment:
    """A segment without the rows that are removed. Places count all rows, rows the live ones.

    Args:
        segment: the files.
        entry: of the version that this is of.
        tombstones: (r,) int64 the places removed, ascending.
    """

    def __init__(self, segment: Segment, entry: SegmentEntry, tombstones: Ints) -> None:
        self.segment = segment
        self.entry = entry
        self.tombstones = tombstones
        self._before = tombstones - np.arange(
            len(tombstones)
        )  # the live row that would stand there

    def __len__(self) -> int:
        return self.entry.live

    def places(self, rows: Ints) -> Ints:
        """Of live rows."""
        return rows + np.searchsorted(self._before, rows, side="right")

    @cached_property
    def living(self) -> Bools | None:
        """(n,) bool by place; None: all."""
        if not len(self.tombstones):
            return None
        living = np.ones(self.entry.rows, dtype=np.bool_)
        living[self.tombstones] = False
        return living

    def rows(self, places: Ints) -> Ints:
        """Of places, as live rows; `NOTHING` stays."""
        if not len(self.tombstones):
            return places
        return np.where(
            places == NOTHING, NOTHING, places - np.searchsorted(self.tombstones, places)
        )

    def allowed(self, rows: Bools | None) -> Bools | None:
        """(n,) bool by place, of (live,) bool by row."""
        if rows is None or self.living is None:
            return self.living if rows is None else rows
        places = np.zeros(self.entry.rows, dtype=np.bool_)
        places[self.living] = rows
        return places

    def search(
        self, wanted: Floats, partitions: Sequence[int], k: int, rows: Bools | None
    ) -> Found:
        """The best live rows on some partitions; see `Snapshot.search`."""
        every, count = (
            self.entry.partitions,
            sum(self.entry.partitions[n].stop - self.entry.partitions[n].start for n in partitions),
        )
        allowed = self.allowed(rows)
        if len(partitions) == len(every):
            found = self.segment.whole.search(wanted, k, allowed)
            return Found(self.rows(found.rows), found.scores)
        if self.entry.index is not None and 2 * count > self.entry.rows:
            allowed = self._on(partitions, allowed)
            found = self.segment.whole.search(wanted, k, allowed)
            return Found(self.rows(found.rows), found.scores)
        parts = []
        for n in partitions:
            start, stop = every[n].start, every[n].stop
            mine = None if allowed is None else allowed[start:stop]
            part = self.segment.regions[n].search(wanted, k, mine)
            places = np.where(part.rows == NOTHING, NOTHING, part.rows + start)
            parts.append(Found(self.rows(places), part.scores))
        return merged(parts, len(wanted), k)

    def _on(self, partitions: Sequence[int], allowed: Bools | None) -> Bools:
        mask = np.zeros(self.entry.rows, dtype=np.bool_)
        for n in partitions:
            mask[self.entry.partitions[n].start : self.entry.partitions[n].stop] = True
        return mask if allowed is None else mask & allowed


def merged(parts: Sequence[Found], count: int, k: int) -> Found:
    """(count, k) the best of several answers, padded with nothing."""
    rows = np.concatenate([np.full((count, k), NOTHING), *(part.rows for part in parts)], axis=1)
    scores = np.full((count, k), -np.inf, dtype=np.float32)
    return best(rows, np.concatenate([scores, *(part.scores for part in parts)], axis=1), k)
