"""Any catalogue as tables: items and outfits in CSV, Parquet or JSON Lines -> wardrobe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from modiste.data.images import Progress, copy_images, named_in_catalogue
from modiste.data.mapping import (
    ITEM_KEYS,
    OUTFIT_KEYS,
    attribute_keys,
    check_mapping,
    parse_mapping,
    wanted_columns,
)
from modiste.data.notes import Notes
from modiste.data.rows import Rows, read_rows
from modiste.data.table_items import read_items
from modiste.data.table_outfits import read_outfits
from modiste.data.wardrobe import (
    Wardrobe,
    WardrobeInfo,
    create_wardrobe,
    refuse_existing,
    wardrobe_lock,
)
from modiste.errors import Misuse, UnknownName
from modiste.outfit import Item


@dataclass(frozen=True, kw_only=True)
class TableOptions:
    """Settings of `import_table`."""

    name: str = ""
    """What the wardrobe is called; empty: the name of its folder."""
    licence: str = "not stated"
    match: tuple[str, ...] | None = None
    """Attributes that wrong answers share with right ones; None: `season` where there is one."""
    encoding: str = "utf-8"
    """Of CSV and JSON Lines files."""
    seed: int = 0
    """Of the splits, where no column gives them."""
    replace: bool = False
    """Write over a wardrobe that stands there already."""
    progress: Progress | None = None
    """Told about every photograph copied."""


def import_table(
    items_path: Path,
    outfits_path: Path,
    *,
    images: Path | None,
    mapping: Mapping[str, tuple[str, ...]],
    out: Path,
    options: TableOptions | None = None,
) -> Wardrobe:
    """Make a wardrobe of two tables and a folder of photographs.

    What is malformed is skipped, counted and named in the wardrobe's notes: broken rows, rows
    without an id, repeated ids (the first counts), prices that are no number, items that no
    photograph is found for (kept), unknown items in outfits, outfits of fewer than two items.

    Args:
        items_path: one row an item.
        outfits_path: one row an outfit and item, or one row an outfit with a list of items.
        images: folder of the photographs; None where there are none.
        mapping: key -> columns, as of `parse_mapping`. `outfit`, `item` and `split` are columns
            of the outfits, all others of the items; `id`, `category`, `outfit`, `item` must be.
        out: the wardrobe's folder; an import that was interrupted goes on there.
        options: all else.

    Raises:
        Misuse: the mapping asks for what cannot be: a column that is not there, for example.
        DatasetNotFound: a file or the folder is not there.
        DataError: a file cannot be decoded, or nothing that makes sense is left of it.
        WardrobeError: a wardrobe stands at `out`, or another process is writing it.
    """
    options = options or TableOptions()
    _check(mapping, images, options)
    refuse_existing(out, replace=options.replace)
    notes = Notes()

    def rows(path: Path, keys: Iterable[str]) -> Rows:
        wanted = wanted_columns(mapping, keys)
        return read_rows(path, wanted, notes, encoding=options.encoding)

    items, named = read_items(
        rows(items_path, [*ITEM_KEYS, *attribute_keys(mapping)]), mapping, notes
    )
    outfits = read_outfits(
        rows(outfits_path, OUTFIT_KEYS), mapping, items, notes, seed=options.seed
    )
    with wardrobe_lock(out):
        if images is not None:
            items = _with_images(items, named, images, out, notes, options.progress)
        info = WardrobeInfo(
            name=options.name or out.resolve().name,
            source=f"{items_path.name}, {outfits_path.name}",
            licence=options.licence,
            match=_match(mapping, options.match),
            notes=notes.sentences(),
        )
        return create_wardrobe(out, list(items.values()), outfits, info, replace=options.replace)


def _check(
    mapping: Mapping[str, tuple[str, ...]], images: Path | None, options: TableOptions
) -> None:
    check_mapping(mapping)
    if "image" in mapping and images is None:
        raise Misuse("--map image=COLUMN needs the folder of the photographs: add --images DIR.")
    for name in options.match or ():
        if name not in attribute_keys(mapping):
            raise UnknownName("attribute to match by", name, attribute_keys(mapping))


def _match(mapping: Mapping[str, object], chosen: tuple[str, ...] | None) -> tuple[str, ...]:
    default = ("season",) if "season" in mapping else ()
    return default if chosen is None else chosen


def _with_images(
    items: Mapping[str, Item],
    named: Mapping[str, str],
    folder: Path,
    out: Path,
    notes: Notes,
    progress: Progress | None,
) -> dict[str, Item]:
    candidates = {item_id: named_in_catalogue(named[item_id]) for item_id in items}
    placed = copy_images(candidates, folder, out, progress=progress)
    for item_id in items:
        if item_id not in placed:
            notes.add(
                f"Items whose photograph is not in {folder.name} or cannot be read, kept without",
                f"{item_id}: {named[item_id] or 'no name given'}",
            )
    return {i: replace(item, image=placed.get(i)) for i, item in items.items()}


__all__ = ["TableOptions", "import_table", "parse_mapping"]
