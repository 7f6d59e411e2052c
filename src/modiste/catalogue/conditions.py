"""Conditions: which items of a store may be found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from modiste.data.batches import Bools


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """All hold at once. Words are compared casefolded, ids to the letter.

    A word that no item has is no mistake here: it matches nothing.
    """

    categories: tuple[str, ...] = ()
    """Coarse or fine; any of them. Empty: all."""
    price_min: float | None = None
    price_max: float | None = None
    """Both ends included. An item without a price is left out."""
    colours: tuple[str, ...] = ()
    """Any of them: `colour`, or, where an item has none, `looks`."""
    brands: tuple[str, ...] = ()
    in_stock: bool | None = None
    """True: only what is in stock; False: only what is not."""
    attributes: tuple[tuple[str, str], ...] = ()
    """(column, value) pairs; of one column any value will do, and all columns must match."""
    exclude_ids: tuple[str, ...] = ()
    exclude_categories: tuple[str, ...] = ()
    exclude_colours: tuple[str, ...] = ()
    exclude_brands: tuple[str, ...] = ()

    def takes(self, category: str, fine: str) -> bool:
        """Whether items of a coarse and fine category meet the conditions on categories."""
        words = {category.casefold(), fine.casefold()}
        wanted = {word.casefold() for word in self.categories}
        unwanted = {word.casefold() for word in self.exclude_categories}
        return (not wanted or bool(words & wanted)) and not words & unwanted

    def anywhere(self) -> Conditions:
        """The same but for the conditions on categories."""
        return replace(self, categories=(), exclude_categories=())

    def mask(self, items: pl.DataFrame) -> Bools:
        """(M,) bool, which rows of a table with the columns of `FACTS` meet the conditions.

        This is what the conditions mean; stores that say it otherwise are tested against it.
        """
        parts = [*self._wanted(items), *(part.not_() for part in self._unwanted(items))]
        if not parts:
            return np.ones(len(items), dtype=np.bool_)
        every = pl.all_horizontal(part.fill_null(False) for part in parts)
        met: Bools = items.with_columns(every.alias("id"))["id"].to_numpy().astype(np.bool_)
        return met

    def _wanted(self, items: pl.DataFrame) -> list[pl.Expr]:
        parts = []
        if self.categories:
            parts.append(_in_categories(items, self.categories))
        if self.price_min is not None:
            parts.append(pl.col("price") >= self.price_min)
        if self.price_max is not None:
            parts.append(pl.col("price") <= self.price_max)
        if self.colours:
            parts.append(_of_colours(items, self.colours))
        if self.brands:
            parts.append(_among(items, "brand", self.brands))
        if self.in_stock is not None:
            parts.append(pl.col("in_stock") == self.in_stock)
        for name in dict.fromkeys(name for name, _ in self.attributes):
            values = [value for other, value in self.attributes if other == name]
            parts.append(_among(items, name, values))
        return parts

    def _unwanted(self, items: pl.DataFrame) -> list[pl.Expr]:
        parts = []
        if self.exclude_ids:
            parts.append(pl.col("id").is_in(list(self.exclude_ids)))
        if self.exclude_categories:
            parts.append(_in_categories(items, self.exclude_categories))
        if self.exclude_colours:
            parts.append(_of_colours(items, self.exclude_colours))
        if self.exclude_brands:
            parts.append(_among(items, "brand", self.exclude_brands))
        return [part.fill_null(False) for part in parts]


EVERYTHING = Conditions()


def _in_categories(items: pl.DataFrame, words: Iterable[str]) -> pl.Expr:
    return _among(items, "category", words) | _among(items, "fine", words)


def _of_colours(items: pl.DataFrame, words: Iterable[str]) -> pl.Expr:
    unsaid = pl.col("colour").is_null() & _among(items, "looks", words)
    return _among(items, "colour", words).fill_null(False) | unsaid


def _among(items: pl.DataFrame, column: str, words: Iterable[str]) -> pl.Expr:
    """Whether a column is one of these words; Python's casefold, which polars does not have."""
    if column not in items.columns:
        return pl.lit(False)
    wanted = {word.casefold() for word in words}
    known = items[column].unique().drop_nulls().to_list()
    return pl.col(column).is_in([value for value in known if value.casefold() in wanted])
