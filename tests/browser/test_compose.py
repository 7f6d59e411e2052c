"""Compose: whole looks around what was chosen, with a wish or without."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit
from tests.browser.where import pieces, region, tiles, tool, worn


def looks(page: Page) -> Locator:
    return region(page, "Verdict").get_by_role("button", name=re.compile(r"^Look \d"))


def test_a_wish_gives_looks_that_are_laid_out_by_one_click_and_undone(visit: Visit) -> None:
    page = visit()
    before = worn(page)
    page.get_by_role("textbox", name="A wish in words").fill("something navy for rain")
    page.get_by_role("button", name="Dress me").click()
    expect(looks(page).first).to_be_visible(timeout=30_000)
    assert looks(page).count() >= 2
    looks(page).nth(1).click()
    expect(looks(page).nth(1)).to_have_attribute("aria-current", "true")
    assert sorted(worn(page)) != sorted(before)
    tool(page, "Undo").click()
    expect(pieces(page)).to_have_count(len(before))
    assert sorted(worn(page)) == sorted(before)


def test_looks_keep_the_pieces_that_were_chosen(visit: Visit) -> None:
    page = visit()
    tool(page, "New").click()
    tiles(page).first.click()
    expect(pieces(page)).to_have_count(1)
    mine = worn(page)[0]
    page.get_by_role("button", name="Dress me").click()
    expect(looks(page).first).to_be_visible(timeout=30_000)
    looks(page).first.click()
    expect(pieces(page).nth(1)).to_be_visible()
    assert mine in worn(page)
    expect(page.locator(f'modiste-piece[data-id="{mine}"]')).to_have_attribute("data-given", "")


def test_others_are_other_looks(visit: Visit) -> None:
    page = visit()
    page.get_by_role("button", name="Dress me").click()
    expect(looks(page).first).to_be_visible(timeout=30_000)
    first = [look.get_attribute("aria-label") for look in looks(page).all()]
    region(page, "Verdict").get_by_role("button", name="Others").click()
    expect(page.get_by_role("button", name="Dress me")).to_have_attribute(
        "aria-disabled", "false", timeout=30_000
    )
    expect(looks(page).first).to_be_visible()
    assert [look.get_attribute("aria-label") for look in looks(page).all()] != first


def test_c_composes(visit: Visit) -> None:
    page = visit()
    page.keyboard.press("c")
    expect(looks(page).first).to_be_visible(timeout=30_000)
