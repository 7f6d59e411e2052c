"""Photograph the studio page: the README's picture, and every state to be looked at.

`python scripts/take_screenshots.py RUN` writes docs/images/studio.webp. `--states DIR` writes a
photograph of every state of `studio_states`, wide, middle and narrow, light and dark;
`--only` names some of them. `--measure N` says how soon the largest thing on the page is drawn.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Error, sync_playwright
from studio import largest_contentful_paint, launch, served
from studio_states import STATES, laid_out, pictures

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "images" / "studio.webp"
SIZES = {"wide": (1440, 900), "middle": (1024, 768), "narrow": (390, 844), "zoom": (720, 450)}
SETTLE = 400
"""Milliseconds after which nothing moves any more."""


def visit(browser: Any, url: str, size: str = "wide", scheme: str = "light") -> Any:
    """A page of a new visitor; nothing is asked for yet."""
    width, height = SIZES[size]
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        locale="en-GB",
        has_touch=size == "narrow",
        device_scale_factor=2 if size in ("narrow", "zoom") else 1,
    )
    context.set_default_timeout(30_000)
    return context.new_page()


def photograph(browser: Any, url: str, name: str, size: str, scheme: str, to: Path) -> None:
    """Bring the page into a state and photograph what is in sight."""
    state = STATES[name]
    page = visit(browser, url, size, scheme)
    if state.before:
        state.before(page)
    page.goto("/")
    if state.laid_out:
        laid_out(page)
    else:
        page.wait_for_timeout(3 * SETTLE)
    state.reach(page)
    if state.laid_out:
        pictures(page)
    page.wait_for_timeout(SETTLE)
    page.screenshot(path=to / f"{name}-{size}-{scheme}.png")
    page.unroute_all(behavior="ignoreErrors")
    page.context.close()


def photograph_all(browser: Any, url: str, to: Path, names: list[str], sizes: list[str]) -> None:
    """Photograph states; says which could not be reached."""
    to.mkdir(parents=True, exist_ok=True)
    for name in names:
        for size in sizes:
            for scheme in ("light", "dark"):
                try:
                    photograph(browser, url, name, size, scheme, to)
                except Error as error:
                    print(f"{name}-{size}-{scheme}: {str(error).splitlines()[0]}", flush=True)


def measure(browser: Any, url: str, times: int) -> dict[str, Any]:
    """Seconds until the largest contentful paint, over visits with nothing kept."""
    seconds = []
    for _ in range(times):
        page = visit(browser, url)
        page.goto("/")
        laid_out(page)
        seconds.append(round(largest_contentful_paint(page), 3))
        page.context.close()
    return {"seconds": seconds, "median": statistics.median(seconds), "largest": max(seconds)}


def readme_picture(browser: Any, url: str) -> None:
    """The picture of the README: a look that was composed, judged."""
    page = visit(browser, url)
    page.goto("/")
    laid_out(page)
    STATES["composed"].reach(page)
    pictures(page)
    page.mouse.move(0, 0)
    page.wait_for_timeout(SETTLE)
    PICTURE.parent.mkdir(exist_ok=True)
    Image.open(io.BytesIO(page.screenshot())).convert("RGB").save(PICTURE, quality=90, method=6)
    page.context.close()


def look(browser: Any, url: str, asked: argparse.Namespace) -> None:
    """Do what was asked for."""
    if asked.measure:
        print(json.dumps(measure(browser, url, asked.measure)))
    elif asked.states:
        photograph_all(browser, url, asked.states, asked.only or list(STATES), asked.sizes)
    else:
        readme_picture(browser, url)
        print(PICTURE.relative_to(ROOT))


def main() -> None:
    """Serve the run, or use a studio that runs, and photograph it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", help="a trained run, or the address of a studio that runs")
    parser.add_argument("--states", type=Path, metavar="DIR", help="photograph every state into it")
    parser.add_argument("--only", nargs="+", choices=list(STATES), metavar="STATE")
    parser.add_argument("--sizes", nargs="+", choices=list(SIZES), default=list(SIZES)[:3])
    parser.add_argument("--measure", type=int, metavar="N", help="time N first visits")
    asked = parser.parse_args()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = launch(playwright)
        if asked.run.startswith("http"):
            look(browser, asked.run, asked)
        else:
            with served(Path(asked.run).resolve(), Path(folder), "--rate", "0", "--quiet") as url:
                look(browser, url, asked)
        browser.close()


if __name__ == "__main__":
    main()
