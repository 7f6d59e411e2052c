"""What may be suggested: a filter that the catalogue understands, and the rows that meet it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from modiste.arrays import Bools, Ints
from modiste.catalogue.filters import Filter
from modiste.data.colours import COLOURS
from modiste.errors import Misuse, UnknownItem, UnknownName
from modiste.stylist.stock import Stock


@dataclass(frozen=True, eq=False)
class Choice:
    """What may be suggested.

    Args:
        where: as the catalogue is asked for it.
        mask: (M,) bool, the same by catalogue row; not to be written to.
    """

    where: Filter
    mask: Bools

    @classmethod
    def of(cls, stock: Stock, where: Filter) -> Choice:
        """What meets a filter.

        Raises:
            UnknownName: no such category, attribute, value or colour.
            UnknownItem: an excluded id that does not exist.
            Misuse: a price limit, and no item has a price.
        """
        _check(stock, where)
        return cls(where, stock.facts.met(where))

    def without(self, stock: Stock, rows: Ints) -> Choice:
        """The same less some rows."""
        gone = rows[self.mask[rows]]
        if not len(gone):
            return self
        mask = self.mask.copy()
        mask[gone] = False
        ids = (stock.table.ids[row] for row in gone.tolist())
        return Choice(replace(self.where, exclude_items=(*self.where.exclude_items, *ids)), mask)


def _check(stock: Stock, where: Filter) -> None:
    """Stop at the first word or id that the catalogue does not know."""
    facts = stock.facts
    for name in (*where.categories, *where.exclude_categories):
        stock.shelves_of(name)
    if where.price_min is not None or where.price_max is not None:
        price = facts.items["price"]
        if price.null_count() == len(price):
            raise Misuse(f"No item of {stock.wardrobe.root} has a price; leave the limit out.")
    for brand in where.brands:
        _check_value(stock, "brand", brand)
    for colour in facts.unsaid((*where.colours, *where.exclude_colours)):
        if colour not in COLOURS:
            said = facts.items["colour"].drop_nulls().unique()
            raise UnknownName("colour", colour, {*said, *COLOURS})
    for name, value in (*where.attributes, *where.exclude_attributes):
        _check_value(stock, name, value)
    for item_id in where.exclude_items:
        if item_id not in stock.wardrobe.rows:
            raise UnknownItem(item_id, stock.wardrobe.root, stock.wardrobe.rows)


def _check_value(stock: Stock, name: str, value: str) -> None:
    known: Sequence[str] = [*stock.wardrobe.attributes, "title"]
    if name not in known:
        raise UnknownName("attribute", name, known)
    if not stock.facts.among(name, [value]).any():
        raise UnknownName(name, value, stock.wardrobe.items[name].drop_nulls().unique())
