"""axe-core finds nothing against WCAG 2.2 A and AA in any state: light, dark, wide, narrow."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from scripts.studio_states import SLOW, STATES
from tests.browser.axe import violations
from tests.browser.conftest import Visit
from tests.browser.guard import Guard

SIZES = {"wide": (1440, 900), "middle": (1024, 768), "narrow": (390, 844)}
PART_OF_IT = r"/v1/|/image|ERR_INTERNET_DISCONNECTED"
"""Failures that states are made of."""


def scan(visit: Visit, name: str, size: str, scheme: str) -> list[str]:
    """What axe-core finds in a state."""
    width, height = SIZES[size]
    state = STATES[name]
    page: Page = visit(
        wait=False,
        before=state.before,
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    if state.laid_out:
        expect(page.locator("modiste-piece[data-judged]").first).to_be_visible(timeout=SLOW)
    state.reach(page)
    return violations(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_page_as_it_opens_breaks_no_rule(visit: Visit, size: str, scheme: str) -> None:
    assert scan(visit, "first", size, scheme) == []


@pytest.mark.parametrize(("size", "scheme"), [("wide", "light"), ("narrow", "dark")])
@pytest.mark.parametrize("state", [name for name in STATES if name != "first"])
def test_no_state_breaks_a_rule(
    visit: Visit, guard: Guard, state: str, size: str, scheme: str
) -> None:
    guard.expect(PART_OF_IT)
    assert scan(visit, state, size, scheme) == []
