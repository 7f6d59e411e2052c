"""Any catalogue as tables: items and outfits in CSV, Parquet or JSON Lines -> wardrobe."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from modiste.data.images import Progress, copy_images, named_in_catalogue
from modiste.data.importing.mapping import (
    ITEM_KEYS,
    OUTFIT_KEYS,
    attribute_keys,
    check_mapping,
    compose,
    identifiers,
    texts,
    wanted_columns,
)
from modiste.data.importing.notes import Notes
from modiste.data.importing.rows import Rows, read_rows
from modiste.data.splits import split_outfits
from modiste.data.wardrobe import (
    Wardrobe,
    WardrobeInfo,
    create_wardrobe,
    refuse_existing,
    wardrobe_lock,
)
from modiste.errors import DataError, Misuse, UnknownName
from modiste.outfit import Item, Outfit, Split

UNKNOWN_CATEGORY = "unknown"

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?:\D|$))")
_CURRENCY = re.compile(r"^[^\d.,+-]{1,4}|[^\d.,+-]{1,4}$")


def read_items(
    rows: Rows, mapping: Mapping[str, tuple[str, ...]], notes: Notes
) -> tuple[dict[str, Item], dict[str, str]]:
    """Make an item of every row that has an id; of rows that share one, the first.

    Returns:
        The items, by id, in file order and without images, and how the catalogue calls the
        image of each: its image column, or the id where there is no such column.

    Raises:
        DataError: no row has an id.
    """
    keys = ("category", "fine", "title", "price", *attribute_keys(mapping))
    column = {key: texts(rows, mapping.get(key, ())) for key in keys}
    image = texts(rows, mapping["image"]) if "image" in mapping else None
    items: dict[str, Item] = {}
    named: dict[str, str] = {}
    for row, item_id in _identified(rows, mapping["id"], notes):
        items[item_id] = _item(
            item_id, {key: column[key][row] for key in keys}, rows.place(row), notes
        )
        named[item_id] = image[row] if image else item_id
    if not items:
        raise DataError(
            f"No row of {rows.path} has an id in {','.join(mapping['id'])}; check --map id=COLUMN."
        )
    return items, named


def parse_price(text: str) -> float | None:
    """A price as a number: `12`, `12.50`, `12,50`, `1,299.00`, `EUR 12`; None for anything else."""
    plain = _CURRENCY.sub("", text.strip()).strip()
    plain = _THOUSANDS.sub("", plain).replace(",", ".")
    return float(plain) if _NUMBER.fullmatch(plain) and len(plain) < 16 else None


def _identified(rows: Rows, columns: tuple[str, ...], notes: Notes) -> Iterator[tuple[int, str]]:
    seen: set[str] = set()
    for row, item_id in enumerate(identifiers(rows, columns)):
        if not item_id:
            notes.add("Items without an id, skipped", rows.place(row))
        elif item_id in seen:
            notes.add(
                "Items whose id stood there before, skipped", f"{item_id} in {rows.place(row)}"
            )
        else:
            seen.add(item_id)
            yield row, item_id


def _item(item_id: str, facts: dict[str, str], place: str, notes: Notes) -> Item:
    category, fine = facts.pop("category"), facts.pop("fine")
    title, price_text = facts.pop("title"), facts.pop("price")
    if not category:
        notes.add(
            f"Items without a category, kept as {UNKNOWN_CATEGORY!r}", f"{item_id} in {place}"
        )
        category = UNKNOWN_CATEGORY
    price = parse_price(price_text) if price_text else None
    if price_text and price is None:
        notes.add("Prices that are no number, left out", f"{price_text[:30]!r} in {place}")
    return Item(
        id=item_id,
        category=category,
        fine=fine or category,
        title=title or compose((fine, category)),
        price=price,
        attributes={key: text for key, text in facts.items() if text},
    )


SPLIT_NAMES: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "valid": "valid",
    "val": "valid",
    "validation": "valid",
    "dev": "valid",
    "test": "test",
    "testing": "test",
}


def read_outfits(
    rows: Rows,
    mapping: Mapping[str, tuple[str, ...]],
    known: Collection[str],
    notes: Notes,
    *,
    seed: int = 0,
) -> list[Outfit]:
    """Gather the rows of each outfit, in file order.

    Items that are not among `known` are dropped, an item that an outfit repeats is kept once,
    and an outfit of fewer than two items is left out. Splits come from the column that the
    mapping gives, or from `split_outfits`.

    Raises:
        DataError: no outfit is left.
    """
    gathered = _gather(rows, mapping, notes)
    outfits = []
    for outfit_id, worn in gathered.items():
        items = [item for item in worn if item in known]
        for item in worn:
            if item not in known:
                notes.add("Unknown items in outfits, dropped", f"{item} in outfit {outfit_id}")
        if len(items) < 2:
            notes.add("Outfits of fewer than two known items, left out", outfit_id)
        else:
            outfits.append(Outfit(id=outfit_id, items=tuple(items)))
    if "split" in mapping:
        outfits = _given_splits(outfits, rows, mapping, notes)
    if not outfits:
        raise _nothing_left(rows, gathered, known)
    if "split" in mapping:
        return outfits
    notes.say(
        f"The splits were drawn with seed {seed}: 80, 10 and 10 % of the outfits, near-duplicates "
        "kept together."
    )
    return split_outfits(outfits, seed=seed)


def _gather(
    rows: Rows, mapping: Mapping[str, tuple[str, ...]], notes: Notes
) -> dict[str, dict[str, None]]:
    """Outfit id -> its items, each once, in the order in which they were given."""
    gathered: dict[str, dict[str, None]] = {}
    lists = _item_lists(rows, mapping["item"])
    for row, outfit_id in enumerate(identifiers(rows, mapping["outfit"])):
        if not outfit_id or not lists[row]:
            what = "an item" if outfit_id else "an outfit id"
            notes.add(f"Outfit rows without {what}, skipped", rows.place(row))
            continue
        worn = gathered.setdefault(outfit_id, {})
        for item in lists[row]:
            if item in worn:
                notes.add("Repeated items in outfits, kept once", f"{item} in outfit {outfit_id}")
            worn[item] = None
    return gathered


def _item_lists(rows: Rows, columns: Sequence[str]) -> list[list[str]]:
    """The items that each row names: one, or several where the column holds lists."""
    cells = rows.columns[columns[0]]
    if len(columns) == 1 and any(isinstance(cell, list) for cell in cells):
        return [[c for c in ([cell] if isinstance(cell, str) else cell) if c] for cell in cells]
    return [[item] if item else [] for item in identifiers(rows, columns)]


def _given_splits(
    outfits: Sequence[Outfit],
    rows: Rows,
    mapping: Mapping[str, tuple[str, ...]],
    notes: Notes,
) -> list[Outfit]:
    """Outfits with the split that the first of their rows names; those without one are left out."""
    named: dict[str, str] = {}
    ids, given = identifiers(rows, mapping["outfit"]), texts(rows, mapping["split"])
    for row, (outfit_id, name) in enumerate(zip(ids, given, strict=True)):
        if named.setdefault(outfit_id, name) != name:
            notes.add(
                "Outfits of two splits, kept in the first", f"{outfit_id} in {rows.place(row)}"
            )
    kept = []
    for outfit in outfits:
        split = SPLIT_NAMES.get(named[outfit.id].casefold())
        if split is None:
            notes.add(
                "Outfits whose split is none of train, valid and test, left out",
                f"{outfit.id}: {named[outfit.id]!r}",
            )
        else:
            kept.append(Outfit(id=outfit.id, items=outfit.items, split=split))
    return kept


def _nothing_left(
    rows: Rows, gathered: Mapping[str, Collection[str]], known: Collection[str]
) -> DataError:
    worn = {item for items in gathered.values() for item in items}
    if worn and worn.isdisjoint(known):
        return DataError(
            f"None of the {len(worn):,} items in {rows.path} (such as {min(worn)!r}) is an item of "
            f"the catalogue (such as {min(known)!r}); check --map id= and --map item=."
        )
    return DataError(
        f"{rows.path} leaves no outfit of two known items with a split; check --map outfit=, "
        "--map item= and --map split=."
    )


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
