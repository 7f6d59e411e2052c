"""What a catalogue knows of an item beside its vectors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from modiste.arrays import Bools, Floats
from modiste.errors import DataError, Misuse

FACTS: dict[str, Any] = {
    "id": pl.String,
    "category": pl.String,  # coarse: the slot
    "fine": pl.String,
    "title": pl.String,
    "image": pl.String,  # absolute path of the photograph, or null
    "price": pl.Float64,  # in the catalogue's currency, or null; never NaN
    "in_stock": pl.Boolean,
    "colour": pl.String,  # what the catalogue says, in lower case, or null
    "looks": pl.String,  # a word of `data.colours.COLOURS`, measured on the photograph, or null
    "brand": pl.String,
    "photo": pl.String,  # SHA-256 of the photograph, or null
}
"""The columns of every item, in this order; further ones are attributes, as text or null."""

ASKED = {"title", "brand", "colour", "in_stock"}
"""Those of them that can be asked for by name, as attributes can."""

REQUIRED = ("id", "category", "fine")
_DEFAULTS: dict[str, Any] = {"title": "", "in_stock": True}
SAY_COLOUR = ("color", "colour")
"""Attributes of a wardrobe that say it; the first there is."""
_IN_STOCK = ("true", "yes", "1", "in stock")


def stocked(word: str) -> bool:
    """Whether a word of the attribute `in_stock` says so."""
    return word.strip().casefold().replace("_", " ") in _IN_STOCK


def typed(items: pl.DataFrame) -> pl.DataFrame:
    """(M) a wardrobe's items with the columns of `FACTS`, then its other attributes.

    The colour comes from an attribute `color` or `colour`, in lower case, `brand` and `in_stock`
    from attributes of these names; an item of which no word says otherwise is in stock. `looks` and
    `photo` are measured elsewhere: null.
    """
    colour = next((name for name in SAY_COLOUR if name in items.columns), None)
    nothing = pl.lit(None, dtype=pl.String)
    stock = pl.lit(True)
    if "in_stock" in items.columns:
        words = items["in_stock"].cast(pl.String).drop_nulls().unique().to_list()
        out = [word for word in words if not stocked(word)]
        stock = pl.col("in_stock").cast(pl.String).is_in(out).not_().fill_null(True)
    brand = pl.col("brand").cast(pl.String) if "brand" in items.columns else nothing
    columns = {
        "price": pl.col("price").fill_nan(None),
        "in_stock": stock,
        "colour": nothing if colour is None else pl.col(colour).cast(pl.String).str.to_lowercase(),
        "looks": nothing,
        "brand": brand,
        "photo": nothing,
    }
    return items.select(
        *(columns.get(name, pl.col(name)).alias(name) for name in FACTS),
        *(name for name in items.columns if name not in FACTS),
    )


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


def check_numbers(items: int, numbers: Floats, width: int, what: str) -> Floats:
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
        return column.str.to_lowercase()
    if name == "price":
        return column.fill_nan(None)
    return column.fill_null(_DEFAULTS[name]) if name in _DEFAULTS else column


@dataclass(frozen=True)
class Labels:
    """Names as numbers.

    Args:
        names: n of them, in no particular order; none is null.
        number: (M,) where in `names` each item's name is; n where it has none.
    """

    names: pl.Series
    number: npt.NDArray[np.uint32]

    @classmethod
    def of(cls, column: pl.Series) -> Labels:
        """Of (M) names, null where there is none."""
        column = column.cast(pl.String)  # one of nulls alone has no type
        names = column.drop_nulls().unique()
        numbers = column.cast(pl.Enum(names)).to_physical().cast(pl.UInt32)
        return cls(names, numbers.fill_null(len(names)).to_numpy())

    def casefolded(self) -> Labels:
        """Names without regard to case, some of them twice perhaps."""
        folded = [name.casefold() for name in self.names]
        return Labels(pl.Series(folded, dtype=pl.String), self.number)

    @cached_property
    def known(self) -> Bools:
        """(M,) whether an item has a name."""
        known: Bools = self.number < len(self.names)
        return known

    def __contains__(self, name: str) -> bool:
        return bool((self.names == name).any())

    def among(self, names: Iterable[str]) -> Bools:
        """(M,) whether an item's name is one of some."""
        chosen = np.zeros(len(self.names) + 1, dtype=np.bool_)
        chosen[:-1] = self.names.is_in(pl.Series(list(names), dtype=pl.String)).to_numpy()
        found: Bools = chosen[self.number]
        return found

    def to_list(self) -> list[str]:
        """(M) the names, of which items that share one share the object; all must have one."""
        names: list[str] = self.names.to_numpy().astype(object)[self.number].tolist()
        return names
