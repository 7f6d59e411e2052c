"""Search the catalogue: by words, by slot, by colour, by price."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.where import region, search_box, settled, tiles


def count(page: Page) -> int:
    """How many pieces the catalogue says that it found."""
    text = region(page, "Catalogue").get_by_role("status").first.inner_text()
    return int(re.sub(r"\D", "", text.partition(" ")[0]))


def shown(page: Page) -> list[dict[str, str]]:
    """The pieces of the tiles, as the service sent them."""
    settled(page)
    found: list[dict[str, str]] = tiles(page).evaluate_all("all => all.map(one => one.piece)")
    return found


def test_words_find_pieces_that_are_called_so(visit: Visit) -> None:
    page = visit()
    word = shown(page)[0]["fine"]
    search_box(page).fill(word)
    expect(tiles(page).first).to_have_accessible_name(re.compile(re.escape(word), re.I))
    assert word.lower() in " ".join(shown(page)[0].values() if False else [str(shown(page)[0])])


def test_a_slot_and_its_kinds_narrow_what_is_shown(visit: Visit) -> None:
    page = visit()
    everything = count(page)
    catalogue = region(page, "Catalogue")
    slot = catalogue.get_by_role("group", name="Slot").get_by_role("button", name="Tops")
    slot.click()
    expect(slot).to_have_attribute("aria-pressed", "true")
    assert {piece["category"] for piece in shown(page)} == {"tops"}
    tops = count(page)
    assert tops < everything
    kind = catalogue.get_by_role("group", name="Kinds of tops").get_by_role("button").first
    kind.click()
    assert len({piece["fine"] for piece in shown(page)}) == 1
    assert count(page) < tops
    slot.click()
    settled(page)
    assert count(page) == everything


def test_a_colour_narrows_what_is_shown(visit: Visit) -> None:
    page = visit()
    region(page, "Catalogue").get_by_role("button", name="Colour", exact=False).first.click()
    chip = region(page, "Catalogue").get_by_role("group", name="Colour").get_by_role("button").first
    name = chip.inner_text().strip().lower()
    chip.click()
    assert {str(piece["colour"]).lower() for piece in shown(page)} == {name}


def test_a_price_narrows_what_is_shown(visit: Visit) -> None:
    page = visit()
    region(page, "Catalogue").get_by_role("button", name="Price", exact=False).first.click()
    prices = region(page, "Catalogue").get_by_role("group", name="Price")
    prices.get_by_label("From").fill("40")
    prices.get_by_label("To").fill("60")
    prices.get_by_label("To").press("Tab")
    expect(tiles(page).first).to_be_visible()
    assert all(40 <= float(piece["price"]) <= 60 for piece in shown(page))


def test_what_is_not_there_is_said_and_the_way_back_is_offered(visit: Visit) -> None:
    page = visit()
    search_box(page).fill("zzzzqqqq")
    catalogue = region(page, "Catalogue")
    expect(catalogue.get_by_text("Not in the catalogue")).to_be_visible()
    catalogue.get_by_role("button", name="Show everything").click()
    expect(tiles(page).first).to_be_visible()
    expect(search_box(page)).to_have_value("")


def test_more_pieces_come_as_one_scrolls(visit: Visit) -> None:
    page = visit()
    settled(page)
    before = tiles(page).count()
    tiles(page).last.scroll_into_view_if_needed()
    expect(tiles(page).nth(before)).to_be_attached()
    ids = [piece["id"] for piece in shown(page)]
    assert len(ids) == len(set(ids))
