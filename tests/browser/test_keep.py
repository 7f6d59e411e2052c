"""Save a look, load it after a reload, share it by a link, export it as a picture."""

from __future__ import annotations

from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit, laid_out
from tests.browser.guard import Guard
from tests.browser.where import pieces, tool, worn


def save(page: Page, name: str) -> None:
    tool(page, "Save").click()
    dialog = page.get_by_role("dialog", name="Saved looks")
    dialog.get_by_role("textbox", name="Name of this look").fill(name)
    dialog.get_by_role("button", name="Save this look").click()
    expect(dialog.get_by_role("status")).to_have_text("Saved on this device.")
    dialog.get_by_role("button", name="Close").click()


def test_a_saved_look_is_laid_out_again_after_a_reload(visit: Visit) -> None:
    page = visit()
    before = worn(page)
    save(page, "For the opening")
    tool(page, "New").click()
    expect(pieces(page)).to_have_count(0)
    page.reload()
    tool(page, "Save").click()
    page.get_by_role("button", name="Lay out For the opening").click()
    expect(pieces(page)).to_have_count(len(before))
    assert sorted(worn(page)) == sorted(before)


def test_a_saved_look_is_renamed_removed_and_brought_back(visit: Visit) -> None:
    page = visit()
    save(page, "Monday")
    tool(page, "Save").click()
    dialog = page.get_by_role("dialog", name="Saved looks")
    field = dialog.get_by_role("textbox", name="Rename Monday")
    field.fill("Tuesday")
    field.press("Tab")
    expect(dialog.get_by_role("status")).to_have_text("Renamed to Tuesday.")
    dialog.get_by_role("button", name="Close").click()
    tool(page, "Save").click()
    dialog.get_by_role("button", name="Remove Tuesday").click()
    expect(dialog.get_by_role("list", name="Saved looks").get_by_role("listitem")).to_have_count(0)
    dialog.get_by_role("button", name="Undo").click()
    expect(dialog.get_by_role("button", name="Lay out Tuesday")).to_be_visible()


def test_a_link_opens_the_same_look_for_somebody_else(visit: Visit) -> None:
    page = visit()
    before = worn(page)
    tool(page, "Share").click()
    dialog = page.get_by_role("dialog", name="Share this look")
    link = dialog.get_by_role("textbox", name="Link to this look").input_value()
    assert link.startswith(page.url.partition("#")[0])
    other = visit(link[link.index("/", len("http://")) :])
    expect(pieces(other)).to_have_count(len(before))
    assert sorted(worn(other)) == sorted(before)


def test_a_link_to_pieces_that_are_gone_says_so(visit: Visit, guard: Guard) -> None:
    guard.expect("/v1/items/no-such-piece")
    page = visit("/#look=no-such-piece", wait=False)
    expect(page.get_by_text("Nothing of this look is left in the catalogue.").first).to_be_visible()


def test_the_picture_that_is_exported_shows_the_look(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    with page.expect_download() as download:
        tool(page, "Export").click()
    assert download.value.suggested_filename.endswith(".png")
    file = tmp_path / "look.png"
    download.value.save_as(file)
    with Image.open(file) as picture:
        picture.load()
        assert picture.format == "PNG"
        assert min(picture.size) >= 1000
        colours = picture.convert("RGB").resize((64, 64)).getcolors(64 * 64)
    assert colours is not None and len(colours) > 200, "only paper"
    laid_out(page)
