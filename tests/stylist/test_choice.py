from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from modiste.catalogue.filters import Filter
from modiste.data.wardrobe import Wardrobe, WardrobeInfo, create_wardrobe
from modiste.errors import Misuse, UnknownItem, UnknownName
from modiste.outfit import Item
from modiste.stylist.choice import Choice
from modiste.stylist.stock import Stock
from modiste.stylist.stylist import Stylist

Asks = Callable[[Item], bool]


@pytest.fixture
def stock(stylist: Stylist) -> Stock:
    return stylist.context.stock


@pytest.mark.parametrize(
    ("filters", "fits"),
    [
        (Filter(), lambda i: True),
        (Filter(categories=("shoes", "Handbags")), lambda i: i.category in ("shoes", "bags")),
        (Filter(price_max=20), lambda i: i.price is not None and i.price <= 20),
        (Filter(price_min=15, price_max=26), lambda i: i.price and 15 <= i.price <= 26),
        (Filter(colours=("Red", "blue")), lambda i: i.attributes["color"] in ("RED", "BLUE")),
        (Filter(attributes=(("season", "2021"),)), lambda i: i.attributes["season"] == "2021"),
        (
            Filter(attributes=(("season", "2021"), ("season", "2020"), ("color", "red"))),
            lambda i: i.attributes["color"] == "RED",
        ),
        (Filter(exclude_items=("boots-red-1",)), lambda i: i.id != "boots-red-1"),
        (Filter(exclude_categories=("tops", "boots")), lambda i: i.fine not in TAKEN),
        (
            Filter(exclude_attributes=(("color", "red"), ("season", "2020"))),
            lambda i: i.attributes["color"] != "RED" and i.attributes["season"] != "2020",
        ),
    ],
)
def test_exactly_what_fits_is_allowed(stock: Stock, filters: Filter, fits: Asks) -> None:
    expected = [bool(fits(stock.item(row))) for row in range(len(stock))]
    assert Choice.of(stock, filters).mask.tolist() == expected
    assert any(expected)


def test_less_some_rows_the_filter_and_the_mask_still_say_the_same(stock: Stock) -> None:
    every = Choice.of(stock, Filter(categories=("shoes",), exclude_items=("boots-red-1",)))
    rows = np.array([3, *np.flatnonzero(every.mask)[:2]])
    left = every.without(stock, rows)
    assert left.mask.sum() == every.mask.sum() - 2
    assert (stock.facts.met(left.where) == left.mask).all()
    assert every.without(stock, np.flatnonzero(~every.mask)) is every
    assert every.mask.sum() == left.mask.sum() + 2  # what others share stays as it is


TAKEN = ("shirts", "sweaters", "boots")


def test_a_colour_the_catalogue_has_no_word_for_is_seen_on_the_photograph(
    stock: Stock, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("unsaid")
    items = []
    for row in range(len(stock)):
        item = stock.item(row)
        target = root / str(item.image)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes((stock.wardrobe.root / str(item.image)).read_bytes())
        said = {} if item.fine == "boots" else {"color": "see photo"}
        items.append(
            Item(
                id=item.id,
                category=item.category,
                fine=item.fine,
                image=item.image,
                attributes=said,
            )
        )
    unsaid = Stock(create_wardrobe(root, items, [], WardrobeInfo(name="unsaid")), stock.table)
    allowed = Choice.of(unsaid, Filter(colours=("green",))).mask
    assert allowed.tolist() == ["-green-" in item.id for item in items]


@pytest.mark.parametrize(
    ("filters", "error", "hint"),
    [
        (Filter(categories=("shoos",)), UnknownName, "shoes"),
        (Filter(exclude_categories=("bag",)), UnknownName, "bags"),
        (Filter(attributes=(("seeson", "2020"),)), UnknownName, "season"),
        (Filter(attributes=(("season", "1999"),)), UnknownName, "2020"),
        (Filter(colours=("bleu",)), UnknownName, "blue"),
        (Filter(exclude_items=("boots-red-11",)), UnknownItem, "boots-red-1"),
    ],
)
def test_what_does_not_exist_is_named_with_the_nearest(
    stock: Stock, filters: Filter, error: type[Exception], hint: str
) -> None:
    with pytest.raises(error, match=hint):
        Choice.of(stock, filters)


def test_price_limits_must_be_prices_in_order_of_a_catalogue_with_prices(
    tmp_path_factory: pytest.TempPathFactory, stock: Stock
) -> None:
    for wrong in ({"price_max": -1.0}, {"price_min": float("nan")}):
        with pytest.raises(Misuse, match="no price"):
            Filter(**wrong)
    with pytest.raises(Misuse, match="swap"):
        Filter(price_min=5, price_max=4)
    items = [Item(id=i, category="c", fine="c") for i in stock.table.ids]
    root = tmp_path_factory.mktemp("free")
    free = Stock(create_wardrobe(root, items, [], WardrobeInfo(name="free")), stock.table)
    with pytest.raises(Misuse, match="has a price"):
        Choice.of(free, Filter(price_max=5))


def test_a_wardrobe_that_the_table_is_not_of_is_refused(
    stock: Stock, wardrobe: Wardrobe, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("other")
    other = create_wardrobe(
        root, [Item(id="x", category="c", fine="c")], [], WardrobeInfo(name="o")
    )
    with pytest.raises(Exception, match="modiste embed"):
        Stock(other, stock.table)
