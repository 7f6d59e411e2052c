"""The rows of an outfits table as outfits with splits."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from modiste.data.mapping import identifiers, texts
from modiste.data.notes import Notes
from modiste.data.rows import Rows
from modiste.data.splits import split_outfits
from modiste.errors import DataError
from modiste.outfit import Outfit, Split

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
