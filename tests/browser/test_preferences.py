"""What the system asks for is heeded: darkness, less motion, larger letters, print-like zoom."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visit
from tests.browser.where import piece_buttons, region, tiles


def paper(page: Page) -> list[int]:
    said = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return [int(part) for part in re.findall(r"\d+", said)[:3]]


def test_dark_where_the_system_is_dark(visit: Visit) -> None:
    assert paper(visit(color_scheme="light")) == [0xF7, 0xF4, 0xEF]
    assert paper(visit(color_scheme="dark")) == [0x16, 0x15, 0x13]


def motions(page: Page) -> list[float]:
    """Seconds of the transitions and animations of everything on the page, in order."""
    seconds: list[float] = page.evaluate(
        """() => [...document.querySelectorAll("body, body *")].flatMap((one) => {
            const style = getComputedStyle(one);
            return [...style.transitionDuration.split(","), ...style.animationDuration.split(",")];
        }).map(Number.parseFloat).filter((time) => time > 0)"""
    )
    return sorted(seconds)


def test_nothing_moves_where_the_system_asks_for_less(visit: Visit) -> None:
    page = visit(reduced_motion="reduce")
    assert not [time for time in motions(page) if time > 0.011]


def test_what_moves_moves_briefly(visit: Visit) -> None:
    page = visit(reduced_motion="no-preference")
    transitions = page.evaluate(
        """() => [...document.querySelectorAll("body *")].flatMap((one) =>
            getComputedStyle(one).transitionDuration.split(",").map(Number.parseFloat))"""
    )
    assert max(transitions) <= 0.18


@pytest.mark.parametrize("width, height", [(720, 450), (640, 512), (320, 640)])
def test_at_double_size_nothing_is_cut_off(visit: Visit, width: int, height: int) -> None:
    """A window of half the size with two pixels to each unit is what 200 % zoom is."""
    page = visit(viewport={"width": width, "height": height}, device_scale_factor=2, wait=False)
    expect(piece_buttons(page).first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for name in ("Dress me", "New", "Catalogue"):
        button = page.get_by_role("button", name=name, exact=True)
        button.scroll_into_view_if_needed()
        box = button.bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= width, name


def test_colours_that_are_forced_leave_everything_in_sight(visit: Visit) -> None:
    page = visit(forced_colors="active")
    expect(region(page, "Verdict").get_by_text("goes together").first).to_be_visible()
    expect(tiles(page).first).to_be_visible()


def test_at_night_a_photograph_that_could_not_be_cut_out_lies_on_a_card(visit: Visit) -> None:
    file = io.BytesIO()
    Image.new("RGB", (60, 80), "white").save(file, "PNG")

    def answer(route: Route) -> None:
        route.fulfill(content_type="image/png", body=file.getvalue())

    page = visit(before=lambda page: page.route("**/*cut=true*", answer), color_scheme="dark")
    picture = page.locator("modiste-piece .piece-picture").first
    expect(picture).to_have_class(re.compile("is-uncut"))
    expect(picture).to_have_css("mix-blend-mode", "multiply")
    expect(page.locator(".piece-button").first).to_have_css(
        "background-color", "rgb(220, 215, 206)"
    )


def test_a_garment_that_was_cut_out_lies_on_the_paper_itself(visit: Visit) -> None:
    page = visit(color_scheme="dark")
    expect(page.locator("modiste-piece .piece-picture:not(.is-uncut)").first).to_be_visible()
