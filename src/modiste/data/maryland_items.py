"""What is known of the items of Maryland Polyvore, gathered from files that overlap in part."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

import polars as pl

from modiste.data.notes import Notes
from modiste.data.published import as_published, clean
from modiste.errors import DataError
from modiste.outfit import SPLITS, Item, Split

NAMED_ITEMS = "named_items.parquet"
PRODUCTS = "products_polyvore.parquet"
UNKNOWN_CATEGORY = "unknown"

_AGREEMENT = 0.99  # share of known categories that must be found again for an order to be right


@dataclass(frozen=True, kw_only=True)
class ItemFacts:
    """What the files say of one item; "" or None where they do not."""

    name: str = ""
    category_id: str = ""
    category: str = ""
    """The category's name, where a file gives that instead of its id."""
    price: float | None = None
    product: str = ""


def slots() -> dict[str, str]:
    """Category name -> slot, from the table shipped with the package."""
    text = resources.files("modiste.data").joinpath("maryland_slots.toml").read_text("utf-8")
    return {name: slot for slot, names in tomllib.loads(text).items() for name in names}


def add_names(
    base: Path,
    outfits: dict[Split, dict[str, tuple[str, ...]]],
    facts: dict[str, ItemFacts],
    notes: Notes,
) -> None:
    """Add what `named_items.parquet` says of items that nothing is known of yet.

    Where the train outfits are absent and the others are not, its sets that are in neither of
    those are train outfits, though only in part, and are added as such.
    """
    path = base / NAMED_ITEMS
    if not path.is_file():
        return
    rows = _rows(path, "set_id", "clothingItemIndex", *_NAMED)
    sets: dict[str, list[str]] = {}
    for name, index, title, price, category_id in rows.iter_rows():
        key = f"{name}_{index}"
        sets.setdefault(str(name), []).append(key)
        price = price if price is not None and price > 0 else None
        if key not in facts:
            facts[key] = ItemFacts(name=clean(title), category_id=str(category_id), price=price)
    if "train" not in outfits and {"valid", "test"} <= set(outfits):
        held_out = {*outfits["valid"], *outfits["test"]}
        outfits["train"] = {
            name: tuple(dict.fromkeys(keys))
            for name, keys in sets.items()
            if name not in held_out and len(set(keys)) > 1
        }
        notes.say(
            f"{len(outfits['train']):,} of the 17,316 train outfits are there in part: the items "
            f"that {NAMED_ITEMS} has of them. Figures of models trained on them are not "
            "comparable with published ones."
        )


_NAMED = ("clothingItemName", "clothingItemPrice", "clothingItemCategoryId")


def add_products(
    base: Path,
    outfits: Mapping[Split, Mapping[str, tuple[str, ...]]],
    facts: dict[str, ItemFacts],
    notes: Notes,
) -> None:
    """Add category and product from `products_polyvore.parquet`, which has no keys.

    Its rows are the items of train, valid and test, in the order of their files; the column
    `index` starts again with each. A split is used where the number of items is right, and
    where the categories that are known already are found again in that order.
    """
    path = base / PRODUCTS
    if not path.is_file():
        return
    rows = _rows(path, "index", "product_id", "product_category")
    starts = [row for row, index in enumerate(rows["index"]) if index == 0]
    if len(starts) != len(SPLITS):
        raise DataError(f"{path} has {len(starts)} parts instead of {len(SPLITS)}; get it again.")
    known = _category_ids(base)
    for split, start, end in zip(SPLITS, starts, [*starts[1:], len(rows)], strict=True):
        keys = [key for worn in outfits.get(split, {}).values() for key in worn]
        part = rows[start:end]
        if len(keys) != len(part):
            continue
        found = dict(zip(keys, part.select("product_category", "product_id").rows(), strict=True))
        if not _agrees(found, facts, known):
            notes.say(f"{PRODUCTS} is not in the order of the {split} outfits: not used for them.")
            continue
        for key, (category, product) in found.items():
            old = facts.get(key, ItemFacts())
            new = replace(old, product=old.product or str(product))
            facts[key] = new if old.category_id else replace(new, category=category)


def make_items(
    base: Path, keys: Iterable[str], facts: Mapping[str, ItemFacts], notes: Notes
) -> list[Item]:
    """An item for each key; its slot from the table shipped, its fine category as published."""
    names, slot_of = _category_ids(base), slots()
    items = []
    for key in keys:
        known = facts.get(key, ItemFacts())
        fine = known.category or names.get(known.category_id, known.category_id)
        if not fine:
            notes.add(f"Items without a category, kept as {UNKNOWN_CATEGORY!r}", key)
        if not known.name:
            notes.add("Items without a name, for which that of the category stands in", key)
        items.append(
            Item(
                id=key,
                category=slot_of.get(fine, fine) or UNKNOWN_CATEGORY,
                fine=fine or UNKNOWN_CATEGORY,
                title=known.name or fine,
                price=known.price,
                attributes={"product": known.product} if known.product else {},
            )
        )
    return items


def _agrees(
    found: Mapping[str, tuple[str, int]],
    facts: Mapping[str, ItemFacts],
    names: Mapping[str, str],
) -> bool:
    both = [
        (category, names[facts[key].category_id])
        for key, (category, _) in found.items()
        if key in facts and facts[key].category_id in names
    ]
    return sum(one == other for one, other in both) >= _AGREEMENT * len(both)


def _category_ids(base: Path) -> dict[str, str]:
    """Category id -> name, from the lines `id name` of category_id.txt; {} where it is absent."""
    path = base / "category_id.txt"
    if not path.is_file():
        return {}
    with as_published(path):
        pairs = (line.strip().partition(" ") for line in path.read_text("utf-8").splitlines())
        return {number: clean(name) for number, _, name in pairs if number}


def _rows(path: Path, *columns: str) -> pl.DataFrame:
    try:
        return pl.read_parquet(path, columns=list(columns), memory_map=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(f"{path} is not as it was published ({reason}); get it again.") from error
