"""What a catalogue knows of an item beside its vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from modiste.catalogue.base import Batch
from modiste.data.batches import Floats
from modiste.errors import DataError, Misuse

FACTS: dict[str, Any] = {
    "id": pl.String,
    "category": pl.String,  # coarse: the slot
    "fine": pl.String,
    "title": pl.String,
    "image": pl.String,  # absolute path of the photograph, or null
    "price": pl.Float64,  # in the catalogue's currency, or null; never NaN
    "in_stock": pl.Boolean,
    "colour": pl.String,  # what the catalogue says, casefolded, or null
    "looks": pl.String,  # a word of `data.colours.COLOURS`, measured on the photograph, or null
    "brand": pl.String,
    "photo": pl.String,  # SHA-256 of the photograph, or null
}
"""The columns of every item, in this order; further ones are attributes, as text or null."""

REQUIRED = ("id", "category", "fine")
_DEFAULTS: dict[str, Any] = {"title": "", "in_stock": True}


def checked(items: pl.DataFrame) -> pl.DataFrame:
    """Items as a store keeps them: the columns of `FACTS`, then attributes in alphabetical order.

    Columns that are missing are filled: `title` with "", `in_stock` with True, others with null.

    Raises:
        DataError: there is no column `id`, `category` or `fine`, one of its words is missing or
            empty, an id is there twice, or a word holds a NUL character.
    """
    for name in REQUIRED:
        if name not in items.columns:
            raise DataError(f"The items have no column {name!r}; a catalogue needs one.")
    columns = [_column(items, name, dtype) for name, dtype in FACTS.items()]
    attributes = sorted(set(items.columns) - set(FACTS))
    frame = items.select(*columns, *(pl.col(name).cast(pl.String) for name in attributes))
    for name in REQUIRED:
        if frame.filter(pl.col(name).is_null() | (pl.col(name) == "")).height:
            raise DataError(f"An item has no {name!r}; give every item one.")
    if twice := frame["id"].filter(frame["id"].is_duplicated()).head(1).to_list():
        raise DataError(f"The id {twice[0]!r} is there twice; every item needs its own.")
    for name in (n for n, dtype in frame.schema.items() if dtype == pl.String):
        if frame[name].str.contains("\0", literal=True).any():
            raise DataError(f"A {name!r} holds a NUL character, which databases refuse; leave it.")
    return frame


def checked_batch(batch: Batch, widths: tuple[int, int]) -> Batch:
    """A batch as a store keeps it.

    Args:
        batch: as it is given.
        widths: H and D of the store.

    Raises:
        DataError: see `checked`, or a number is not finite.
        Misuse: the numbers have other widths.
    """
    items = checked(batch.items)
    return Batch(
        items,
        _numbers(len(items), batch.vectors, widths[0], "vectors"),
        _numbers(len(items), batch.features, widths[1], "features"),
    )


def _numbers(items: int, numbers: Floats, width: int, what: str) -> Floats:
    """(n, width) float32 of finite numbers, one row an item.

    Raises:
        Misuse: they have another shape.
        DataError: one is not finite.
    """
    if numbers.shape != (items, width):
        raise Misuse(
            f"The {what} are {' x '.join(map(str, numbers.shape))} numbers; this catalogue takes "
            f"{items} x {width}. Build it again where the run has changed."
        )
    found = np.ascontiguousarray(numbers, dtype=np.float32)
    if not np.isfinite(found).all():
        raise DataError(f"The {what} hold a number that is not finite; look at the model.")
    return found


def _column(items: pl.DataFrame, name: str, dtype: Any) -> pl.Expr:
    if name not in items.columns:
        return pl.lit(_DEFAULTS.get(name), dtype=dtype).alias(name)
    column = pl.col(name).cast(dtype)
    if name in ("colour", "looks"):
        words = items[name].drop_nulls().unique().to_list()
        return column.replace({word: word.casefold() for word in words})
    if name == "price":
        return column.fill_nan(None)
    return column.fill_null(_DEFAULTS[name]) if name in _DEFAULTS else column
