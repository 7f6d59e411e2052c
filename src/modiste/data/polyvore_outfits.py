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

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from modiste.data.images import Progress
from modiste.data.notes import Notes
from modiste.data.polyvore_items import read_items
from modiste.data.published import (
    FitbEntry,
    as_published,
    first_folder,
    official_questions,
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
from modiste.errors import UnknownName
from modiste.outfit import SPLITS, Outfit, Question, Split

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


__all__ = ["VARIANTS", "import_polyvore_outfits"]
