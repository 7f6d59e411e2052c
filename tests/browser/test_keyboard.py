"""The whole of the main flow by the keyboard alone, and what a screen reader is told."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.where import announced, judged, number, pieces, search_box, settled, tool, worn


def tab_to(page: Page, wanted: str, most: int = 60) -> None:
    """Press Tab until the focus is in what a selector names."""
    for _ in range(most):
        if page.evaluate("wanted => document.activeElement.closest(wanted) !== null", wanted):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {wanted}")


def test_a_look_is_dressed_changed_and_composed_without_a_mouse(visit: Visit) -> None:
    page = visit()
    tab_to(page, "#new")
    page.keyboard.press("Enter")
    expect(pieces(page)).to_have_count(0)
    page.keyboard.press("/")
    expect(search_box(page)).to_be_focused()
    settled(page)
    tab_to(page, ".tile")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(pieces(page)).to_have_count(1)
    tab_to(page, ".sheet")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    if not page.evaluate("document.activeElement.matches('.slot-outline')"):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator("#offer .choices button").first).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(pieces(page)).to_have_count(2)
    judged(page)
    page.keyboard.press("s")
    expect(announced(page)).to_have_text(re.compile("instead of|Nothing goes better"))
    tab_to(page, "#verdict button")
    page.keyboard.press("c")
    expect(announced(page)).to_have_text(re.compile("looks? composed"), timeout=30_000)
    tab_to(page, ".look")
    page.keyboard.press("Enter")
    expect(pieces(page).nth(2)).to_be_visible()
    page.keyboard.press("u")
    expect(pieces(page)).to_have_count(2)


def test_the_focus_goes_catalogue_board_verdict(visit: Visit) -> None:
    page = visit()
    order: list[str] = []
    for _ in range(80):
        page.keyboard.press("Tab")
        where = page.evaluate("document.activeElement.closest('.region')?.id ?? ''")
        if where and where not in order:
            order.append(where)
    assert order == ["catalogue", "board", "verdict"]


def test_the_focus_can_be_seen(visit: Visit) -> None:
    page = visit()
    for _ in range(24):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => {
                const style = getComputedStyle(document.activeElement);
                return style.outlineStyle !== "none" || style.boxShadow !== "none"
                    || document.activeElement.matches("input");
            }"""
        )
        assert seen, page.evaluate("document.activeElement.outerHTML.slice(0, 200)")


def test_links_at_the_start_skip_to_the_regions(visit: Visit) -> None:
    page = visit()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the catalogue")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#board")).to_be_focused()


def test_a_question_mark_shows_the_keys(visit: Visit) -> None:
    page = visit()
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_be_visible()
    for key in ("Delete", "S", "C", "?", "Enter"):
        expect(keys.get_by_text(key, exact=True).first).to_be_attached()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    tool(page, "Keys").click()
    expect(keys).to_be_visible()
    keys.get_by_role("button", name="Close").click()
    expect(tool(page, "Keys")).to_be_focused()


def test_letters_that_are_typed_are_no_commands(visit: Visit) -> None:
    page = visit()
    before = worn(page)
    search_box(page).focus()
    page.keyboard.type("cups?")
    expect(search_box(page)).to_have_value("cups?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert worn(page) == before


def test_single_keys_can_be_turned_off(visit: Visit) -> None:
    page = visit()
    page.keyboard.press("?")
    page.get_by_role("checkbox", name="Single keys").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()


def test_every_change_is_announced(visit: Visit) -> None:
    page = visit()
    assert announced(page).get_attribute("aria-live") == "polite"
    expect(announced(page)).to_contain_text(re.compile(rf"{re.escape(number(page))}, \w+"))
    page.locator(".piece-button").first.focus()
    page.keyboard.press("Delete")
    expect(announced(page)).to_contain_text("off the board")
    expect(announced(page)).to_contain_text(re.compile(r"0\.\d\d"))
    tool(page, "Undo").click()
    expect(announced(page)).to_contain_text("Undone")
    tool(page, "New").click()
    expect(announced(page)).to_contain_text("empty")
