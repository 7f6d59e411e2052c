"""Files of published data sets, read with one clear error each: outfits, questions, photographs.

Photographs are in folders, or packed in Parquet files as data sets on the Hugging Face hub keep
them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from modiste.data.images import Progress, copy_images, flush, image_names, store
from modiste.data.importing.notes import Notes
from modiste.errors import DataError, DatasetNotFound
from modiste.outfit import CompatibilityQuestion, FitbQuestion, Item, Question


@dataclass(frozen=True)
class FitbEntry:
    """One entry of a `fill_in_blank_*.json`: keys `<set id>_<index>`, not yet items.

    Args:
        question: the keys worn.
        answers: the candidates' keys, in file order.
        position: where the blank is, 0-based.
    """

    question: tuple[str, ...]
    answers: tuple[str, ...]
    position: int


def set_id(key: str) -> str:
    """The outfit that a key `<set id>_<index>` belongs to."""
    return key.rpartition("_")[0]


def first_folder(root: Path, inner: str, wanted: Iterable[str]) -> Path:
    """`root`, or the folder `inner` in it, whichever has one of the files `wanted`.

    Raises:
        DatasetNotFound: neither has.
    """
    names = list(wanted)
    for folder in (root, root / inner):
        if any((folder / name).is_file() for name in names):
            return folder
    raise DatasetNotFound(
        f"None of the files {', '.join(names)} is in {root}; give the folder of the unpacked data."
    )


@contextmanager
def as_published(path: Path) -> Iterator[None]:
    """Turn what goes wrong while the content of `path` is taken apart into one clear error."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0][:120]
        raise DataError(f"{path} is not as it was published ({reason}); get it again.") from error


def read_json(path: Path) -> Any:
    """Decode a JSON file.

    Raises:
        DataError: it cannot be read, is damaged, or holds text that is no Unicode.
    """
    with as_published(path):
        try:
            return json.loads(path.read_bytes())
        except OSError as error:
            raise DataError(f"Cannot read {path} ({error.strerror}).") from error


def read_fitb(path: Path) -> list[FitbEntry]:
    """The entries of a FITB file.

    Raises:
        DataError: it is damaged.
    """
    with as_published(path):
        return [
            FitbEntry(
                tuple(map(str, entry["question"])),
                tuple(map(str, entry["answers"])),
                int(entry["blank_position"]) - 1,
            )
            for entry in read_json(path)
        ]


def read_compatibility(path: Path) -> list[tuple[int, tuple[str, ...]]]:
    """Label and keys of each line `1 key key ...`; blanks may be doubled.

    Raises:
        DataError: it is damaged.
    """
    rows = []
    with as_published(path):
        for line in path.read_text("utf-8").splitlines():
            if fields := line.split():
                if fields[0] not in ("0", "1"):
                    raise ValueError(f"label {fields[0]!r}")
                rows.append((int(fields[0]), tuple(fields[1:])))
    return rows


def official_questions(
    fitb: Path,
    compatibility: Path,
    item_of: Mapping[str, str],
    truth: Callable[[FitbEntry], int],
    notes: Notes,
) -> list[Question]:
    """The published questions of one split, those with unknown keys left out and counted.

    Args:
        fitb: a `fill_in_blank_*.json`, which may be absent.
        compatibility: the lines `label key key ...`, which may be absent.
        item_of: key -> item id.
        truth: index of the right answer of an entry; ValueError where it cannot be told.
        notes: gets what is absent or left out.
    """
    for path in (fitb, compatibility):
        if not path.is_file():
            notes.add("Question files that are absent", path.name)
    questions: list[Question] = []
    if fitb.is_file():
        questions += fitb_questions(fitb, item_of, truth, notes)
    if compatibility.is_file():
        questions += compatibility_questions(compatibility, item_of, notes)
    return questions


def fitb_questions(
    path: Path,
    item_of: Mapping[str, str],
    truth: Callable[[FitbEntry], int],
    notes: Notes,
) -> Iterator[FitbQuestion]:
    """The entries of a FITB file as questions, candidates in file order."""
    for number, entry in enumerate(read_fitb(path), start=1):
        place = f"{path.name} entry {number}"
        try:
            question = tuple(item_of[key] for key in entry.question)
            candidates = tuple(item_of[key] for key in entry.answers)
            answer = truth(entry)
        except (KeyError, ValueError) as error:
            notes.add("Questions that cannot be asked, left out", f"{place}: {error}")
            continue
        if len(set(candidates)) < len(candidates):
            notes.add("Questions with the same candidate twice, kept as published", place)
        yield FitbQuestion(
            question=question, candidates=candidates, answer=answer, position=entry.position
        )


def compatibility_questions(
    path: Path, item_of: Mapping[str, str], notes: Notes
) -> Iterator[CompatibilityQuestion]:
    """The lines of a compatibility file as questions."""
    for number, (label, keys) in enumerate(read_compatibility(path), start=1):
        try:
            items = tuple(item_of[key] for key in keys)
        except KeyError as error:
            place = f"{path.name} line {number}: {error}"
            notes.add("Questions that cannot be asked, left out", place)
            continue
        yield CompatibilityQuestion(items=items, label=label)


def clean(text: object) -> str:
    """Text in one line, without what is no Unicode; "" for what is no text."""
    if not isinstance(text, str):
        return ""
    return " ".join(text.encode("utf-8", "replace").decode().split())


_BATCH = 500  # images held in memory at a time


def unpack_images(
    files: Sequence[Path], ids: Sequence[str], root: Path, *, progress: Progress | None = None
) -> dict[str, str]:
    """Write the photographs of some items into `root`/images.

    Args:
        files: with a column `item_id` (or `item_ID`) and a column `image` of structs whose
            field `bytes` is an encoded image.
        ids: the items wanted; others are passed over.
        root: a wardrobe's folder.
        progress: told about every photograph.

    Returns:
        Item id -> path below `root`.

    Raises:
        DataError: a file has no such columns or is damaged.
        ModisteError: the disk is full or `root` cannot be written.
    """
    name_of = dict(zip(ids, image_names(ids), strict=True))
    placed: dict[str, str] = {}
    for path in files:
        for item_id, data in _packed_images(path):
            if item_id in name_of and item_id not in placed and data:
                placed[item_id] = store(data, root, name_of[item_id] + ".jpg")
                if progress:
                    progress(len(placed), len(ids))
    flush(root / "images")
    return placed


def _packed_images(path: Path) -> Iterator[tuple[str, bytes | None]]:
    try:
        table = pl.scan_parquet(path)
        names = [n for n in table.collect_schema().names() if n.lower() == "item_id"]
        rows = table.select(pl.col(names[0]).cast(pl.String), pl.col("image").struct.field("bytes"))
        count = int(table.select(pl.len()).collect().item())
        for start in range(0, count, _BATCH):
            yield from rows.slice(start, _BATCH).collect().iter_rows()
    except (pl.exceptions.PolarsError, OSError, IndexError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(
            f"{path} is no Parquet file with the columns item_id and image ({reason})."
        ) from error


@dataclass(frozen=True)
class PublishedPhotographs:
    """Photographs as files in a folder, or packed in Parquet files; or neither.

    Args:
        folder: holds one file a photograph.
        packed: Parquet files as `unpack_images` reads them.
    """

    folder: Path | None = None
    packed: tuple[Path, ...] = ()


def find_photographs(given: Path | None, base: Path, pattern: str) -> PublishedPhotographs:
    """What the user gave, else `base`/images, else the Parquet files that match `pattern`."""
    if given is not None:
        packed = sorted(given.glob("*.parquet"))
        return (
            PublishedPhotographs(packed=tuple(packed))
            if packed
            else PublishedPhotographs(folder=given)
        )
    if (base / "images").is_dir():
        return PublishedPhotographs(folder=base / "images")
    return PublishedPhotographs(packed=tuple(sorted(base.glob(pattern))))


def with_photographs(
    items: Sequence[Item],
    photographs: PublishedPhotographs,
    names_of: Callable[[str], Sequence[str]],
    out: Path,
    notes: Notes,
    progress: Progress | None = None,
) -> list[Item]:
    """The items with their images, copied into the wardrobe at `out`; the missing are noted.

    Args:
        items: without images.
        photographs: where they are.
        names_of: item id -> the paths below `photographs.folder` where its file may be.
        out: the wardrobe's folder.
        notes: gets how many are missing.
        progress: told about every photograph.
    """
    ids = [item.id for item in items]
    placed: dict[str, str] = {}
    if photographs.folder is not None:
        wanted = {item_id: names_of(item_id) for item_id in ids}
        placed = copy_images(wanted, photographs.folder, out, progress=progress)
    elif photographs.packed:
        placed = unpack_images(photographs.packed, ids, out, progress=progress)
    if not placed:
        notes.say("There are no photographs.")
        return list(items)
    for item_id in ids:
        if item_id not in placed:
            notes.add("Items without a photograph, kept", item_id)
    return [replace(item, image=placed.get(item.id)) for item in items]
