"""A catalogue in files: memory-mapped, changed while it is served, the old or the new after a kill.

CAT/catalogue.json   the version: which segments, which rows of them are removed, checksums
CAT/segments/        files that are written once (`local_segment.py`)
CAT/.lock            held by the one who writes

A change writes new files beside the old, sees them on the disk, and renames one new
`catalogue.json` into place. Readers hold what they opened. `docs/decisions/0016` says why.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import faiss
import numpy as np
import polars as pl
from filelock import FileLock, Timeout

from modiste.catalogue.base import CatalogueStats, Goods, Hits, Partition
from modiste.catalogue.conditions import EVERYTHING, Conditions
from modiste.catalogue.local_files import damaged, unwritable
from modiste.catalogue.local_manifest import (
    NAME,
    Manifest,
    SegmentEntry,
    read_manifest,
    write_manifest,
)
from modiste.catalogue.local_segment import Segment, open_dead
from modiste.catalogue.local_snapshot import LiveSegment, LocalSnapshot
from modiste.catalogue.local_verify import verify
from modiste.catalogue.local_writing import (
    checked_goods,
    clear,
    gathered,
    write_dead,
    write_segment,
)
from modiste.catalogue.rows import NOTHING
from modiste.data.batches import Floats
from modiste.errors import CatalogueError, ModisteError

_SEGMENTS = 8  # beyond so many, the smaller ones are merged
_WASTE = 0.25  # share of rows removed or outside the largest segment from which all are merged
_PATIENCE = 30.0  # seconds that a writer waits for another
_CHUNK = 16_384  # rows that are moved at once


class LocalCatalogue:
    """See `base.Catalogue`.

    Args:
        root: the catalogue's folder.
        threads: of faiss, for the whole process. One is right where requests are many: a search
            takes a fraction of a millisecond, less than it takes to wake threads up.
    """

    def __init__(self, root: Path, *, threads: int = 1) -> None:
        self.root = Path(root)
        self._seen: tuple[tuple[int, int, int], Manifest] | None = None
        self._segments: dict[str, Segment] = {}
        self._newest: LocalSnapshot | None = None
        self._opening = threading.RLock()
        self._manifest()
        faiss.omp_set_num_threads(threads)

    @classmethod
    def open(cls, root: Path, *, threads: int = 1) -> LocalCatalogue:
        """The catalogue in a folder.

        Raises:
            CatalogueError: there is none, or it is damaged.
        """
        return cls(root, threads=threads)

    @classmethod
    def create(cls, root: Path, *, run: str, width: int, feature_width: int) -> LocalCatalogue:
        """A new catalogue without items; see `places.create_catalogue`."""
        root = Path(root)
        try:
            root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(root, error) from error
        with _writing(root):
            if (root / NAME).exists():
                raise CatalogueError(
                    f"{root} holds a catalogue already; give another place, or --replace."
                )
            manifest = Manifest(version=1, run=run, width=width, feature_width=feature_width)
            write_manifest(root, manifest)
        return cls(root)

    @property
    def run(self) -> str:
        """Fingerprint of the run whose model made the vectors."""
        return self._manifest().run

    @property
    def width(self) -> int:
        """H, numbers in a vector."""
        return self._manifest().width

    @property
    def feature_width(self) -> int:
        """D, numbers in an item's features."""
        return self._manifest().feature_width

    def version(self) -> int:
        """Grows with every change."""
        return self._manifest().version

    def search(self, wanted: Floats, k: int, where: Conditions = EVERYTHING) -> Hits:
        """Find the k items with the largest inner product; see `base.Catalogue.search`."""
        snapshot = self.snapshot()
        found = snapshot.search_where(wanted, k, where)
        ids = [snapshot.ids(rows[rows != NOTHING]) for rows in found.rows]
        return Hits(ids, found.scores)

    def snapshot(self) -> LocalSnapshot:
        """The newest version; holds its files open, so that they may be deleted meanwhile."""
        with self._opening:
            for _ in range(100):  # a version may be gone before all of it is open
                manifest = self._manifest()
                if self._newest is None or self._newest.version != manifest.version:
                    try:
                        self._newest = self._open(manifest)
                    except FileNotFoundError as error:
                        if self._manifest() == manifest:
                            raise damaged(Path(error.filename)) from error
                        continue
                return self._newest
        raise CatalogueError(f"{self.root} changes faster than it can be read; try again.")

    def add(self, items: pl.DataFrame, vectors: Floats, features: Floats) -> int:
        """Add items, in the place of those that have their ids; see `base.Catalogue.add`."""
        with _writing(self.root):
            manifest = self._manifest()
            widths = (manifest.width, manifest.feature_width)
            goods = checked_goods(Goods(items, vectors, features), widths)
            if not len(goods.items):
                return 0
            made = write_segment(self.root, manifest.next_number, widths, goods)
            kept, _ = self._without(manifest, goods.items["id"])
            self._commit(manifest.after((*kept, made)))
            self._tidy()
        return len(goods.items)

    def remove(self, ids: Sequence[str]) -> int:
        """Remove items; see `base.Catalogue.remove`."""
        with _writing(self.root):
            manifest = self._manifest()
            kept, gone = self._without(manifest, pl.Series(list(ids), dtype=pl.String))
            if gone:
                self._commit(manifest.after(kept))
                self._tidy()
        return gone

    def replace(self, batches: Iterable[Goods], *, run: str, width: int, feature_width: int) -> int:
        """Put other items in the place of all; see `base.Catalogue.replace`."""
        with _writing(self.root):
            clear(self.root, self._manifest())
            with gathered(self.root, batches, (width, feature_width)) as goods:
                manifest = self._manifest()
                number = manifest.next_number
                made = (
                    (write_segment(self.root, number, (width, feature_width), goods),)
                    if len(goods.items)
                    else ()
                )
            self._commit(manifest.after(made, run=run, width=width, feature_width=feature_width))
        return len(goods.items)

    def stats(self) -> CatalogueStats:
        """What the catalogue holds."""
        snapshot = self.snapshot()
        manifest = snapshot.manifest
        counts, indexed = snapshot.counts()
        sizes = [f.bytes for entry in manifest.segments for f in entry.files.values()]
        return CatalogueStats(
            where=str(self.root),
            run=manifest.run,
            width=manifest.width,
            feature_width=manifest.feature_width,
            version=manifest.version,
            items=manifest.items,
            deleted=sum(entry.removed for entry in manifest.segments),
            bytes=sum(sizes) + (self.root / NAME).stat().st_size,
            partitions=tuple(
                Partition(name=name, items=count, search="ivf" if name in indexed else "exact")
                for name, count in sorted(counts.items())
                if count
            ),
        )

    def verify(self) -> list[str]:
        """Read everything; damage that was found, one sentence each."""
        return verify(self.root)

    def close(self) -> None:
        """Let go of the files; snapshots keep theirs."""
        with self._opening:
            self._newest = None
            self._segments = {}

    def _manifest(self) -> Manifest:
        """The version that there is now; read again only where the file is another."""
        path = self.root / NAME
        try:
            found = path.stat()
        except OSError:
            self._seen = None
            return read_manifest(self.root)  # which says what is amiss
        signature = (found.st_ino, found.st_mtime_ns, found.st_size)
        seen = self._seen
        if seen is None or seen[0] != signature:
            self._seen = seen = (signature, read_manifest(self.root))
        return seen[1]

    def _open(self, manifest: Manifest) -> LocalSnapshot:
        segments = {
            entry.folder: self._segments.get(entry.folder) or Segment(self.root, manifest, entry)
            for entry in manifest.segments
        }
        live = [
            LiveSegment(segments[entry.folder], entry, open_dead(self.root, entry))
            for entry in manifest.segments
        ]
        self._segments = segments
        return LocalSnapshot(manifest, live)

    def _without(self, manifest: Manifest, ids: pl.Series) -> tuple[tuple[SegmentEntry, ...], int]:
        """The segments without the items of some ids, and how many of these there were."""
        snapshot = self._open(manifest)
        kept, gone = [], 0
        for live in snapshot.segments:
            places = live.segment.all_ids().is_in(ids.implode()).arg_true().to_numpy()
            dead = np.union1d(live.dead, places.astype(np.int64))
            entry, fresh = live.entry, len(dead) - len(live.dead)
            gone += fresh
            if len(dead) == entry.rows:
                continue
            if fresh:
                name, facts = write_dead(self.root, entry, manifest.version + 1, dead)
                files = {n: f for n, f in entry.files.items() if n != entry.dead} | {name: facts}
                entry = replace(entry, dead=name, removed=len(dead), files=files)
            kept.append(entry)
        return tuple(kept), gone

    def _commit(self, manifest: Manifest) -> None:
        write_manifest(self.root, manifest)
        clear(self.root, manifest)

    def _tidy(self) -> None:
        """Merge segments where they are many, or much of them is removed."""
        manifest = self._manifest()
        largest = max(manifest.segments, key=lambda entry: entry.rows, default=None)
        if largest is None:
            return
        merging = [entry for entry in manifest.segments if entry is not largest]
        waste = sum(entry.rows for entry in merging) + largest.removed
        if waste > _WASTE * sum(entry.rows for entry in manifest.segments):
            merging = list(manifest.segments)
        elif len(merging) < _SEGMENTS:
            return
        with suppress(ModisteError):  # what was asked for is done; the next writer tries again
            self._merge(manifest, merging)

    def _merge(self, manifest: Manifest, merging: Sequence[SegmentEntry]) -> None:
        widths = (manifest.width, manifest.feature_width)
        some = self._open(replace(manifest, segments=tuple(merging)))
        with gathered(self.root, _chunks(some), widths) as goods:
            made = write_segment(self.root, manifest.next_number, widths, goods)
        left = tuple(entry for entry in manifest.segments if entry not in merging)
        self._commit(manifest.after((*left, made)))


def _chunks(snapshot: LocalSnapshot) -> Iterator[Goods]:
    for at in range(0, len(snapshot.items), _CHUNK):
        items = snapshot.items[at : at + _CHUNK]
        rows = np.arange(at, at + len(items))
        yield Goods(items, snapshot.vectors(rows), snapshot.features[rows])


@contextmanager
def _writing(root: Path) -> Iterator[None]:
    """Hold a catalogue against other writers, in this process and in others."""
    lock = FileLock(os.path.join(root, ".lock"))
    try:
        lock.acquire(timeout=_PATIENCE)
    except Timeout as error:
        raise CatalogueError(
            f"Another process is writing {root}; wait until it has ended and try again."
        ) from error
    except OSError as error:
        raise unwritable(root, error) from error
    try:
        yield
    finally:
        lock.release()
