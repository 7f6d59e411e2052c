"""Filters: what a person will not have, or must have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np
import numpy.typing as npt
import polars as pl

from modiste.data.colours import COLOURS
from modiste.errors import Misuse, UnknownItem, UnknownName
from modiste.stylist.stock import Stock

Bools = npt.NDArray[np.bool_]
Facts = tuple[tuple[str, str], ...]

IN_STOCK = ("true", "yes", "1", "in stock")
COLOUR_COLUMNS = ("color", "colour")


@dataclass(frozen=True, kw_only=True)
class Filters:
    """Which items may be suggested; all conditions hold at once, and exactly.

    Words are compared without regard to case.
    """

    categories: tuple[str, ...] = ()
    """Coarse or fine; any of them. Empty: all."""
    price_min: float | None = None
    price_max: float | None = None
    """In the catalogue's currency, both ends included. An item without a price is left out."""
    colours: tuple[str, ...] = ()
    """Any of them: a value of the attribute `color`, or, where an item has none or the catalogue
    never uses the word, the colour measured on the photograph (`data.colours.COLOURS`)."""
    brands: tuple[str, ...] = ()
    """Any of them: a value of the attribute `brand`."""
    in_stock: bool | None = None
    """True: only what is in stock, by the attribute `in_stock`; everything is where a catalogue
    has none. False: only what is not."""
    attributes: Facts = ()
    """(name, value) pairs such as ("season", "2023"); of one name any value will do."""
    exclude_items: tuple[str, ...] = ()
    exclude_categories: tuple[str, ...] = ()
    """Coarse or fine."""
    exclude_attributes: Facts = ()
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

    def allowed(self, stock: Stock) -> Bools:
        """(M,) bool, by catalogue row.

        Raises:
            UnknownName: no such category, attribute, value or colour.
            UnknownItem: an excluded id that does not exist.
            Misuse: a price limit, and no item has a price.
        """
        allowed = np.ones(len(stock), dtype=np.bool_)
        if self.categories:
            allowed &= _in_categories(stock, self.categories)
        if self.exclude_categories:
            allowed &= ~_in_categories(stock, self.exclude_categories)
        if self.price_min is not None or self.price_max is not None:
            allowed &= self._affordable(stock)
        if self.brands:
            allowed &= _with_attribute(stock, "brand", self.brands)
        if self.in_stock is not None:
            allowed &= _in_stock(stock) == self.in_stock
        if self.colours:
            allowed &= _of_colours(stock, self.colours)
        for name in dict.fromkeys(name for name, _ in self.attributes):
            values = [value for other, value in self.attributes if other == name]
            allowed &= _with_attribute(stock, name, values)
        for name, value in self.exclude_attributes:
            allowed &= ~_with_attribute(stock, name, [value])
        allowed[[_row(stock, item_id) for item_id in self.exclude_items]] = False
        return allowed

    def _affordable(self, stock: Stock) -> Bools:
        price = stock.wardrobe.items["price"].fill_nan(None)
        if price.null_count() == len(price):
            raise Misuse(f"No item of {stock.wardrobe.root} has a price; leave the limit out.")
        low = 0.0 if self.price_min is None else self.price_min
        high = float("inf") if self.price_max is None else self.price_max
        return _bools(price.is_between(low, high))


def parse_facts(given: Iterable[str], option: str) -> Facts:
    """`name=value` words as pairs.

    Raises:
        Misuse: a word has no `=`, or nothing on one side of it.
    """
    facts = []
    for word in given:
        name, _, value = word.partition("=")
        if not name.strip() or not value.strip():
            raise Misuse(f"{option} {word!r} is not NAME=VALUE; write for example season=2023.")
        facts.append((name.strip(), value.strip()))
    return tuple(facts)


def _in_categories(stock: Stock, names: Sequence[str]) -> Bools:
    partitions = [partition.rows for name in names for partition in stock.shelves_of(name)]
    return stock.mask(np.concatenate(partitions))


def _with_attribute(stock: Stock, name: str, values: Sequence[str]) -> Bools:
    items = stock.wardrobe.items
    known = [*stock.wardrobe.attributes, "title"]
    if name not in known:
        raise UnknownName("attribute", name, known)
    labels = stock.labels(name)
    for value in values:
        if value.casefold() not in labels:
            raise UnknownName(name, value, items[name].drop_nulls().unique())
    return labels.among(value.casefold() for value in values)


def _in_stock(stock: Stock) -> Bools:
    if "in_stock" not in stock.wardrobe.attributes:
        return np.ones(len(stock), dtype=np.bool_)
    said = stock.labels("in_stock")
    return ~said.known | said.among(IN_STOCK)


def _of_colours(stock: Stock, colours: Sequence[str]) -> Bools:
    named = next((c for c in COLOUR_COLUMNS if c in stock.wardrobe.attributes), None)
    said = None if named is None else stock.labels(named)
    matches = np.zeros(len(stock), dtype=np.bool_)
    for colour in (colour.casefold() for colour in colours):
        is_said = said is not None and colour in said
        if not is_said and colour not in COLOURS:
            words = [] if said is None else said.names.to_list()
            raise UnknownName("colour", colour, {*words, *COLOURS})
        seen = stock.seen_colour.among([colour]) if colour in COLOURS else np.False_
        if said is not None and is_said:
            matches |= said.among([colour]) | (~said.known & seen)
        else:
            matches |= seen
    return matches


def _row(stock: Stock, item_id: str) -> int:
    row = stock.wardrobe.rows.get(item_id)
    if row is None:
        raise UnknownItem(item_id, stock.wardrobe.root, stock.wardrobe.rows)
    return row


def _bools(series: pl.Series) -> Bools:
    """Null counts as False."""
    found: Bools = series.fill_null(False).to_numpy().astype(np.bool_)
    return found
