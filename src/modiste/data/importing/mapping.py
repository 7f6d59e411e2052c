"""Which columns of somebody's tables mean what: `--map id=sku --map title=type,colour`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from modiste.data.importing.rows import Cell, Rows
from modiste.errors import Misuse

ITEM_KEYS = ("id", "category", "fine", "image", "title", "price")
OUTFIT_KEYS = ("outfit", "item", "split")
REQUIRED = ("id", "category", "outfit", "item")

_ATTRIBUTE = re.compile(r"\w[\w .-]{0,63}")


def parse_mapping(pairs: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Read `KEY=COLUMN` or `KEY=COLUMN,COLUMN` pairs.

    Returns:
        Key -> its columns. Keys are those of `ITEM_KEYS` and `OUTFIT_KEYS`; any other key names
        an attribute of the items, such as `color`.

    Raises:
        Misuse: a pair is malformed, or a key is given twice.
    """
    mapping: dict[str, tuple[str, ...]] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        key, columns = key.strip(), tuple(part.strip() for part in value.split(","))
        if not equals or not key or not all(columns):
            raise Misuse(f"--map {pair!r} is malformed; write KEY=COLUMN or KEY=COLUMN,COLUMN.")
        if key in mapping:
            raise Misuse(f"--map gives {key!r} twice; join columns with a comma: {key}=A,B.")
        mapping[key] = columns
    return mapping


def check_mapping(mapping: Mapping[str, Sequence[str]]) -> None:
    """Refuse a mapping that lacks a required key or has a key that can be no column's name.

    Raises:
        Misuse: names the key.
    """
    missing = [key for key in REQUIRED if not mapping.get(key)]
    if missing:
        ask = " ".join(f"--map {key}=COLUMN" for key in missing)
        raise Misuse(
            f"The mapping lacks {', '.join(missing)}: add {ask} (given: "
            f"{', '.join(mapping) or 'nothing'})."
        )
    for key in attribute_keys(mapping):
        if not _ATTRIBUTE.fullmatch(key):
            raise Misuse(f"{key!r} cannot name an attribute; use letters, digits, - and _.")


def attribute_keys(mapping: Mapping[str, Sequence[str]]) -> list[str]:
    """The keys that name attributes, in the order given."""
    return [key for key in mapping if key not in (*ITEM_KEYS, *OUTFIT_KEYS)]


def wanted_columns(mapping: Mapping[str, Sequence[str]], keys: Iterable[str]) -> dict[str, str]:
    """Column -> who asks for it, for the columns behind `keys`."""
    asked = [(key, column) for key in keys for column in mapping.get(key, ())]
    return {column: f"--map {key}={','.join(mapping[key])}" for key, column in asked}


def identifiers(rows: Rows, columns: Sequence[str]) -> list[str]:
    """One id a row: the columns joined by a space, none dropped, "" where all are empty.

    Unlike in `compose`, equal parts stay: (1, 1) and (1, "") are two products.
    """
    parts = zip(*(map(flat, rows.columns[column]) for column in columns), strict=True)
    return [" ".join(row).strip() for row in parts]


def texts(rows: Rows, columns: Sequence[str]) -> list[str]:
    """One text a row, composed of its columns; "" where all are empty."""
    if not columns:
        return [""] * len(rows)
    return [compose(row) for row in zip(*(rows.columns[c] for c in columns), strict=True)]


def compose(parts: Iterable[Cell]) -> str:
    """Join texts by a space; empty parts and repeated ones (whatever their case) are dropped."""
    unique: dict[str, str] = {}
    for part in parts:
        text = " ".join(flat(part).split())
        unique.setdefault(text.casefold(), text)
    unique.pop("", None)
    return " ".join(unique.values())


def flat(cell: Cell) -> str:
    """A list as one text."""
    return cell if isinstance(cell, str) else " ".join(cell)
