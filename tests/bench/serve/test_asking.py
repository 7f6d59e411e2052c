"""The questions of the page, asked one at a time: which they are, and what is made of answers."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from modiste.bench.serve.asking import (
    Asked,
    ask_each,
    ask_stylist,
    draw_boards,
    draw_questions,
    pieces_of,
)
from modiste.client.client import Client
from modiste.client.models import Page, Piece, Shop, Slot
from modiste.errors import Misuse
from modiste.stylist.stylist import Stylist
from tests.conftest import Example

SHELVES = {slot: [f"{slot}-{n}" for n in range(9)] for slot in ("bags", "hats", "shoes", "tops")}

SHOP = Shop.model_construct(reads_words=True, sees_photographs=True)
KINDS = {
    *("items by words", "items like one", "items that fit", "compose", "compose by a wish"),
    *("explain", "revise"),
}


def test_boards_are_of_different_slots_and_the_same_from_a_seed() -> None:
    boards = draw_boards(SHELVES, 200, seed=3)
    assert boards == draw_boards(SHELVES, 200, seed=3)
    assert boards != draw_boards(SHELVES, 200, seed=4)
    for board in boards:
        slots = [piece.partition("-")[0] for piece in board["pieces"]]
        assert 2 <= len(slots) == len(set(slots)) <= 3
        assert board.get("category") not in slots
    assert sum("category" in board for board in boards) == 100


class Stocked(Client):
    """Answers of a service that has four items in each of two slots, two of them on a page."""

    def shop(self) -> Shop:
        slots = [Slot(name=name, items=4, fines=(), worn=0.5) for name in ("hats", "shoes")]
        return Shop.model_construct(name="small", items=8, slots=tuple(slots))

    def items(self, *, offset: int = 0, limit: int = 24, **search: Any) -> Page:
        (slot,) = search["category"]
        found = [Piece.model_construct(id=f"{slot}-{n}") for n in (offset, offset + 1)]
        following = None if offset else "more"
        return Page(items=tuple(found), total=4, offset=offset, next=following, notes=())


@pytest.mark.parametrize(("most", "found"), [(3, 3), (5000, 4)])
def test_questions_are_drawn_from_the_first_items_of_every_slot(most: int, found: int) -> None:
    with Stocked() as client:
        pieces = pieces_of(client, most)
    wanted = [f"{slot}-{n}" for slot in ("hats", "shoes") for n in range(found)]
    assert [piece.id for piece in pieces] == wanted


@pytest.fixture(scope="module")
def pieces(example: Example) -> list[Piece]:
    """The drawn wardrobe as a service shows it."""
    items = pl.read_parquet(example.wardrobe / "items.parquet")
    columns = ("id", "category", "fine", "title", "image")
    return [
        Piece.model_construct(**{name: row[name] for name in columns})
        for row in items.iter_rows(named=True)
    ]


def test_questions_are_the_same_from_a_seed_and_about_what_is_there(
    example: Example, pieces: list[Piece]
) -> None:
    drawn = draw_questions(example.run, pieces, SHOP, 6, seed=3)
    assert drawn == draw_questions(example.run, pieces, SHOP, 6, seed=3)
    assert drawn != draw_questions(example.run, pieces, SHOP, 6, seed=4)
    assert drawn.keys() == KINDS
    assert {len(asked) for asked in drawn.values()} == {6}
    titles = [piece.title for piece in pieces]
    words = [str(asked["text"]) for asked in drawn["items by words"]]
    assert all(any(each in title for title in titles) for each in words)
    outfits = pl.read_parquet(example.wardrobe / "outfits.parquet")["items"].to_list()
    assert all(asked["pieces"] in outfits for asked in drawn["explain"])


def test_outfits_are_drawn_where_those_of_the_run_are_not_all_there(
    example: Example, pieces: list[Piece]
) -> None:
    others = [piece.model_copy(update={"id": f"other-{piece.id}", "title": ""}) for piece in pieces]
    drawn = draw_questions(example.run, others, SHOP, 6)
    there = {piece.id for piece in others}
    assert all(there.issuperset(asked["pieces"]) for asked in drawn["revise"])
    assert all(asked["text"] for asked in drawn["items by words"])


@pytest.mark.parametrize(
    ("shop", "missing"),
    [
        (SHOP.model_copy(update={"reads_words": False}), {"compose by a wish"}),
        (SHOP.model_copy(update={"sees_photographs": False}), {"items like one"}),
    ],
)
def test_what_a_run_cannot_do_is_not_asked(
    example: Example, pieces: list[Piece], shop: Shop, missing: set[str]
) -> None:
    assert KINDS - draw_questions(example.run, pieces, shop, 2).keys() == missing


def test_likeness_is_not_asked_where_nothing_has_a_photograph(
    example: Example, pieces: list[Piece]
) -> None:
    bare = [piece.model_copy(update={"image": None}) for piece in pieces]
    assert "items like one" not in draw_questions(example.run, bare, SHOP, 2)


def test_a_stylist_answers_every_kind(example: Example, pieces: list[Piece]) -> None:
    stylist = Stylist.load(example.run)
    reads = stylist.context.query_encoders.read is not None
    readable = SHOP.model_copy(update={"reads_words": reads})
    drawn = draw_questions(example.run, pieces, readable, 3)
    found = ask_stylist(stylist, drawn)
    assert found.keys() == drawn.keys()
    assert all(len(answers.firsts) == 2 and all(answers.firsts) for answers in found.values())
    again = ask_stylist(stylist, drawn)
    assert {k: a.firsts for k, a in again.items()} == {k: a.firsts for k, a in found.items()}


def _picky(asked: Asked) -> str:
    """Answers all but 2."""
    if asked["n"] == 2:
        raise Misuse("Not 2.")
    return str(asked["n"])


def test_the_first_question_only_warms_up_and_refusals_keep_their_place() -> None:
    found = ask_each([{"n": n} for n in range(4)], _picky)
    assert found.firsts == ("1", "", "3")
    assert [wait is None for wait in found.waits] == [False, True, False]
    assert "Not 2" in found.told


def test_one_question_is_asked_however_long_it_takes() -> None:
    assert ask_each([{"n": n} for n in (0, 1, 3)], _picky, longest=0.0).firsts == ("1",)
