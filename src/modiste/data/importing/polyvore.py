"""Polyvore Outfits: 68,306 outfits made by users of polyvore.com -> wardrobe.

Source: Vasileva et al. 2018, "Learning Type-Aware Embeddings for Fashion Compatibility",
arXiv:1803.09196. Outfits in train / valid / test:

    nondisjoint  53,306 / 5,000 / 10,000, 251,008 items; an item may be in several splits.
    disjoint     16,995 / 3,000 / 15,145, 152,785 items; train shares none with valid and test.

(In the files, 93 items of the disjoint test outfits are also in valid ones.) Read are

    {variant}/{train,valid,test}.json                  the outfits; at least one must be there
    {variant}/fill_in_blank_{split}.json, compatibility_{split}.txt     the official questions
    polyvore_item_metadata.json                        titles and categories, optional
    {variant}/item_semantic_category.json, item_semantic_category_all.json     categories, else
    train_category_fine_200806.json, categories.csv    fine categories, optional
    images/{item id}.jpg, or data/{variant}/*.parquet as on the Hugging Face hub     photographs

Left out: `typespaces.p`, a pickle, which is never read; text vectors; outfit titles.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from modiste.data.images import Progress
from modiste.data.importing.notes import Notes
from modiste.data.importing.published import (
    FitbEntry,
    as_published,
    clean,
    find_photographs,
    first_folder,
    official_questions,
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
from modiste.errors import UnknownName
from modiste.outfit import SPLITS, Item, Outfit, Question, Split

METADATA = "polyvore_item_metadata.json"
ALL_CATEGORIES = "item_semantic_category_all.json"
FINE_CATEGORIES = "train_category_fine_200806.json"
UNKNOWN_CATEGORY = "unknown"


def read_items(base: Path, variant: str, ids: Sequence[str], notes: Notes) -> list[Item]:
    """An item for each id: category, fine category, title, as far as the files know them.

    Raises:
        DataError: a file is damaged.
    """
    metadata = _metadata(base, ids, notes)
    semantic = {i: facts["semantic_category"] for i, facts in metadata.items()}
    if len(semantic) < len(ids):
        semantic = _categories(base, variant) | semantic
    fine = {i: facts["category_id"] for i, facts in metadata.items()}
    if not fine and (path := base / FINE_CATEGORIES).is_file():
        fine = _pairs(path)
    names = _category_names(base / "categories.csv")
    items = [_item(i, semantic, fine, names, metadata.get(i, {})) for i in ids]
    _note_gaps(items, fine, names, notes)
    return items


def _item(
    item_id: str,
    semantic: Mapping[str, str],
    fine: Mapping[str, str],
    names: Mapping[str, str],
    facts: Mapping[str, str],
) -> Item:
    category = semantic.get(item_id) or UNKNOWN_CATEGORY
    category_id = fine.get(item_id, "")
    known = {"category_id": category_id, "description": facts.get("description", "")}
    return Item(
        id=item_id,
        category=category,
        fine=names.get(category_id) or category,
        title=facts.get("title") or facts.get("url_name") or names.get(category_id) or category,
        attributes={name: text for name, text in known.items() if text},
    )


def _metadata(base: Path, ids: Iterable[str], notes: Notes) -> dict[str, dict[str, str]]:
    """Item id -> its facts as clean text, for the items wanted only: the file is large."""
    path = base / METADATA
    if not path.is_file():
        notes.say(
            f"{METADATA} is absent: no titles (the category stands in), categories from the "
            "item_semantic_category files."
        )
        return {}
    with as_published(path):
        raw: dict[str, Any] = read_json(path)
        kept = {item_id: raw[item_id] for item_id in ids if item_id in raw}
        del raw
        names = ("title", "url_name", "description", "semantic_category", "category_id")
        return {
            item_id: {name: clean(_text(facts.get(name))) for name in names}
            for item_id, facts in kept.items()
        }


def _text(value: object) -> object:
    return str(value) if isinstance(value, int) else value


def _categories(base: Path, variant: str) -> dict[str, str]:
    """Item id -> semantic category, from the file of the variant over that of all items."""
    paths = (base / ALL_CATEGORIES, base / variant / "item_semantic_category.json")
    return {i: name for path in paths if path.is_file() for i, name in _pairs(path).items()}


def _pairs(path: Path) -> dict[str, str]:
    with as_published(path):
        return {str(key): clean(_text(value)) for key, value in read_json(path).items()}


def _category_names(path: Path) -> dict[str, str]:
    """Category id -> fine name; {} where the file is absent."""
    if not path.is_file():
        return {}
    with as_published(path):
        rows = list(csv.reader(path.read_text("utf-8").splitlines()))
        return {row[0].strip(): row[1].strip() for row in rows if row and row[0].strip().isdigit()}


def _note_gaps(
    items: Sequence[Item], fine: Mapping[str, str], names: Mapping[str, str], notes: Notes
) -> None:
    for item in items:
        if item.category == UNKNOWN_CATEGORY:
            notes.add(f"Items without a category, kept as {UNKNOWN_CATEGORY!r}", item.id)
    known = sum(fine.get(item.id, "") in names for item in items)
    if known < len(items):
        notes.say(
            f"The fine category is known of {known:,} of {len(items):,} items; the semantic "
            "category stands in for the others."
        )


VARIANTS = ("disjoint", "nondisjoint")


def import_polyvore_outfits(
    root: Path,
    out: Path,
    *,
    variant: str = "disjoint",
    images: Path | None = None,
    replace: bool = False,
    progress: Progress | None = None,
) -> Wardrobe:
    """Make a wardrobe of one variant; what is absent is said in its notes.

    The official questions become the question sets `official-train`, `-valid` and `-test`. The
    right answer is the candidate whose set id is the question's; candidates keep their order.

    Args:
        root: the unpacked archive, or the folder that holds its folder `polyvore_outfits`.
        out: the wardrobe's folder; an import that was interrupted goes on there.
        variant: `disjoint` or `nondisjoint`.
        images: folder of the photographs; None: where the archive or the hub has them.
        replace: write over a wardrobe that stands there already.
        progress: told about every photograph.

    Raises:
        UnknownName: no such variant.
        DatasetNotFound: no outfits of that variant are in `root`.
        DataError: a file is damaged.
        WardrobeError: a wardrobe stands at `out`, or another process is writing it.
    """
    if variant not in VARIANTS:
        raise UnknownName("variant of Polyvore Outfits", variant, VARIANTS)
    refuse_existing(out, replace=replace)
    base = first_folder(root, "polyvore_outfits", [f"{variant}/{s}.json" for s in SPLITS])
    notes = Notes()
    outfits, item_of = _read_outfits(base / variant, notes)
    items = read_items(base, variant, list(dict.fromkeys(item_of.values())), notes)
    sets = _official(base / variant, item_of, notes)
    photographs = find_photographs(images, base, f"data/{variant}/*.parquet")
    with wardrobe_lock(out):
        items = with_photographs(items, photographs, _file_names, out, notes, progress)
        for name, questions in sets.items():
            save_questions(out, name, questions)
        info = WardrobeInfo(
            name=f"polyvore-outfits-{variant}",
            source="Polyvore Outfits, Vasileva et al. 2018, arXiv:1803.09196",
            licence="solely for research and educational purposes",
            notes=notes.sentences(),
            extra={"variant": variant},
        )
        return create_wardrobe(out, items, outfits, info, replace=replace, questions=sets)


def _read_outfits(folder: Path, notes: Notes) -> tuple[list[Outfit], dict[str, str]]:
    """The outfits of all splits that are there, and key `<set id>_<index>` -> item id."""
    outfits: dict[str, Outfit] = {}
    item_of: dict[str, str] = {}
    for split in SPLITS:
        path = folder / f"{split}.json"
        if not path.is_file():
            notes.say(f"{folder.name}/{path.name} is absent: no {split} outfits or questions.")
            continue
        with as_published(path):
            for facts in read_json(path):
                worn = _worn(facts)
                item_of.update(worn)
                _add_outfit(outfits, str(facts["set_id"]), worn, split, notes)
    return list(outfits.values()), item_of


def _official(folder: Path, item_of: Mapping[str, str], notes: Notes) -> dict[str, list[Question]]:
    """The question sets of the splits whose outfits are there."""
    sets = {}
    for split in SPLITS:
        if (folder / f"{split}.json").is_file():
            fitb = folder / f"fill_in_blank_{split}.json"
            compatibility = folder / f"compatibility_{split}.txt"
            questions = official_questions(fitb, compatibility, item_of, _truth, notes)
            if questions:
                sets[f"official-{split}"] = questions
    return sets


def _worn(facts: Mapping[str, Any]) -> dict[str, str]:
    """Key -> item id of one outfit, in its order."""
    return {f"{facts['set_id']}_{i['index']}": str(i["item_id"]) for i in facts["items"]}


def _add_outfit(
    outfits: dict[str, Outfit], name: str, worn: Mapping[str, str], split: Split, notes: Notes
) -> None:
    items = tuple(dict.fromkeys(worn.values()))
    if len(items) < len(worn):
        notes.add("Outfits that repeat an item, which is kept once", name)
    if name in outfits:
        notes.add("Outfits whose id stood there before, left out", name)
    elif len(items) < 2:
        notes.add("Outfits of fewer than two items, left out", name)
    else:
        outfits[name] = Outfit(id=name, items=items, split=split)


def _truth(entry: FitbEntry) -> int:
    """The one candidate that comes from the outfit asked about."""
    asked = {set_id(key) for key in entry.question}
    right = [i for i, key in enumerate(entry.answers) if set_id(key) in asked]
    if len(asked) != 1 or len(right) != 1:
        raise ValueError(f"{len(right)} candidates are of the outfit asked about")
    return right[0]


def _file_names(item_id: str) -> tuple[str, ...]:
    return (f"{item_id}.jpg",)
