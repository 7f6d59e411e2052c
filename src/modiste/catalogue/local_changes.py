"""What changes a local catalogue: one writer at a time, items taken out, segments merged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
from filelock import FileLock, Timeout

from modiste.catalogue.base import Goods
from modiste.catalogue.local_files import unwritable
from modiste.catalogue.local_manifest import Manifest, SegmentEntry
from modiste.catalogue.local_snapshot import LocalSnapshot
from modiste.catalogue.local_writing import gathered, write_dead, write_segment
from modiste.errors import CatalogueError

_SEGMENTS = 8  # beyond so many, the smaller ones are merged
_WASTE = 0.25  # share of rows removed or outside the largest segment from which all are merged
_PATIENCE = 30.0  # seconds that a writer waits for another
_CHUNK = 16_384  # rows that are moved at once


@contextmanager
def writing(root: Path) -> Iterator[None]:
    """Hold a catalogue against other writers, in this process and in others."""
    lock = FileLock(Path(root) / ".lock")
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


def without(
    root: Path, snapshot: LocalSnapshot, ids: pl.Series
) -> tuple[tuple[SegmentEntry, ...], int]:
    """The segments without the items of some ids, and how many of these there were."""
    kept, gone = [], 0
    for live in snapshot.segments:
        places = live.segment.all_ids().is_in(ids.implode()).arg_true().to_numpy()
        dead = np.union1d(live.dead, places.astype(np.int64))
        entry, fresh = live.entry, len(dead) - len(live.dead)
        gone += fresh
        if len(dead) == entry.rows:
            continue
        if fresh:
            name, facts = write_dead(root, entry, snapshot.version + 1, dead)
            files = {n: f for n, f in entry.files.items() if n != entry.dead} | {name: facts}
            entry = replace(entry, dead=name, removed=len(dead), files=files)
        kept.append(entry)
    return tuple(kept), gone


def to_merge(manifest: Manifest) -> tuple[SegmentEntry, ...]:
    """The segments that should become one, because they are many, or much of them is removed."""
    largest = max(manifest.segments, key=lambda entry: entry.rows, default=None)
    if largest is None:
        return ()
    small = tuple(entry for entry in manifest.segments if entry is not largest)
    waste = sum(entry.rows for entry in small) + largest.removed
    if waste > _WASTE * sum(entry.rows for entry in manifest.segments):
        return manifest.segments
    return small if len(small) >= _SEGMENTS else ()


def merged_segment(root: Path, snapshot: LocalSnapshot, number: int) -> SegmentEntry:
    """Write the items of a snapshot as one segment."""
    widths = (snapshot.manifest.width, snapshot.manifest.feature_width)
    with gathered(root, _chunks(snapshot), widths) as goods:
        return write_segment(root, number, widths, goods)


def _chunks(snapshot: LocalSnapshot) -> Iterator[Goods]:
    for at in range(0, len(snapshot.items), _CHUNK):
        items = snapshot.items[at : at + _CHUNK]
        rows = np.arange(at, at + len(items))
        yield Goods(items, snapshot.vectors(rows), snapshot.features[rows])
