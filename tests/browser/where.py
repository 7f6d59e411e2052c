"""Where things are on the page, found as a person or a screen reader finds them."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

NUMBER = re.compile(r"0\.\d\d")


def region(page: Page, name: str) -> Locator:
    """Catalogue, Board or Verdict."""
    return page.get_by_role("region", name=name, exact=True)


def tiles(page: Page) -> Locator:
    """The pieces of the catalogue that are in sight."""
    return region(page, "Catalogue").get_by_role("listbox", name="Pieces").get_by_role("option")


def search_box(page: Page) -> Locator:
    """Where words are searched."""
    return page.get_by_role("searchbox", name="Search the catalogue")


def settled(page: Page) -> None:
    """Wait until the catalogue shows what was asked for last."""
    expect(page.get_by_role("listbox", name="Pieces")).to_have_attribute("aria-busy", "false")


def pieces(page: Page) -> Locator:
    """The garments on the board."""
    return region(page, "Board").locator("modiste-piece")


def worn(page: Page) -> list[str]:
    """Ids of the garments on the board."""
    found: list[str] = pieces(page).evaluate_all("all => all.map(one => one.dataset.id)")
    return found


def piece_buttons(page: Page) -> Locator:
    """The garments on the board, as what can be pressed."""
    return pieces(page).locator(".piece-button")


def empty_slots(page: Page) -> Locator:
    """Outlines of the slots in which nothing lies."""
    return region(page, "Board").get_by_role("button", name=re.compile("empty", re.I))


def tool(page: Page, name: str) -> Locator:
    """A button at the top: New, Undo, Save, Share, Export, Play, Keys."""
    return page.get_by_role("banner").get_by_role("button", name=name, exact=True)


def announced(page: Page) -> Locator:
    """The live region that tells screen readers what changed."""
    return page.locator("#announcer")


def verdict(page: Page) -> Locator:
    """The verdict's number and words."""
    return region(page, "Verdict").locator("modiste-verdict")


def judged(page: Page) -> None:
    """Wait until the verdict, and every garment's share, is about what lies on the board."""
    expect(page.locator("modiste-verdict[data-judged]:not([data-pending])")).to_be_visible()
    expect(page.locator("modiste-piece[data-judged]").first).to_be_visible()
    expect(page.locator("modiste-piece:not([data-judged])")).to_have_count(0)


def number(page: Page) -> str:
    """The verdict's number as it is written."""
    return region(page, "Verdict").locator(".verdict-number").inner_text()
