"""A reduction written as a wardrobe of its own, with `slots.csv` beside its tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from modiste.data.images import Progress
from modiste.data.question_files import save_questions
from modiste.data.slot_photographs import place_photographs
from modiste.data.slot_reduction import Reduction
from modiste.data.slot_rows import write_slots
from modiste.data.wardrobe import (
    Wardrobe,
    WardrobeInfo,
    create_wardrobe,
    refuse_existing,
    wardrobe_lock,
    write_table,
)
from modiste.errors import Misuse
from modiste.outfit import SPLITS, Item

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


__all__ = ["SLOTS_FILE", "write_reduction"]
