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
are the positive rows of the compatibility file.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from modiste.data.images import Progress
from modiste.data.maryland_items import ItemFacts, add_names, add_products, make_items
from modiste.data.notes import Notes
from modiste.data.published import (
    FitbEntry,
    as_published,
    clean,
    first_folder,
    official_questions,
    read_compatibility,
    read_fitb,
    read_json,
    set_id,
)
from modiste.data.published_images import find_photographs, with_photographs
from modiste.data.questions import save_questions
from modiste.data.wardrobe import (
    Wardrobe,
    WardrobeInfo,
    create_wardrobe,
    refuse_existing,
    wardrobe_lock,
)
from modiste.outfit import SPLITS, Outfit, Split

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


__all__ = ["import_maryland"]
