"""The rows of a catalogue as items."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from modiste.data.mapping import attribute_keys, compose, identifiers, texts
from modiste.data.notes import Notes
from modiste.data.rows import Rows
from modiste.errors import DataError
from modiste.outfit import Item

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
