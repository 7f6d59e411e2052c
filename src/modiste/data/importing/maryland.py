"""Maryland Polyvore: 21,889 outfits made by users of polyvore.com -> wardrobe.

Source: Han et al. 2017, "Learning Fashion Compatibility with Bidirectional LSTMs",
arXiv:1707.05691. Outfits in train / valid / test: 17,316 / 1,497 / 3,076, each of at most its
first 8 items. An item is a place in an outfit, `<set id>_<index>`: the same product in two
outfits is two items, which the attribute `product` tells. Read are

    {train,valid,test}_no_dup.json             the outfits: names, prices, categories
    fill_in_blank_test.json                    3,076 questions; the right answer is the first
    fashion_compatibility_prediction.txt       3,076 outfits and 4,000 random sets
    category_id.txt                            names of the 380 categories
    products_polyvore.parquet                  category and product of all items in file order
    named_items.parquet                        names of part of the items of all splits
    images/{set id}/{index}.jpg, or data/*.parquet as on the Hugging Face hub     photographs

Each may be absent: copies in the wild lack files. Without `test_no_dup.json` the test outfits
are the positive rows of the compatibility file. The files overlap in part: what is known of an item
is gathered from all of them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

import polars as pl

from modiste.data.images import Progress
from modiste.data.importing.notes import Notes
from modiste.data.importing.published import (
    FitbEntry,
    as_published,
    clean,
    find_photographs,
    first_folder,
    official_questions,
    read_compatibility,
    read_fitb,
    read_json,
    set_id,
    with_photographs,
)
from modiste.data.questions.files import save_questions
from modiste.data.wardrobe import (
    Wardrobe,
    WardrobeInfo,
    create_wardrobe,
    refuse_existing,
    wardrobe_lock,
)
from modiste.errors import DataError
from modiste.outfit import SPLITS, Item, Outfit, Split

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
    text = (
        resources.files("modiste.data.importing").joinpath("maryland_slots.toml").read_text("utf-8")
    )
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


FITB = "fill_in_blank_test.json"
COMPATIBILITY = "fashion_compatibility_prediction.txt"

Outfits = dict[Split, dict[str, tuple[str, ...]]]
"""Split -> set id -> the keys of its items, in order."""


def import_maryland(
    root: Path,
    out: Path,
    *,
    images: Path | None = None,
    replace: bool = False,
    progress: Progress | None = None,
) -> Wardrobe:
    """Make a wardrobe of the files that are there; what is absent is said in its notes.

    The official questions become the question set `official-test`: candidates in file order,
    the first of them right, as published.

    Args:
        root: the unpacked archive, or the folder that holds its folder `polyvore`.
        out: the wardrobe's folder; an import that was interrupted goes on there.
        images: folder of the photographs, or of their Parquet files; None: below `root`.
        replace: write over a wardrobe that stands there already.
        progress: told about every photograph.

    Raises:
        DatasetNotFound: none of the files is in `root`.
        DataError: a file is damaged.
        WardrobeError: a wardrobe stands at `out`, or another process is writing it.
    """
    refuse_existing(out, replace=replace)
    names = [*(f"{split}_no_dup.json" for split in SPLITS), COMPATIBILITY, FITB]
    base = first_folder(root, "polyvore", names)
    notes = Notes()
    facts: dict[str, ItemFacts] = {}
    outfits = _read_outfits(base, facts, notes)
    add_names(base, outfits, facts, notes)
    add_products(base, outfits, facts, notes)
    keys = dict.fromkeys([*_worn(outfits), *_asked(base)])
    items = make_items(base, keys, facts, notes)
    identity = {key: key for key in keys}
    questions = official_questions(base / FITB, base / COMPATIBILITY, identity, _first, notes)
    photographs = find_photographs(images, base, "data/*.parquet")
    with wardrobe_lock(out):
        items = with_photographs(items, photographs, _file_names, out, notes, progress)
        sets = {"official-test": questions} if questions else {}
        for name in sets:
            save_questions(out, name, sets[name])
        info = WardrobeInfo(
            name="maryland-polyvore",
            source="Maryland Polyvore, Han et al. 2017, arXiv:1707.05691",
            licence="Apache-2.0 repository; data for research",
            notes=notes.sentences(),
        )
        made = [
            Outfit(id=name, items=worn, split=split)
            for split in SPLITS
            for name, worn in outfits.get(split, {}).items()
        ]
        return create_wardrobe(out, items, made, info, replace=replace, questions=sets)


def _read_outfits(base: Path, facts: dict[str, ItemFacts], notes: Notes) -> Outfits:
    """The outfits of the splits whose file is there; what it says of items goes to `facts`."""
    outfits: Outfits = {}
    for split in SPLITS:
        path = base / f"{split}_no_dup.json"
        if path.is_file():
            outfits[split] = _outfits_of(path, facts, notes)
        elif split == "test" and (rebuilt := _rebuilt_test(base)):
            outfits[split] = rebuilt
            notes.say(
                f"{path.name} is absent: the {len(rebuilt):,} test outfits were rebuilt from the "
                "official questions."
            )
        else:
            notes.say(f"{path.name} is absent: no complete {split} outfits.")
    return outfits


def _outfits_of(
    path: Path, facts: dict[str, ItemFacts], notes: Notes
) -> dict[str, tuple[str, ...]]:
    outfits: dict[str, tuple[str, ...]] = {}
    with as_published(path):
        for entry in read_json(path):
            name = str(entry["set_id"])
            described = {f"{name}_{i['index']}": _facts(i) for i in entry["items"]}
            if name in outfits or len(described) < 2:
                notes.add("Outfits that are repeated or of fewer than two items, left out", name)
                continue
            facts.update(described)
            outfits[name] = tuple(described)
    return outfits


def _facts(item: dict[str, object]) -> ItemFacts:
    price = item.get("price")
    product = clean(item.get("image")).rpartition("tid=")[2]
    return ItemFacts(
        name=clean(item.get("name")),
        category_id=str(item.get("categoryid", "")),
        price=float(price) if isinstance(price, int | float) and price > 0 else None,
        product=product if product.isdigit() else "",
    )


def _rebuilt_test(base: Path) -> dict[str, tuple[str, ...]]:
    """Test outfits from the positive rows, else from the FITB questions with their answers."""
    if (path := base / COMPATIBILITY).is_file():
        worn = [keys for label, keys in read_compatibility(path) if label == 1]
    elif (path := base / FITB).is_file():
        worn = [
            (*e.question[: e.position], e.answers[0], *e.question[e.position :])
            for e in read_fitb(path)
        ]
    else:
        worn = []
    return {set_id(keys[0]): tuple(dict.fromkeys(keys)) for keys in worn if len(set(keys)) > 1}


def _worn(outfits: Outfits) -> list[str]:
    return [key for sets in outfits.values() for keys in sets.values() for key in keys]


def _asked(base: Path) -> Iterable[str]:
    """The keys of the question files, for those that no outfit has."""
    if (path := base / FITB).is_file():
        for entry in read_fitb(path):
            yield from (*entry.question, *entry.answers)
    if (path := base / COMPATIBILITY).is_file():
        for _, keys in read_compatibility(path):
            yield from keys


def _first(entry: FitbEntry) -> int:
    return 0


def _file_names(key: str) -> tuple[str, ...]:
    outfit, _, index = key.rpartition("_")
    return (f"{outfit}/{index}.jpg", f"{key}.jpg")
