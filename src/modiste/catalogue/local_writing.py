"""How segments of a local catalogue come to be, and go."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl

from modiste.catalogue.base import Goods
from modiste.catalogue.facts import check_numbers, checked
from modiste.catalogue.local_files import FileFacts, durable, sync_folder, unwritable
from modiste.catalogue.local_manifest import Manifest, SegmentEntry, Shelf
from modiste.catalogue.local_region import EXACT, build_index
from modiste.catalogue.local_segment import SEGMENTS
from modiste.data.batches import Floats, Ints

_CHUNK = 16_384  # rows that are moved at once


def write_segment(root: Path, number: int, widths: tuple[int, int], goods: Goods) -> SegmentEntry:
    """Write a segment of checked goods: on the disk, and counting for nothing yet.

    Args:
        root: the catalogue's folder.
        number: of the segment.
        widths: H and D.
        goods: at least one item; the numbers may be memory-mapped.

    Raises:
        CatalogueError: the disk is full or cannot be written.
    """
    frame = goods.items.with_row_index("place").sort("fine", "category", "place")
    order = frame["place"].to_numpy().astype(np.int64)
    frame = frame.drop("place")
    folder = root / SEGMENTS / f"{number:08d}-{secrets.token_hex(4)}"
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    files = {
        "vectors.f32": _write_rows(folder / "vectors.f32", goods.vectors, order),
        "features.f32": _write_rows(folder / "features.f32", goods.features, order),
        "ids.bin": _write_ids(folder / "ids.bin", frame["id"]),
        "facts.parquet": _write_facts(folder / "facts.parquet", frame),
    }
    vectors = _mapped(folder / "vectors.f32", (len(frame), widths[0]))
    shelves: list[Shelf] = []
    for fine, category, start, stop in _stretches(frame):
        name = f"category-{len(shelves)}.faiss" if stop - start > EXACT else None
        if name is not None:
            files[name] = _write_index(folder / name, vectors[start:stop])
        shelves.append(Shelf(category=category, fine=fine, start=start, stop=stop, index=name))
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
        shelves=tuple(shelves),
        index=whole,
    )


def write_dead(root: Path, entry: SegmentEntry, version: int, dead: Ints) -> tuple[str, FileFacts]:
    """Write the rows of a segment that are removed; ascending."""
    folder = root / SEGMENTS / entry.folder
    name = f"dead-{version}-{secrets.token_hex(4)}.i64"
    with durable(folder / name) as file:
        file.write(np.ascontiguousarray(dead, dtype="<i8"))
    sync_folder(folder)
    return name, file.facts


@contextmanager
def gathered(root: Path, batches: Iterable[Goods], widths: tuple[int, int]) -> Iterator[Goods]:
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
                frame, *numbers = checked_goods(batch, widths)
                frames.append(frame)
                vectors.write(numbers[0])
                features.write(numbers[1])
        items = checked(pl.concat(frames, how="diagonal")) if frames else pl.DataFrame()
        count = len(items)
        yield Goods(
            items,
            _mapped(folder / "vectors", (count, widths[0])),
            _mapped(folder / "features", (count, widths[1])),
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def checked_goods(goods: Goods, widths: tuple[int, int]) -> Goods:
    """Goods as a store keeps them.

    Raises:
        DataError: see `facts.checked`, or a number is not finite.
        Misuse: the numbers have other widths.
    """
    items = checked(goods.items)
    return Goods(
        items,
        check_numbers(len(items), goods.vectors, widths[0], "vectors"),
        check_numbers(len(items), goods.features, widths[1], "features"),
    )


def clear(root: Path, manifest: Manifest) -> None:
    """Delete what no version needs any more; hold the writer's lock. Open readers keep theirs."""
    kept = {entry.folder: entry for entry in manifest.segments}
    for folder in (root / SEGMENTS).glob("*"):
        if (entry := kept.get(folder.name)) is None:
            shutil.rmtree(folder, ignore_errors=True)
            continue
        for file in folder.glob("dead-*"):
            if file.name != entry.dead:
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
