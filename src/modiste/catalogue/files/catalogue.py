"""A catalogue in files: memory-mapped, changed while it is served, the old or the new after a kill.

CAT/catalogue.json   the version: which segments, which rows are tombstones, checksums
CAT/segments/        files that are written once (`segment.py`)
CAT/.lock            held by the one who writes

A change writes new files beside the old, sees them on the disk, and renames one new
`catalogue.json` into place. Readers hold what they opened. `docs/decisions/0016` says why.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import faiss
import numpy as np
import polars as pl

from modiste.arrays import Ints
from modiste.catalogue.base import Added, Batch, CatalogueStats, PartitionStats
from modiste.catalogue.files.disk import damaged, unwritable
from modiste.catalogue.files.manifest import (
    NAME,
    Manifest,
    SegmentEntry,
    read_manifest,
    write_manifest,
)
from modiste.catalogue.files.segment import SEGMENTS, LiveSegment, Segment, open_tombstones
from modiste.catalogue.files.snapshot import FileSnapshot
from modiste.catalogue.files.writing import (
    clear,
    gathered,
    merged_segment,
    to_merge,
    without,
    write_segment,
    writing,
)
from modiste.errors import CatalogueError, ModisteError

_CHUNK = 65_536  # rows that are looked at together


def verify(root: Path) -> list[str]:
    """Read everything; damage that was found, one sentence each.

    Begins again where a writer has taken files away meanwhile.
    """
    while True:
        try:
            manifest = read_manifest(root)
        except CatalogueError as error:
            return [str(error)]
        found = _damage(root, manifest)
        if not found or read_manifest(root).version == manifest.version:
            return found


def _damage(root: Path, manifest: Manifest) -> list[str]:
    found: list[str] = []
    owner: dict[str, int] = {}
    for entry in manifest.segments:
        try:
            segment = Segment(root, manifest, entry)
            tombstones = open_tombstones(root, entry)
        except (OSError, CatalogueError) as error:
            missing = error.filename if isinstance(error, FileNotFoundError) else None
            found.append(f"{missing} is missing." if missing else str(error))
            continue
        bad = segment.check()
        found += [f"{path} is damaged: its checksum is another." for path in bad]
        if not bad:
            found += _contradictions(root, entry, segment, tombstones)
            living = np.ones(entry.rows, dtype=np.bool_)
            living[tombstones] = False
            for item in segment.all_ids().filter(living).to_list():
                if owner.setdefault(item, entry.number) != entry.number:
                    found.append(f"The item {item!r} is there twice.")
    return found


def _contradictions(
    root: Path,
    entry: SegmentEntry,
    segment: Segment,
    tombstones: Ints,
) -> list[str]:
    """What whole files say against one another."""
    where = root / SEGMENTS / entry.folder
    found = []
    if len(segment.facts) != entry.rows or segment.ids(np.arange(entry.rows)) != (
        segment.facts["id"].to_list()
    ):
        found.append(f"{where}: the facts are of other items than the vectors.")
    if len(tombstones) != entry.removed or (
        len(tombstones) and not 0 <= tombstones[0] <= tombstones[-1] < entry.rows
    ):
        found.append(f"{where}: the list of removed rows does not fit.")
    stops = [0, *(partition.stop for partition in entry.partitions)]
    if [partition.start for partition in entry.partitions] != stops[:-1] or stops[-1] != entry.rows:
        found.append(f"{where}: the categories do not cover all rows.")
    for name in ("vectors", "features"):
        rows = getattr(segment, name)
        if not all(np.isfinite(rows[at : at + _CHUNK]).all() for at in range(0, len(rows), _CHUNK)):
            found.append(f"{where}: the {name} hold a number that is not finite.")
    return found


class FileCatalogue:
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
        self._newest: FileSnapshot | None = None
        self._opening = threading.RLock()
        self._manifest()
        faiss.omp_set_num_threads(threads)

    @classmethod
    def open(cls, root: Path, *, threads: int = 1) -> FileCatalogue:
        """The catalogue in a folder.

        Raises:
            CatalogueError: there is none, or it is damaged.
        """
        return cls(root, threads=threads)

    @classmethod
    def create(cls, root: Path, *, run: str, width: int, feature_width: int) -> FileCatalogue:
        """A new catalogue without items; see `places.create_catalogue`."""
        root = Path(root)
        try:
            root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(root, error) from error
        with writing(root):
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

    def snapshot(self) -> FileSnapshot:
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

    def add(self, batches: Iterable[Batch]) -> Added:
        """Add items, in the place of those that have their ids; see `base.Catalogue.add`."""
        with writing(self.root):
            manifest = self._manifest()
            widths = (manifest.width, manifest.feature_width)
            with gathered(self.root, batches, widths) as batch:
                if not len(batch.items):
                    return Added(0, 0)
                made = write_segment(self.root, manifest.next_number, widths, batch)
                kept, replaced = without(self.root, self._open(manifest), batch.items["id"])
                count = len(batch.items)
            self._commit(self._compact(manifest.after((*kept, made))))
        return Added(count - replaced, replaced)

    def delete(self, ids: Sequence[str]) -> int:
        """Delete items; see `base.Catalogue.delete`."""
        with writing(self.root):
            manifest = self._manifest()
            kept, gone = without(
                self.root, self._open(manifest), pl.Series(list(ids), dtype=pl.String)
            )
            if gone:
                self._commit(self._compact(manifest.after(kept)))
        return gone

    def replace(self, batches: Iterable[Batch], *, run: str, width: int, feature_width: int) -> int:
        """Put other items in the place of all; see `base.Catalogue.replace`."""
        with writing(self.root):
            clear(self.root, self._manifest())
            with gathered(self.root, batches, (width, feature_width)) as batch:
                manifest = self._manifest()
                number = manifest.next_number
                made = (
                    (write_segment(self.root, number, (width, feature_width), batch),)
                    if len(batch.items)
                    else ()
                )
            self._commit(manifest.after(made, run=run, width=width, feature_width=feature_width))
        return len(batch.items)

    def stats(self) -> CatalogueStats:
        """What the catalogue holds."""
        snapshot = self.snapshot()
        manifest = snapshot.manifest
        counts: Counter[str] = Counter()
        for (_, fine), count in snapshot.kinds.items():
            counts[fine] += count
        indexed = {
            partition.fine
            for entry in manifest.segments
            for partition in entry.partitions
            if partition.index is not None
        }
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
                PartitionStats(name=name, items=count, search="ivf" if name in indexed else "exact")
                for name, count in sorted(counts.items())
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

    def _open(self, manifest: Manifest) -> FileSnapshot:
        segments = {
            entry.folder: self._segments.get(entry.folder) or Segment(self.root, manifest, entry)
            for entry in manifest.segments
        }
        live = [
            LiveSegment(segments[entry.folder], entry, open_tombstones(self.root, entry))
            for entry in manifest.segments
        ]
        self._segments = segments
        return FileSnapshot(manifest, live)

    def _commit(self, manifest: Manifest) -> None:
        write_manifest(self.root, manifest)
        clear(self.root, manifest)

    def _compact(self, manifest: Manifest) -> Manifest:
        """A version to be committed, its segments merged where they are many or much is removed.

        Before it counts, so that those who serve the catalogue see one change.
        """
        if merging := to_merge(manifest):
            with suppress(ModisteError):  # what was asked for is done; the next writer tries again
                some = self._open(replace(manifest, segments=merging))
                made = merged_segment(self.root, some, manifest.next_number)
                left = tuple(entry for entry in manifest.segments if entry not in merging)
                return manifest.after((*left, made))
        return manifest
