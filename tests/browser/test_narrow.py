"""On a phone: everything by tap, nothing by hover."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.where import (
    empty_slots,
    judged,
    piece_buttons,
    pieces,
    region,
    settled,
    tiles,
    worn,
)

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def phone(visit: Visit) -> Page:
    page = visit(**PHONE, wait=False)
    expect(page.locator("modiste-piece[data-judged]").first).to_be_visible()
    return page


def sheet(page: Page, name: str) -> None:
    opener = (
        page.get_by_role("navigation", name="Open")
        .get_by_role("button")
        .and_(page.locator(f"[data-opens={name}]"))
    )
    opener.tap()
    expect(opener).to_have_attribute("aria-expanded", "true")


def test_the_board_comes_first_and_the_verdict_is_a_bar(visit: Visit) -> None:
    page = phone(visit)
    expect(region(page, "Board")).to_be_in_viewport()
    bar = page.get_by_role("navigation", name="Open").get_by_role("button").first
    expect(bar).to_have_text(re.compile(r"0\.\d\d"))
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_look_is_dressed_by_taps_alone(visit: Visit) -> None:
    page = phone(visit)
    page.get_by_role("button", name="New", exact=True).tap()
    expect(pieces(page)).to_have_count(0)
    sheet(page, "catalogue")
    settled(page)
    tiles(page).first.tap()
    expect(pieces(page)).to_have_count(1)
    page.get_by_role("button", name="Close the catalogue").tap()
    expect(tiles(page).first).not_to_be_in_viewport()
    empty_slots(page).first.tap()
    page.get_by_role("group", name="Best").get_by_role("button").first.tap()
    expect(pieces(page)).to_have_count(2)
    sheet(page, "verdict")
    judged(page)
    page.get_by_role("button", name="Why?").tap()
    expect(page.locator("#why")).to_be_visible()
    page.get_by_role("button", name="Close the verdict").tap()
    piece_buttons(page).first.tap()
    page.get_by_role("button", name="Remove").tap()
    expect(pieces(page)).to_have_count(1)
    page.get_by_role("button", name="Dress me").tap()
    look = page.get_by_role("button", name=re.compile(r"^Look 1"))
    look.tap(timeout=30_000)
    expect(pieces(page).nth(2)).to_be_attached()


def test_a_sheet_that_is_closed_is_out_of_reach(visit: Visit) -> None:
    page = phone(visit)
    assert page.locator("#catalogue").evaluate("one => one.inert")
    sheet(page, "catalogue")
    assert not page.locator("#catalogue").evaluate("one => one.inert")
    page.keyboard.press("Escape")
    assert page.locator("#catalogue").evaluate("one => one.inert")


def test_whatever_can_be_tapped_is_large_enough(visit: Visit) -> None:
    page = phone(visit)
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, a")]
            .filter((one) => one.checkVisibility() && !one.closest("[inert], .skips, .unseen"))
            .filter((one) => {
                const {width, height} = one.getBoundingClientRect();
                return width && (width < 24 || height < 24);
            })
            .map((one) => one.getAttribute("aria-label") || one.textContent.trim())"""
    )
    assert not small


def test_undo_is_a_tap_away(visit: Visit) -> None:
    page = phone(visit)
    before = worn(page)
    page.get_by_role("button", name="New", exact=True).tap()
    page.get_by_role("button", name="Undo", exact=True).tap()
    expect(pieces(page)).to_have_count(len(before))
