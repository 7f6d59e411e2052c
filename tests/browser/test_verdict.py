"""The verdict follows the board: the number, what helps, what clashes, what to change."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Visit
from tests.browser.where import (
    NUMBER,
    judged,
    number,
    piece_buttons,
    pieces,
    region,
    verdict,
    worn,
)


def slowly(page: Page, path: str) -> Callable[[], None]:
    """Hold every answer of an address back until what is returned is called."""
    held: list[Route] = []
    gone = threading.Event()

    def hold(route: Route) -> None:
        if gone.is_set():
            route.continue_()
        else:
            held.append(route)

    page.route(path, hold)

    def let_go() -> None:
        gone.set()
        for route in held:
            route.continue_()

    return let_go


def test_a_first_visit_shows_an_example_that_is_judged(visit: Visit) -> None:
    page = visit()
    assert len(worn(page)) >= 3
    assert NUMBER.fullmatch(number(page))
    words = re.compile("goes together|daring|fights itself")
    expect(region(page, "Verdict").get_by_text(words).first).to_be_visible()
    expect(page.get_by_text("A look to begin with.")).to_be_visible()


def test_the_number_changes_with_the_pieces(visit: Visit, studio: str) -> None:
    page = visit()
    seen = {number(page)}
    mixed = [
        page.request.get(f"/v1/items?category={slot}&limit=3").json()["items"][-1]["id"]
        for slot in ("tops", "bottoms", "shoes", "bags")
    ]
    page.goto(f"{studio}/#look={','.join(mixed)}")
    expect(page.locator(f'modiste-piece[data-id="{mixed[0]}"]')).to_be_visible()
    for left in range(len(mixed), 1, -1):
        expect(pieces(page)).to_have_count(left)
        judged(page)
        seen.add(number(page))
        piece_buttons(page).first.press("Delete")
    assert len(seen) > 1


def test_the_old_number_stays_while_a_new_one_is_slow(visit: Visit) -> None:
    page = visit()
    before = number(page)
    let_go = slowly(page, "**/v1/score")
    piece_buttons(page).first.focus()
    page.keyboard.press("Delete")
    expect(page.locator("modiste-verdict[data-pending]")).to_be_visible()
    page.wait_for_timeout(400)
    assert number(page) == before
    let_go()
    judged(page)


def test_every_piece_says_what_it_adds_or_costs(visit: Visit) -> None:
    page = visit()
    for button in piece_buttons(page).all():
        expect(button).to_have_accessible_name(re.compile("adds|costs|helps|makes no difference"))


def fighting(page: Page) -> None:
    """Have the service find a clash between the first two pieces."""

    def answer(route: Route) -> None:
        response = route.fetch()
        told = response.json()
        pair = [piece["id"] for piece in told["pieces"][:2]]
        told["clash"] = {"pieces": pair, "logit": -1.4}
        told["pieces"][0]["adds"] = {"logit": -1.0, "probability": -0.2}
        route.fulfill(response=response, json=told)

    page.route("**/v1/explain", answer)


def test_a_clash_is_said_and_shown_on_both_pieces(visit: Visit) -> None:
    page = visit(before=fighting)
    expect(page.locator("modiste-piece[data-clash]")).to_have_count(2)
    expect(region(page, "Verdict").get_by_role("heading", name="Clash")).to_be_visible()
    first = page.locator("modiste-piece[data-clash]").first.locator(".piece-button")
    expect(first).to_have_accessible_name(re.compile("clashes"))
    expect(page.locator("svg.threads[data-joined]")).to_be_visible()


def choices(page: Page) -> Locator:
    return region(page, "Verdict").locator(".advice").get_by_role("button")


def test_why_is_answered_in_a_sentence(visit: Visit) -> None:
    page = visit()
    why = region(page, "Verdict").get_by_role("button", name="Why?")
    why.click()
    expect(why).to_have_attribute("aria-expanded", "true")
    sentence = page.locator("#why")
    expect(sentence).to_be_visible()
    assert len(sentence.inner_text()) > 10
    assert not any(name in sentence.inner_text() for name in worn(page)), "ids are no names"


def test_revise_shows_the_piece_to_change_and_swaps_it(visit: Visit) -> None:
    page = visit(before=changeable)
    before = worn(page)
    region(page, "Verdict").get_by_role("button", name="Revise").click()
    expect(region(page, "Verdict").get_by_role("heading", name="Change the")).to_be_visible()
    expect(choices(page).first).to_be_visible()
    choices(page).first.click()
    judged(page)
    after = worn(page)
    assert len(after) == len(before)
    assert len(set(before) - set(after)) == 1


def changeable(page: Page) -> None:
    """Have the service always find something to change: its best swaps, if it sees no need."""

    def answer(route: Route) -> None:
        response = route.fetch()
        told = response.json()
        if not told["change"]:
            old = told["pieces"][0]
            body = {"pieces": [p["id"] for p in told["pieces"][1:]], "category": old["category"]}
            best = page.request.post(route.request.url.replace("revise", "complete"), data=body)
            swaps = [one for one in best.json()["suggestions"] if one["id"] != old["id"]]
            told |= {"change": old, "swaps": swaps[:3]}
        route.fulfill(response=response, json=told)

    page.route("**/v1/revise", answer)


def test_a_better_piece_is_found_for_the_weakest(visit: Visit) -> None:
    page = visit()
    region(page, "Verdict").get_by_role("button", name=re.compile("^Find (a )?better")).click()
    none = region(page, "Verdict").get_by_text("Nothing goes better here")
    expect(choices(page).first.or_(none)).to_be_visible()


def test_s_swaps_for_the_best(visit: Visit) -> None:
    page = visit()
    count = pieces(page).count()
    piece_buttons(page).first.focus()
    page.keyboard.press("s")
    said = re.compile("instead of|Nothing goes better here")
    expect(page.locator("#announcer")).to_have_text(said)
    assert pieces(page).count() == count


def test_one_piece_is_offered_company_and_none_a_beginning(visit: Visit) -> None:
    page = visit()
    for left in range(pieces(page).count() - 1, 0, -1):
        piece_buttons(page).first.press("Delete")
        expect(pieces(page)).to_have_count(left)
    expect(verdict(page).get_by_text("One piece so far")).to_be_visible()
    verdict(page).get_by_role("button", name="What goes with it?").click()
    expect(choices(page)).to_have_count(3)
    piece_buttons(page).first.press("Delete")
    expect(pieces(page)).to_have_count(0)
    verdict(page).get_by_role("button", name="Show me a look").click()
    judged(page)
    assert len(worn(page)) >= 3
