"""axe-core finds nothing against WCAG 2.2 A and AA, in any state, light or dark, wide or narrow."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Visit
from tests.browser.where import empty_slots, piece_buttons, region, search_box

SIZES = {"wide": (1440, 900), "middle": (1024, 768), "narrow": (390, 844)}


def first(page: Page) -> None:
    """As it opens."""


def empty(page: Page) -> None:
    page.get_by_role("button", name="New", exact=True).click()


def keys(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()


def game(page: Page) -> None:
    page.keyboard.press("p")
    expect(page.locator(".candidate:not(.frame)").nth(3)).to_be_visible()
    page.keyboard.press("1")
    expect(page.get_by_role("button", name="Next")).to_be_visible()


def saved(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Save this look").click()
    expect(page.get_by_text("Saved on this device.")).to_be_visible()


def share(page: Page) -> None:
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.get_by_role("dialog", name="Share this look")).to_be_visible()


def offered(page: Page) -> None:
    empty_slots(page).first.click()
    expect(page.locator("#offer .choices button").nth(2)).to_be_visible()


def chosen(page: Page) -> None:
    piece_buttons(page).first.click()
    expect(page.get_by_role("button", name="Remove")).to_be_visible()


def composed(page: Page) -> None:
    page.keyboard.press("c")
    expect(page.locator(".look:not(.look-skeleton)").first).to_be_attached(timeout=30_000)


def catalogue(page: Page) -> None:
    page.locator("[data-opens=catalogue]").filter(visible=True).click()


STATES: dict[str, Callable[[Page], None]] = {
    state.__name__: state
    for state in (first, empty, keys, game, saved, share, offered, chosen, composed)
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", STATES)
def test_no_state_breaks_a_rule(visit: Visit, state: str, size: str, scheme: str) -> None:
    width, height = SIZES[size]
    page = visit(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce",
        wait=False,
    )
    expect(page.locator("modiste-piece[data-judged]").first).to_be_visible()
    STATES[state](page)
    assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_sheets_of_a_phone_break_no_rule(visit: Visit, scheme: str) -> None:
    page = visit(
        viewport={"width": 390, "height": 844},
        color_scheme=scheme,
        reduced_motion="reduce",
        wait=False,
    )
    expect(page.locator("modiste-piece[data-judged]").first).to_be_visible()
    for name in ("catalogue", "verdict"):
        page.locator(f".dock [data-opens={name}]").click()
        expect(page.locator(f"#{name}")).to_be_in_viewport()
        assert violations(page) == []
        page.keyboard.press("Escape")


def test_nothing_found_breaks_no_rule(visit: Visit) -> None:
    page = visit(reduced_motion="reduce")
    search_box(page).fill("zzzzqqqq")
    expect(region(page, "Catalogue").get_by_text("Not in the house")).to_be_visible()
    assert violations(page) == []
