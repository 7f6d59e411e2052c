"""Pieces come onto the board by click, by Enter and by drag, and leave it again."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Visit
from tests.browser.where import (
    announced,
    empty_slots,
    piece_buttons,
    pieces,
    region,
    search_box,
    settled,
    tiles,
    tool,
    worn,
)


def empty(visit: Visit) -> Page:
    page = visit()
    tool(page, "New").click()
    expect(pieces(page)).to_have_count(0)
    settled(page)
    return page


def tile_of(page: Page, slot: str) -> Locator:
    """A piece of a slot in the catalogue, found by its words, so that no ranking moves it."""
    piece = page.request.get(f"/v1/items?category={slot}&limit=1").json()["items"][0]
    with page.expect_response(lambda answer: "text=" in answer.url):
        search_box(page).fill(piece["title"])
    settled(page)
    tile = tiles(page).and_(page.locator(f'[data-id="{piece["id"]}"]'))
    expect(tile).to_be_visible()
    return tile


def id_of(tile: Locator) -> str:
    return str(tile.get_attribute("data-id"))


def test_a_click_places_a_piece_and_another_takes_it_off(visit: Visit) -> None:
    page = empty(visit)
    tile = tile_of(page, "shoes")
    name = id_of(tile)
    tile.click()
    expect(pieces(page)).to_have_count(1)
    assert worn(page) == [name]
    placed = tiles(page).and_(page.locator(f'[data-id="{name}"]'))
    expect(placed).to_have_attribute("aria-selected", "true")
    placed.click()
    expect(pieces(page)).to_have_count(0)


def test_enter_places_a_piece(visit: Visit) -> None:
    page = empty(visit)
    tile = tile_of(page, "bags")
    name = id_of(tile)
    tile.focus()
    page.keyboard.press("Enter")
    expect(pieces(page)).to_have_count(1)
    assert worn(page) == [name]


def test_a_drag_places_a_piece(visit: Visit) -> None:
    page = empty(visit)
    tile = tile_of(page, "shoes")
    name = id_of(tile)
    tile.drag_to(region(page, "Board").locator(".sheet"))
    expect(pieces(page)).to_have_count(1)
    assert worn(page) == [name]


def test_delete_removes_the_piece_and_undo_brings_it_back(visit: Visit) -> None:
    page = visit()
    before = worn(page)
    piece_buttons(page).first.focus()
    page.keyboard.press("Delete")
    expect(pieces(page)).to_have_count(len(before) - 1)
    tool(page, "Undo").click()
    expect(pieces(page)).to_have_count(len(before))
    assert sorted(worn(page)) == sorted(before)


def test_a_piece_that_is_dragged_off_the_sheet_is_gone(visit: Visit) -> None:
    page = visit()
    count = pieces(page).count()
    box = piece_buttons(page).first.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(700, 20, steps=6)
    page.mouse.up()
    expect(pieces(page)).to_have_count(count - 1)


def test_a_piece_that_is_moved_on_the_sheet_stays(visit: Visit) -> None:
    page = visit()
    count = pieces(page).count()
    box = piece_buttons(page).first.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 40, box["y"] + box["height"] / 2 + 30, steps=4)
    page.mouse.up()
    moved = piece_buttons(page).first.bounding_box()
    assert moved and moved["x"] > box["x"] + 20
    expect(pieces(page)).to_have_count(count)


def test_two_pieces_for_one_slot_are_a_choice(visit: Visit) -> None:
    page = empty(visit)
    tile = tile_of(page, "shoes")
    one = id_of(tile)
    tile.click()
    expect(pieces(page)).to_have_count(1)
    with page.expect_response(lambda answer: "text=shoes" in answer.url):
        search_box(page).fill("shoes")
    settled(page)
    second = tiles(page).and_(page.locator('[aria-selected="false"]')).first
    expect(second).to_be_visible()
    other = id_of(second)

    second.click()
    choice = page.get_by_role("dialog", name="here already")
    choice.get_by_role("button", name="Keep").click()
    assert worn(page) == [one]

    second.click()
    choice.get_by_role("button", name="Wear both").click()
    expect(pieces(page)).to_have_count(2)
    tool(page, "Undo").click()
    expect(pieces(page)).to_have_count(1)

    second.click()
    choice.get_by_role("button", name="Swap").click()
    expect(page.locator(f'modiste-piece[data-id="{other}"]')).to_be_visible()
    assert worn(page) == [other]


def test_an_empty_slot_offers_its_three_best(visit: Visit) -> None:
    page = visit()
    slot = empty_slots(page).first
    count = pieces(page).count()
    slot.click()
    offer = page.get_by_role("group", name="Best")
    expect(offer.get_by_role("button")).to_have_count(3)
    offer.get_by_role("button").first.click()
    expect(pieces(page)).to_have_count(count + 1)


def test_new_empties_the_board(visit: Visit) -> None:
    page = empty(visit)
    expect(region(page, "Verdict").get_by_text("0.")).to_have_count(0)
    expect(empty_slots(page).first).to_be_visible()


def test_the_shop_says_how_much_there_may_be(visit: Visit) -> None:
    def answer(route: Route) -> None:
        response = route.fetch()
        told = response.json()
        told["limits"] |= {"pieces": 2, "words": 60}
        route.fulfill(response=response, json=told)

    page = visit(before=lambda page: page.route("**/v1/shop", answer))
    expect(pieces(page)).to_have_count(2)
    expect(search_box(page)).to_have_attribute("maxlength", "60")
    expect(page.get_by_label("A wish in words")).to_have_attribute("maxlength", "60")
    open_slot = str(empty_slots(page).first.locator("xpath=..").get_attribute("name"))
    tile_of(page, open_slot).click()
    expect(announced(page)).to_contain_text("2 pieces are the most for one look.")
    expect(pieces(page)).to_have_count(2)
