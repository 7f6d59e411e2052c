"""What goes wrong is said in a sentence, with a way on; what was dressed stays."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Route, expect

from scripts.studio_states import ARABIC, LONG, titled
from tests.browser.conftest import Visit
from tests.browser.guard import Guard
from tests.browser.where import (
    NUMBER,
    announced,
    judged,
    piece_buttons,
    pieces,
    region,
    search_box,
    tiles,
    worn,
)


def refuse(status: int, code: str) -> Any:
    """An answer as the service gives it when something is wrong."""
    error = {"code": code, "message": "Something is amiss.", "where": None, "request_id": "1"}

    def answer(route: Route) -> None:
        route.fulfill(status=status, json={"error": error})

    return answer


@pytest.mark.parametrize(
    ("status", "code"),
    [(500, "internal"), (503, "catalogue_unavailable"), (429, "too_many_requests")],
)
def test_a_verdict_that_fails_is_tried_again(
    visit: Visit, guard: Guard, status: int, code: str
) -> None:
    guard.expect("/v1/score")
    page = visit()
    count = pieces(page).count()
    page.route("**/v1/score", refuse(status, code))
    piece_buttons(page).first.focus()
    page.keyboard.press("Delete")
    again = region(page, "Verdict").get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    expect(pieces(page)).to_have_count(count - 1)
    page.unroute("**/v1/score")
    again.click()
    judged(page)
    expect(again).to_be_hidden()


def test_a_catalogue_that_fails_is_tried_again(visit: Visit, guard: Guard) -> None:
    guard.expect("/v1/items")
    page = visit()
    page.route("**/v1/items?*", refuse(503, "catalogue_unavailable"))
    search_box(page).fill("leather")
    expect(region(page, "Catalogue").get_by_text("The catalogue is silent")).to_be_visible()
    expect(announced(page)).to_contain_text("The catalogue is silent")
    page.unroute("**/v1/items?*")
    region(page, "Catalogue").get_by_role("button", name="Try again").click()
    expect(tiles(page).first).to_be_visible()


def test_a_studio_that_is_not_ready_opens_when_it_is(visit: Visit, guard: Guard) -> None:
    guard.expect("/v1/shop")
    page = visit(before=lambda page: page.route("**/v1/shop", refuse(503, "not_ready")), wait=False)
    again = region(page, "Board").get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    page.unroute("**/v1/shop")
    again.click()
    judged(page)


def test_offline_is_said_and_the_look_stays_until_the_service_is_back(
    visit: Visit, guard: Guard
) -> None:
    guard.expect("ERR_INTERNET_DISCONNECTED")
    page = visit()
    count = pieces(page).count()
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()
    piece_buttons(page).first.focus()
    page.keyboard.press("Delete")
    expect(pieces(page)).to_have_count(count - 1)
    page.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()
    judged(page)


def test_a_photograph_that_is_missing_is_the_pieces_name(visit: Visit, guard: Guard) -> None:
    guard.expect("/image")
    page = visit(
        before=lambda page: page.route("**/image?*", lambda route: route.fulfill(status=404))
    )
    first = piece_buttons(page).first
    expect(first).to_be_visible()
    assert first.inner_text().strip()
    expect(page.locator("modiste-piece img, .tile img").filter(visible=True)).to_have_count(0)


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
@pytest.mark.parametrize("title", [LONG, ARABIC], ids=["long", "right-to-left"])
def test_any_name_fits(visit: Visit, title: str, size: tuple[int, int]) -> None:
    page = visit(before=titled(title), viewport={"width": size[0], "height": size[1]}, wait=False)
    expect(page.locator("modiste-piece[data-judged]").first).to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= size[0]
    too_wide = page.evaluate(
        """() => [...document.querySelectorAll(".share-line, .tile, .choice, .tool")]
            .filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth)
            .map((one) => one.className)"""
    )
    assert not too_wide


def test_names_run_in_their_own_direction(visit: Visit) -> None:
    page = visit(before=titled(ARABIC))
    named = page.locator("[dir=auto]").filter(has_text=ARABIC).first
    assert named.evaluate("one => getComputedStyle(one).direction") == "rtl"


def test_a_look_of_pieces_that_vanished_keeps_its_number_honest(visit: Visit, guard: Guard) -> None:
    guard.expect("/v1/(score|explain)")
    page = visit()
    before = worn(page)
    page.route("**/v1/score", refuse(422, "unknown_item"))
    piece_buttons(page).first.focus()
    page.keyboard.press("Delete")
    expect(region(page, "Verdict").get_by_role("button", name="Try again")).to_be_visible()
    expect(page.locator("modiste-verdict")).not_to_contain_text(NUMBER)
    assert len(worn(page)) == len(before) - 1
