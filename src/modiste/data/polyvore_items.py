"""What is known of the items of Polyvore Outfits: metadata where it is there, else categories."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from modiste.data.notes import Notes
from modiste.data.published import as_published, clean, read_json
from modiste.outfit import Item

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
