"""What a first visit asks for, and how soon something is seen."""

from __future__ import annotations

import time
from collections import Counter

from playwright.sync_api import FloatRect, Locator, Page, Request, Route, expect

from scripts.studio import largest_contentful_paint
from tests.browser.conftest import Visit
from tests.browser.guard import Guard
from tests.browser.where import judged, pieces, region, settled, tiles, tool, worn


def test_the_largest_contentful_paint_is_measured(visit: Visit) -> None:
    page = visit()
    seconds = largest_contentful_paint(page)
    assert 0 < seconds < 10


def test_nothing_is_asked_for_twice(visit: Visit, guard: Guard) -> None:
    visit()
    twice = [name for name, count in Counter(guard.asked).items() if count > 1]
    assert not twice


def test_each_look_is_asked_about_once(visit: Visit) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith(("/v1/score", "/v1/explain")):
            asked.append(f"{request.url} {request.post_data}")

    page = visit(before=lambda page: page.on("request", note))
    assert len(asked) == 2, "the verdict and its reasons, once each"
    before = worn(page)
    tool(page, "New").click()
    expect(pieces(page)).to_have_count(0)
    tool(page, "Undo").click()
    expect(pieces(page)).to_have_count(len(before))
    judged(page)
    assert len(asked) == 2, "what was said of this look is still known"
    pieces(page).first.locator(".piece-button").press("Delete")
    expect(pieces(page)).to_have_count(len(before) - 1)
    judged(page)
    assert len(asked) == len(set(asked)) == 4


def box(shown: Locator) -> FloatRect:
    """Where something lies; frames are drawn anew when the page learns what the shop sells."""
    end = time.monotonic() + 10
    while (found := shown.bounding_box()) is None:
        assert time.monotonic() < end, "it is not to be seen"
        shown.page.wait_for_timeout(50)
    return found


def test_frames_keep_their_size_while_the_catalogue_comes(visit: Visit) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page = visit(before=lambda page: page.route("**/v1/items?*", hold), wait=False)
    frame = page.locator(".tile-skeleton").first
    expect(frame).to_be_visible()
    before = box(frame)
    for route in held:
        route.continue_()
    page.unroute("**/v1/items?*")
    settled(page)  # the grid is drawn anew once the board is known
    expect(tiles(page).first).to_be_visible()
    after = box(tiles(page).first)
    assert abs(before["width"] - after["width"]) < 1
    assert abs(before["height"] - after["height"]) < 1


def shifted(page: Page) -> float:
    """How much of the page moved by itself: cumulative layout shift."""
    moved: float = page.evaluate(
        """() => new Promise((resolve) => {
            let sum = 0;
            new PerformanceObserver((list) => {
                for (const one of list.getEntries()) if (!one.hadRecentInput) sum += one.value;
            }).observe({type: "layout-shift", buffered: true});
            setTimeout(() => resolve(sum), 300);
        })"""
    )
    return moved


def test_the_page_does_not_jump_as_it_opens(visit: Visit) -> None:
    assert shifted(visit()) < 0.1


def test_nothing_can_be_asked_of_a_verdict_that_is_not_there(visit: Visit) -> None:
    def hold(route: Route) -> None:
        """Never answer."""

    page = visit(before=lambda page: page.route("**/v1/*", hold), wait=False)
    expect(page.locator(".tile-skeleton").first).to_be_visible()
    expect(region(page, "Verdict").get_by_role("button")).to_have_count(0)
