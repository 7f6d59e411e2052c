"""A reduction written as a wardrobe of its own: tables, photographs, and `slots.csv` beside."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import polars as pl

from modiste.data.atomic import write_text
from modiste.data.images import Progress, flush, place_file
from modiste.data.questions.files import save_questions
from modiste.data.slots.reduce import Reduction, SlotRow
from modiste.data.wardrobe import (
    Wardrobe,
    WardrobeInfo,
    create_wardrobe,
    refuse_existing,
    wardrobe_lock,
    write_table,
)
from modiste.errors import DataError, Misuse
from modiste.outfit import SPLITS, Item

_OURS = {"wardrobe.toml", "items.parquet", "outfits.parquet", "photographs.parquet", "slots.csv"}


def place_photographs(
    items: Sequence[Item],
    wardrobes: Sequence[Wardrobe],
    out: Path,
    progress: Progress | None = None,
) -> int:
    """Link the photographs of `items` into `out`, or copy them where that cannot be.

    Args:
        items: of the wardrobes; the first wardrobe that names an item's path has its file.
        wardrobes: where the photographs are.
        out: a wardrobe's folder.
        progress: told about every photograph.

    Returns:
        How many are named and not there; what is there already counts as there.

    Raises:
        DataError: two different photographs would be at one path.
        ModisteError: `out` cannot be written.
    """
    pictured = [item for item in items if item.image is not None]
    source_of: dict[str, Path] = {}
    missing = 0
    for done, item in enumerate(pictured, start=1):
        image = item.image or ""
        found = next(_files(item.id, image, wardrobes), None)
        if found is None or not _stays_inside(image):
            missing += 1
        elif source_of.setdefault(image.casefold(), found) != found:
            raise DataError(
                f"The photograph of item {item.id!r}, {image}, has the path of another item's; "
                "reduce the wardrobes one by one."
            )
        else:
            place_file(found, out / image)
        if progress:
            progress(done, len(pictured))
    flush(out)
    return missing


def _files(item_id: str, image: str, wardrobes: Sequence[Wardrobe]) -> Iterator[Path]:
    for wardrobe in wardrobes:
        row = wardrobe.rows.get(item_id)
        if row is not None and wardrobe.items["image"][row] == image:
            path = wardrobe.image_path(image)
            if path is not None:
                yield path


def _stays_inside(image: str) -> bool:
    """Whether a path is below any folder that it is put in, and none of a wardrobe's tables."""
    path = PurePosixPath(image)
    return not path.is_absolute() and ".." not in path.parts and path.parts[0] not in _OURS


SLOTS_FILE = "slots.csv"


def write_reduction(
    out: Path,
    reduction: Reduction,
    wardrobes: Sequence[Wardrobe],
    *,
    facts: Mapping[str, Any] | None = None,
    replace: bool = False,
    progress: Progress | None = None,
) -> Wardrobe:
    """Write W2; photographs are linked from the wardrobes, or copied where that cannot be.

    Args:
        out: the folder; what was interrupted goes on there.
        reduction: what to write.
        wardrobes: those that it was made of.
        facts: more for the `extra` of `wardrobe.toml`.
        replace: write over a wardrobe that stands there.
        progress: told about every photograph.

    Raises:
        Misuse: `out` is one of the wardrobes.
        DataError: items of two wardrobes share a path for their photographs.
        WardrobeError: a wardrobe stands at `out`, or it cannot be written.
    """
    if any(out.resolve() == wardrobe.root.resolve() for wardrobe in wardrobes):
        raise Misuse(f"{out} is the wardrobe that is reduced; give another --out.")
    refuse_existing(out, replace=replace)
    sets = reduction.questions
    with wardrobe_lock(out):
        missing = place_photographs(reduction.items, wardrobes, out, progress)
        for name, asked in sets.items():
            save_questions(out, name, asked)
        _carry_photographs(reduction.items, wardrobes, out)
        write_slots(out / SLOTS_FILE, reduction.rows, len(reduction.plan))
        info = _info(reduction, wardrobes, missing, facts or {})
        return create_wardrobe(
            out, reduction.items, reduction.outfits, info, replace=replace, questions=list(sets)
        )


def write_slots(path: Path, rows: Iterable[SlotRow], count: int) -> None:
    """Write `compatibility,item_1,...,item_k` whole or not at all."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["compatibility", *(f"item_{n}" for n in range(1, count + 1))])
    table.writerows([row.compatibility, *row.items] for row in rows)
    write_text(path, text.getvalue())


def _info(
    reduction: Reduction, wardrobes: Sequence[Wardrobe], missing: int, facts: Mapping[str, Any]
) -> WardrobeInfo:
    infos = [wardrobe.info for wardrobe in wardrobes]
    shared = reduction.counts.shared_items
    notes = [
        f"Reduced to the slots {', '.join(reduction.plan.slots)}; {SLOTS_FILE} lists what goes "
        "together and what does not."
    ]
    for wardrobe in wardrobes:
        given = set(wardrobe.outfits["split"].unique())
        if absent := [split for split in SPLITS if split not in given]:
            notes.append(f"{wardrobe.info.name} has no {' or '.join(absent)} outfits to reduce.")
    if shared:
        notes.append(f"{shared:,} items are worn in training outfits and in held-out ones.")
    if near := reduction.counts.near_duplicates:
        notes.append(
            f"{near:,} held-out outfits share half of their items or more with one of another "
            "split, now that less is left of them: `modiste audit` names some, --resplit splits "
            "again."
        )
    if missing:
        notes.append(f"{missing:,} photographs that the wardrobe names are not there.")
    made_of = [{"name": w.info.name, "content_hash": w.content_hash} for w in wardrobes]
    return WardrobeInfo(
        name="+".join(info.name for info in infos) + "-slots",
        source="; ".join(dict.fromkeys(info.source for info in infos if info.source)),
        licence="; ".join(dict.fromkeys(info.licence for info in infos)),
        match=tuple(dict.fromkeys(name for info in infos for name in info.match)),
        notes=(*notes, *reduction.notes),
        extra={
            "slots": list(reduction.plan.slots),
            "map": dict(reduction.plan.mapping),
            "made_of": made_of,
            **facts,
        },
    )


def _carry_photographs(items: Sequence[Item], wardrobes: Sequence[Wardrobe], out: Path) -> None:
    """What was measured on the photographs, where it was measured on all of them."""
    ids = pl.DataFrame({"id": [item.id for item in items if item.image is not None]})
    tables = [
        pl.read_parquet(path, memory_map=False)
        for w in wardrobes
        if (path := w.root / "photographs.parquet").is_file()
    ]
    if not tables or not len(ids):
        return
    measured = pl.concat(tables).unique("id", keep="first", maintain_order=True)
    found = ids.join(measured, on="id", how="inner", maintain_order="left")
    if len(found) == len(ids):
        write_table(found, out / "photographs.parquet")
