"""A photograph of one's own: chosen, dropped, corrected; and what is no photograph."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.guard import Guard
from tests.browser.where import pieces, region, tool, worn


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    """A red shirt on white, drawn."""
    picture = Image.new("RGB", (300, 400), "white")
    draw = ImageDraw.Draw(picture)
    draw.polygon([(60, 80), (240, 80), (240, 340), (60, 340)], fill=(170, 30, 40))
    draw.polygon([(60, 80), (15, 190), (50, 205), (90, 120)], fill=(160, 25, 35))
    draw.polygon([(240, 80), (285, 190), (250, 205), (210, 120)], fill=(160, 25, 35))
    path = tmp_path / "my shirt.jpg"
    picture.save(path)
    return path


def empty(visit: Visit) -> Page:
    page = visit()
    tool(page, "New").click()
    expect(pieces(page)).to_have_count(0)
    return page


def drop(page: Page, path: Path, media_type: str = "image/jpeg") -> None:
    """Drop a file on the board as a hand does."""
    data = base64.b64encode(path.read_bytes()).decode()
    transfer = page.evaluate_handle(
        """([name, type, data]) => {
            const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], name, {type}));
            return transfer;
        }""",
        [path.name, media_type, data],
    )
    sheet = region(page, "Board").locator(".sheet")
    for event in ("dragenter", "dragover", "drop"):
        sheet.dispatch_event(event, {"dataTransfer": transfer})


def test_a_photograph_that_is_chosen_lies_on_the_board(visit: Visit, photograph: Path) -> None:
    page = empty(visit)
    with page.expect_file_chooser() as chooser:
        region(page, "Catalogue").locator("button[aria-label='Your own photograph']").click()
    chooser.value.set_files(photograph)
    expect(pieces(page)).to_have_count(1)
    assert worn(page)[0].startswith("photo-")
    expect(
        region(page, "Catalogue")
        .get_by_text("best guess")
        .or_(page.get_by_text("We take this for"))
    ).to_be_visible()


def test_a_photograph_that_is_dropped_lies_on_the_board(visit: Visit, photograph: Path) -> None:
    page = empty(visit)
    drop(page, photograph)
    expect(pieces(page)).to_have_count(1)
    assert worn(page)[0].startswith("photo-")


def test_what_a_photograph_was_taken_for_can_be_corrected(visit: Visit, photograph: Path) -> None:
    page = empty(visit)
    drop(page, photograph)
    expect(pieces(page)).to_have_count(1)
    first = worn(page)[0]
    page.get_by_role("combobox", name="It is something else").select_option("sneakers")
    expect(page.get_by_text("On the board as shoes: sneakers.")).to_be_visible()
    assert len(worn(page)) == 1 and worn(page)[0] != first


def test_a_text_that_is_called_jpg_is_refused_in_a_sentence(
    visit: Visit, guard: Guard, tmp_path: Path
) -> None:
    page = empty(visit)
    letter = tmp_path / "letter.jpg"
    letter.write_text("Dear Sir or Madam,")
    guard.expect(r"/v1/uploads")
    drop(page, letter)
    said = region(page, "Catalogue").get_by_text("not a picture that the studio can read")
    expect(said).to_be_visible()
    expect(pieces(page)).to_have_count(0)


def test_a_file_that_is_no_picture_is_not_even_sent(
    visit: Visit, guard: Guard, tmp_path: Path
) -> None:
    page = empty(visit)
    table = tmp_path / "sizes.csv"
    table.write_text("a,b\n1,2\n")
    drop(page, table, "text/csv")
    expect(region(page, "Catalogue").get_by_text("sizes.csv is not a picture")).to_be_visible()
    assert not [asked for asked in guard.asked if "uploads" in asked]
