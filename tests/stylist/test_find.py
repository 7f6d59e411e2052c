"""The catalogue searched."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from modiste.catalogue.filters import Filter
from modiste.errors import Misuse, UnknownItem, UnknownName
from modiste.stylist.find import SearchPage, SearchRequest
from modiste.stylist.stock import as_words
from modiste.stylist.stylist import Stylist

from .conftest import draw

WORN = ("shirts-red-0", "trousers-red-1")


def _ids(page: SearchPage) -> list[str]:
    return [garment.id for garment in page.garments]


def test_pages_follow_one_another_and_the_total_is_that_of_all(stylist: Stylist) -> None:
    every = _ids(stylist.find(SearchRequest(limit=100)))
    assert len(every) == len(set(every)) == 96
    pages = [stylist.find(SearchRequest(offset=start, limit=40)) for start in (0, 40, 80)]
    assert [i for page in pages for i in _ids(page)] == every
    assert {page.total for page in pages} == {96}
    assert _ids(stylist.find(SearchRequest(offset=500))) == []


def test_what_is_worn_most_comes_first(stylist: Stylist) -> None:
    times = [
        len(stylist.context.worn_in.get(stylist.context.stock.wardrobe.rows[i], ()))
        for i in _ids(stylist.find(SearchRequest(limit=96)))
    ]
    assert times == sorted(times, reverse=True)


def test_words_find_items_that_have_all_of_them(stylist: Stylist) -> None:
    found = stylist.find(SearchRequest(text="RED boots", limit=96))
    assert found.total == 4
    assert all(i.startswith("boots-red-") for i in _ids(found))


@pytest.mark.parametrize("text", ["boots-red-2", "Boots-RED-2", "red-2 boots", "boots, (red-2)"])
def test_what_is_asked_is_cut_as_what_is_said(stylist: Stylist, text: str) -> None:
    assert _ids(stylist.find(SearchRequest(text=text, limit=5))) == ["boots-red-2"]


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("White T-Shirt", "t-shirt"),
        ("Hemd, weiß", "WEISS"),
        ("Hemd weiss", "weiß"),
        ("ΜΑΥΡΟΣ", "μαυρος"),
    ],
)
def test_words_are_folded_alike_on_both_sides(title: str, text: str) -> None:
    said, asked = as_words(pl.Series([f" {title}", f" {text}"]))
    assert asked in said


def test_signs_alone_find_nothing(stylist: Stylist) -> None:
    assert not stylist.context.stock.with_words("- /").any()


def test_fit_ranks_what_goes_with_the_pieces_and_leaves_them_out(stylist: Stylist) -> None:
    found = stylist.find(SearchRequest(fits=WORN, limit=96))
    assert found.total == 94
    assert not set(WORN) & set(_ids(found))
    shoes = Filter(categories=("shoes",))
    best = stylist.find(SearchRequest(fits=WORN, filters=shoes, limit=8))
    assert best.total == 24
    assert all("-red-" in i for i in _ids(best))


def test_look_alikes_come_first(stylist: Stylist, tmp_path: Path) -> None:
    photograph = draw(tmp_path / "mine.png", "green", "shoes")
    piece = stylist.photograph(photograph, "shoes")
    best = stylist.find(SearchRequest(like=piece, limit=8))
    assert all(i.split("-")[:2] in (["boots", "green"], ["sandals", "green"]) for i in _ids(best))
    twins = stylist.find(SearchRequest(like="boots-blue-0", limit=7))
    assert "boots-blue-0" not in _ids(twins)
    assert all("-blue-" in i for i in _ids(twins))


def test_filters_hold_whatever_is_asked(stylist: Stylist) -> None:
    blue = Filter(colours=("blue",), categories=("bags",))
    for request in (
        SearchRequest(filters=blue),
        SearchRequest(filters=blue, fits=WORN),
        SearchRequest(filters=blue, like="boots-red-0"),
        SearchRequest(filters=blue, text="handbags"),
    ):
        found = stylist.find(request)
        assert found.total == 4
        assert all(i.startswith("handbags-blue-") for i in _ids(found))


def test_nothing_found_is_an_empty_page(stylist: Stylist) -> None:
    assert stylist.find(SearchRequest(text="zzz", filters=Filter(price_max=0.0))).total == 0


def test_rubbish_is_refused(stylist: Stylist) -> None:
    with pytest.raises(Misuse, match="empty"):
        SearchRequest(text="  ")
    with pytest.raises(Misuse, match="count from 0"):
        SearchRequest(offset=-1)
    with pytest.raises(UnknownItem):
        stylist.find(SearchRequest(fits=("nothing",)))
    with pytest.raises(UnknownName, match="attribute"):
        stylist.find(SearchRequest(filters=Filter(brands=("mango",))))


def test_everything_is_in_stock_where_nothing_is_said(stylist: Stylist) -> None:
    assert stylist.find(SearchRequest(filters=Filter(in_stock=True))).total == 96
    assert stylist.find(SearchRequest(filters=Filter(in_stock=False))).total == 0
