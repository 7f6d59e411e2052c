"""A real server, a real Chromium, and a page that may make no mistake unseen."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from scripts.studio import chromium, launch, served
from tests.browser.guard import Guard
from tests.browser.where import judged, settled, tiles

WIDE = {"width": 1440, "height": 900}
HERE = Path(__file__).parent
PATIENT = 15_000
"""Milliseconds that anything may take on a machine that does other things as well."""

expect.set_options(timeout=PATIENT)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The page's tests come last: Playwright's event loop stays, and others start their own."""
    items.sort(key=lambda item: HERE in item.path.parents)


@pytest.fixture(scope="session")
def studio(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Address of a studio: one that runs, a run of your own, else the small drawn wardrobe's."""
    if address := os.environ.get("MODISTE_STUDIO_URL"):
        yield address.rstrip("/")
        return
    given = os.environ.get("MODISTE_STUDIO_RUN")
    run = Path(given) if given else request.getfixturevalue("example").run
    with served(run, tmp_path_factory.mktemp("studio"), "--rate", "0", "--quiet") as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    if chromium() is None:
        reason = "no Chromium on the PATH: `make test-browser` installs Debian's"
        if os.environ.get("MODISTE_CHROMIUM") == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        window = launch(playwright)
        yield window
        window.close()


Visit = Callable[..., Page]
Prepare = Callable[[Page], None]


@pytest.fixture
def guard(studio: str) -> Iterator[Guard]:
    """Fails the test where a page logged an error, threw, failed to load, or called elsewhere."""
    watch = Guard(studio)
    yield watch
    assert not watch.complaints(), "\n".join(watch.complaints())


@pytest.fixture
def visit(browser: Browser, studio: str, guard: Guard) -> Iterator[Visit]:
    """Open the studio as somebody new: `visit("/?..", **context)` gives a page that is laid out.

    `before` is called with the page before it asks for anything; `wait=False`: do not wait.
    """
    contexts: list[BrowserContext] = []

    def open_page(
        path: str = "/", *, wait: bool = True, before: Prepare | None = None, **wishes: Any
    ) -> Page:
        context = browser.new_context(
            **{"viewport": WIDE, "locale": "en-GB", "base_url": studio, **wishes}
        )
        context.set_default_timeout(PATIENT)
        contexts.append(context)
        page = context.new_page()
        guard.watch(page)
        if before:
            before(page)
        page.goto(studio + path)
        if wait:
            laid_out(page)
        return page

    yield open_page
    for context in contexts:
        for page in context.pages:
            page.unroute_all(behavior="ignoreErrors")
        context.close()


def laid_out(page: Page) -> None:
    """Wait until the look on the board is judged and the catalogue shows what fits it."""
    judged(page)
    settled(page)
    expect(tiles(page).first).to_be_visible()
