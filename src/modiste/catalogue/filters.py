"""Which items may be found: one filter, and the facts that it is asked of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from math import isnan

import numpy as np
import polars as pl

from modiste.arrays import Bools, Ints
from modiste.catalogue.facts import ASKED, FACTS, Labels, stocked
from modiste.data.colours import COLOURS
from modiste.errors import Misuse

Kind = tuple[str, str]
"""A slot and a fine category in it."""
Pairs = tuple[tuple[str, str], ...]
_KEPT = 16  # filters whose rows are remembered


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which items may be found or suggested; all conditions hold at once, and exactly.

    Words are compared casefolded, ids to the letter. A word that no item has matches nothing; the
    stylist refuses it before (`stylist.choice`).
    """

    categories: tuple[str, ...] = ()
    """Coarse or fine; any of them. Empty: all."""
    price_min: float | None = None
    price_max: float | None = None
    """In the catalogue's currency, both ends included. An item without a price is left out."""
    colours: tuple[str, ...] = ()
    """Any of them: what the catalogue says, or, where it says nothing of an item or never uses the
    word, the colour measured on the photograph (`data.colours.COLOURS`)."""
    brands: tuple[str, ...] = ()
    in_stock: bool | None = None
    """True: only what is in stock; False: only what is not."""
    attributes: Pairs = ()
    """(name, value) pairs such as ("season", "2023"), of `title`, `brand`, `colour`, `in_stock` and
    all that is no column of `FACTS`; of one name any value will do."""
    exclude_items: tuple[str, ...] = ()
    exclude_categories: tuple[str, ...] = ()
    """Coarse or fine."""
    exclude_colours: tuple[str, ...] = ()
    exclude_attributes: Pairs = ()
    """(name, value) pairs; an item with any of them is left out."""

    def __post_init__(self) -> None:
        for price in (self.price_min, self.price_max):
            if price is not None and (isnan(price) or price < 0):
                raise Misuse(f"A price limit of {price} is no price; give a number from 0.")
        if None not in (self.price_min, self.price_max) and self.price_min > self.price_max:  # type: ignore[operator]
            raise Misuse(
                f"No price is both above {self.price_min:g} and below {self.price_max:g}; "
                "swap the limits."
            )

    def kinds(self, every: Collection[Kind]) -> set[Kind]:
        """Those of a catalogue's kinds that meet the conditions on categories."""
        wanted = {kind for word in self.categories for kind in named(word, every)}
        unwanted = {kind for word in self.exclude_categories for kind in named(word, every)}
        return (wanted if self.categories else set(every)) - unwanted

    def anywhere(self) -> Filter:
        """The same but for the conditions on categories."""
        return replace(self, categories=(), exclude_categories=())

    def any_of(self) -> dict[str, list[str]]:
        """Of `attributes`, name -> values, any of which will do."""
        values: dict[str, list[str]] = {}
        for name, value in self.attributes:
            values.setdefault(name, []).append(value)
        return values

    def mask(self, facts: Facts) -> Bools:
        """(M,) bool, which items meet all conditions but `exclude_items`.

        This is what a filter means; stores that say it otherwise are tested against it.
        """
        items, met = facts.items, np.ones(len(facts.items), dtype=np.bool_)
        if self.categories or self.exclude_categories:
            rows = [facts.partitions[kind] for kind in self.kinds(facts.partitions)]
            met[:] = False
            met[np.concatenate([np.zeros(0, dtype=np.int64), *rows])] = True
        if self.price_min is not None:
            met &= _bools(items["price"] >= self.price_min)
        if self.price_max is not None:
            met &= _bools(items["price"] <= self.price_max)
        if self.brands:
            met &= facts.among("brand", self.brands)
        if self.in_stock is not None:
            met &= _bools(items["in_stock"] == self.in_stock)
        if self.colours:
            met &= facts.coloured(self.colours)
        for name, values in self.any_of().items():
            met &= facts.among(name, values)
        if self.exclude_colours:
            met &= ~facts.coloured(self.exclude_colours)
        for name, value in self.exclude_attributes:
            met &= ~facts.among(name, [value])
        return met


EVERYTHING = Filter()


def named(word: str, every: Iterable[Kind]) -> list[Kind]:
    """The kinds that a word means: a slot's, or else those of a fine category in any slot.

    Case matters only where it must.
    """
    for same in (str, str.casefold):
        wanted = same(word)
        slot = [kind for kind in every if same(kind[0]) == wanted]
        if found := slot or [kind for kind in every if same(kind[1]) == wanted]:
            return found
    return []


class Facts:
    """What is known of M items, to be asked again and again.

    Args:
        items: with the columns of `FACTS`, then attributes as text.
        looks: makes the column `looks` when a filter first asks for it; None: it is in `items`.
    """

    def __init__(self, items: pl.DataFrame, looks: Callable[[], pl.Series] | None = None) -> None:
        self.items = items
        self._looks = looks
        self._labels: dict[str, Labels] = {}
        self._mask = lru_cache(maxsize=_KEPT)(self._read_only)

    def met(self, where: Filter) -> Bools:
        """(M,) bool, which items meet a filter; not to be written to."""
        met = self._mask(replace(where, exclude_items=()) if where.exclude_items else where)
        if not where.exclude_items:
            return met
        left = met.copy()
        left[[self.rows[item] for item in where.exclude_items if item in self.rows]] = False
        return left

    @cached_property
    def rows(self) -> dict[str, int]:
        """Item id -> row."""
        return {item: row for row, item in enumerate(self.items["id"])}

    @cached_property
    def partitions(self) -> dict[Kind, Ints]:
        """The rows of each kind, ascending; kinds in alphabetical order."""
        keys = self.items.select("category", "fine").with_row_index("row")
        groups = keys.group_by("category", "fine").agg("row").sort("category", "fine")
        return {
            (slot, fine): np.sort(np.array(rows, dtype=np.int64))
            for slot, fine, rows in groups.iter_rows()
        }

    def among(self, name: str, values: Iterable[str]) -> Bools:
        """(M,) bool, which items have one of these values; none where there is no such column."""
        if name == "in_stock":
            return _bools(self.items[name].is_in([stocked(value) for value in values]))
        if name not in self.items.columns or name in FACTS.keys() - ASKED:
            return np.zeros(len(self.items), dtype=np.bool_)
        return self.labels(name).among(value.casefold() for value in values)

    def coloured(self, words: Iterable[str]) -> Bools:
        """(M,) bool, which items are of one of these colours; see `Filter.colours`."""
        words, said = {word.casefold() for word in words}, self.labels("colour")
        met = said.among(words)
        if words & set(COLOURS):  # measuring photographs takes long
            met = met | (~said.known & self.labels("looks").among(words))
            met |= self.labels("looks").among(self.unsaid(words))
        return met

    def unsaid(self, colours: Iterable[str]) -> list[str]:
        """Those colours, casefolded, that the catalogue says of no item."""
        said = self.labels("colour")
        return [word for word in map(str.casefold, colours) if word not in said]

    def labels(self, name: str) -> Labels:
        """A column of text as casefolded names."""
        if name not in self._labels:
            column = self._looks() if self._looks and name == "looks" else self.items[name]
            self._labels[name] = Labels.of(column).casefolded()
        return self._labels[name]

    def _read_only(self, where: Filter) -> Bools:
        mask = where.mask(self)
        mask.flags.writeable = False
        return mask


def _bools(series: pl.Series) -> Bools:
    """Null counts as False."""
    found: Bools = series.fill_null(False).to_numpy().astype(np.bool_, copy=False)
    return found
