"""Fill in the blank, against the model: by mouse and by keys, with a running score."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit
from tests.browser.where import tool


def begun(page: Page) -> Locator:
    tool(page, "Play").click()
    game = page.get_by_role("dialog", name="Fill the blank")
    expect(candidates(game)).to_have_count(4)
    return game


def candidates(game: Locator) -> Locator:
    return game.get_by_role("group", name="What was worn with it?").get_by_role("button")


def score(game: Locator) -> dict[str, float]:
    rows = game.locator("dl > div").all_inner_texts()
    return {name: float(number) for name, number in (re.split(r"\s+", row) for row in rows)}


def test_a_click_answers_and_the_right_piece_is_shown(visit: Visit) -> None:
    game = begun(visit())
    assert score(game) == {"You": 0, "Modiste": 0, "Chance": 0}
    candidates(game).nth(1).click()
    expect(game.get_by_role("status")).not_to_be_empty()
    expect(candidates(game).nth(1)).to_have_accessible_name(re.compile("yours"))
    names = [one.get_attribute("aria-label") or "" for one in candidates(game).all()]
    assert sum("worn" in name.split(", ") for name in names) == 1
    assert sum("Modiste’s" in name for name in names) == 1
    assert score(game)["Chance"] == 0.25


def test_the_keys_1_to_4_answer_and_enter_goes_on(visit: Visit) -> None:
    page = visit()
    game = begun(page)
    for round_, key in enumerate("1234", start=1):
        page.keyboard.press(key)
        following = game.get_by_role("button", name="Next")
        expect(following).to_be_focused()
        assert score(game)["Chance"] == round_ / 4
        page.keyboard.press("Enter")
        expect(game.get_by_text(f"{round_ + 1} of 10")).to_be_visible()
        expect(candidates(game)).to_have_count(4)


def test_the_score_counts_what_was_right(visit: Visit) -> None:
    page = visit()
    game = begun(page)
    right = 0
    for _ in range(3):
        candidates(game).first.click()
        expect(game.get_by_role("button", name="Next")).to_be_visible()
        right += "Right" in game.get_by_role("status").inner_text()
        assert score(game)["You"] == right
        game.get_by_role("button", name="Next").click()
        expect(candidates(game)).to_have_count(4)


def test_escape_leaves_and_the_round_goes_on_later(visit: Visit) -> None:
    page = visit()
    game = begun(page)
    candidates(game).first.click()
    expect(game.get_by_role("button", name="Next")).to_be_visible()
    page.keyboard.press("Escape")
    expect(game).to_be_hidden()
    expect(tool(page, "Play")).to_be_focused()
    tool(page, "Play").click()
    assert score(game)["Chance"] == 0.25
