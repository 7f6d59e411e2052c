"""What a writer does to a catalogue in files: segments, tombstones, merging; one at a time."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
from filelock import FileLock, Timeout

from modiste.arrays import Floats, Ints
from modiste.catalogue.base import Batch, checked_batch
from modiste.catalogue.facts import checked
from modiste.catalogue.files.disk import FileFacts, durable, sync_folder, unwritable
from modiste.catalogue.files.manifest import Manifest, PartitionEntry, SegmentEntry
from modiste.catalogue.files.region import EXACT, build_index
from modiste.catalogue.files.segment import SEGMENTS
from modiste.catalogue.files.snapshot import FileSnapshot
from modiste.errors import CatalogueError

_CHUNK = 16_384  # rows that are moved at once


def write_segment(root: Path, number: int, widths: tuple[int, int], batch: Batch) -> SegmentEntry:
    """Write a segment of checked batch: on the disk, and counting for nothing yet.

    Args:
        root: the catalogue's folder.
        number: of the segment.
        widths: H and D.
        batch: at least one item; the numbers may be memory-mapped.

    Raises:
        CatalogueError: the disk is full or cannot be written.
    """
    frame = batch.items.with_row_index("place").sort("fine", "category", "place")
    order = frame["place"].to_numpy().astype(np.int64)
    frame = frame.drop("place")
    folder = root / SEGMENTS / f"{number:08d}-{secrets.token_hex(4)}"
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    files = {
        "vectors.f32": _write_rows(folder / "vectors.f32", batch.vectors, order),
        "features.f32": _write_rows(folder / "features.f32", batch.features, order),
        "ids.bin": _write_ids(folder / "ids.bin", frame["id"]),
        "facts.parquet": _write_facts(folder / "facts.parquet", frame),
    }
    vectors = _mapped(folder / "vectors.f32", (len(frame), widths[0]))
    partitions: list[PartitionEntry] = []
    for fine, category, start, stop in _stretches(frame):
        name = f"category-{len(partitions)}.faiss" if stop - start > EXACT else None
        if name is not None:
            files[name] = _write_index(folder / name, vectors[start:stop])
        partitions.append(
            PartitionEntry(category=category, fine=fine, start=start, stop=stop, index=name)
        )
    whole = "whole.faiss" if len(frame) > EXACT else None
    if whole is not None:
        files[whole] = _write_index(folder / whole, vectors)
    sync_folder(folder)
    sync_folder(folder.parent)
    return SegmentEntry(
        number=number,
        folder=folder.name,
        rows=len(frame),
        files=files,
        partitions=tuple(partitions),
        index=whole,
    )


def write_tombstones(
    root: Path, entry: SegmentEntry, version: int, tombstones: Ints
) -> tuple[str, FileFacts]:
    """Write the rows of a segment that are removed; ascending."""
    folder = root / SEGMENTS / entry.folder
    name = f"tombstones-{version}-{secrets.token_hex(4)}.i64"
    with durable(folder / name) as file:
        file.write(np.ascontiguousarray(tombstones, dtype="<i8"))
    sync_folder(folder)
    return name, file.facts


@contextmanager
def gathered(root: Path, batches: Iterable[Batch], widths: tuple[int, int]) -> Iterator[Batch]:
    """Batches as one, checked, the numbers on disk; gone when the block ends.

    Raises:
        DataError: see `facts.checked`; or an id is in two batches.
        Misuse: the numbers have other widths.
        CatalogueError: the disk is full or cannot be written.
    """
    folder = root / f"building-{secrets.token_hex(4)}"
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    try:
        frames = []
        with durable(folder / "vectors") as vectors, durable(folder / "features") as features:
            for batch in batches:
                frame, *numbers = checked_batch(batch, widths)
                frames.append(frame)
                vectors.write(numbers[0])
                features.write(numbers[1])
        items = checked(pl.concat(frames, how="diagonal")) if frames else pl.DataFrame()
        count = len(items)
        yield Batch(
            items,
            _mapped(folder / "vectors", (count, widths[0])),
            _mapped(folder / "features", (count, widths[1])),
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clear(root: Path, manifest: Manifest) -> None:
    """Delete what no version needs any more; hold the writer's lock. Open readers keep theirs."""
    kept = {entry.folder: entry for entry in manifest.segments}
    for folder in (root / SEGMENTS).glob("*"):
        if (entry := kept.get(folder.name)) is None:
            shutil.rmtree(folder, ignore_errors=True)
            continue
        for file in folder.glob("*.i64"):
            if file.name != entry.tombstones:
                file.unlink(missing_ok=True)
    for pattern in ("building-*", ".catalogue.json.*"):
        for left in root.glob(pattern):
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)


def _write_rows(path: Path, rows: Floats, order: Ints) -> FileFacts:
    with durable(path) as file:
        for at in range(0, len(order), _CHUNK):
            file.write(np.ascontiguousarray(rows[order[at : at + _CHUNK]], dtype="<f4"))
    return file.facts


def _write_ids(path: Path, ids: pl.Series) -> FileFacts:
    ends = np.zeros(len(ids) + 1, dtype="<u8")
    np.cumsum(ids.str.len_bytes().to_numpy(), out=ends[1:])
    with durable(path) as file:
        file.write(ends)
        file.write("".join(ids).encode())
    return file.facts


def _write_facts(path: Path, frame: pl.DataFrame) -> FileFacts:
    with durable(path) as file:
        frame.write_parquet(file)  # type: ignore[arg-type]  # it writes to anything with `write`
    return file.facts


def _write_index(path: Path, vectors: Floats) -> FileFacts:
    with durable(path) as file:
        file.write(build_index(vectors))
    return file.facts


def _stretches(frame: pl.DataFrame) -> list[tuple[str, str, int, int]]:
    """(fine, category, first row, row after the last) of each run of equal categories."""
    runs = frame.select(run=pl.struct("fine", "category").rle()).unnest("run")
    starts = np.concatenate([[0], np.cumsum(runs["len"].to_numpy().astype(np.int64))]).tolist()
    return [
        (value["fine"], value["category"], start, stop)
        for value, start, stop in zip(runs["value"], starts[:-1], starts[1:], strict=True)
    ]


def _mapped(path: Path, shape: tuple[int, int]) -> Floats:
    if 0 in shape:
        return np.zeros(shape, dtype=np.float32)
    found: Floats = np.memmap(path, dtype="<f4", mode="r", shape=shape).view(np.ndarray)
    return found


_SEGMENTS = 8  # beyond so many, the smaller ones are merged
_WASTE = 0.25  # share of rows removed or outside the largest segment from which all are merged
_PATIENCE = 30.0  # seconds that a writer waits for another


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
    root: Path, snapshot: FileSnapshot, ids: pl.Series
) -> tuple[tuple[SegmentEntry, ...], int]:
    """The segments without the items of some ids, and how many of these there were."""
    kept, gone = [], 0
    for live in snapshot.segments:
        places = live.segment.all_ids().is_in(ids.implode()).arg_true().to_numpy()
        tombstones = np.union1d(live.tombstones, places.astype(np.int64))
        entry, fresh = live.entry, len(tombstones) - len(live.tombstones)
        gone += fresh
        if len(tombstones) == entry.rows:
            continue
        if fresh:
            name, facts = write_tombstones(root, entry, snapshot.version + 1, tombstones)
            files = {n: f for n, f in entry.files.items() if n != entry.tombstones} | {name: facts}
            entry = replace(entry, tombstones=name, removed=len(tombstones), files=files)
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


def merged_segment(root: Path, snapshot: FileSnapshot, number: int) -> SegmentEntry:
    """Write the items of a snapshot as one segment."""
    widths = (snapshot.manifest.width, snapshot.manifest.feature_width)
    with gathered(root, _chunks(snapshot), widths) as batch:
        return write_segment(root, number, widths, batch)


def _chunks(snapshot: FileSnapshot) -> Iterator[Batch]:
    for at in range(0, len(snapshot.items), _CHUNK):
        items = snapshot.items[at : at + _CHUNK]
        rows = np.arange(at, at + len(items))
        yield Batch(items, snapshot.vectors(rows), snapshot.features[rows])
