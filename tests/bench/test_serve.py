"""The benchmark of the service counts what is wrong, and compares like with like."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from modiste.bench.serve import ServeSize, bench_serve
from modiste.bench.serve_boards import draw_boards, pieces_of
from modiste.bench.serve_load import Load, Outcome, ask, fits
from modiste.bench.serve_process import served
from modiste.bench.serve_rows import at, nth
from modiste.client.client import Client
from modiste.client.models import Page, Piece, Shop, Slot
from modiste.errors import RunError
from modiste.jobs.catalogue import build
from tests.client.raw_server import RawServer, answer
from tests.conftest import Example

SHELVES = {slot: [f"{slot}-{n}" for n in range(9)] for slot in ("bags", "hats", "shoes", "tops")}
ASKED = {"pieces": ["a", "b"], "category": "shoes"}


def suggested(pieces: Sequence[str] = ("a", "b"), category: str = "shoes", first: str = "c") -> str:
    """An answer to `ASKED`, right unless told otherwise."""
    piece = {"id": first, "category": category, "fine": "boots"}
    return json.dumps({"pieces": [{"id": name} for name in pieces], "suggestions": [piece]})


def load(answers: Sequence[bytes], seconds: float = 0.3) -> tuple[Outcome, RawServer]:
    """What one client notes of a server that answers like this."""
    with RawServer(answers) as server:
        host, port = server.url.removeprefix("http://").split(":")
        bodies = (json.dumps(ASKED),)
        wanted = Load(
            host=host,
            port=int(port),
            path="/v1/complete",
            bodies=bodies,
            clients=1,
            seconds=seconds,
        )
        return asyncio.run(ask(wanted)), server


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


@pytest.mark.parametrize(
    ("waits", "share", "wanted"),
    [((1.0, 2.0), 0.5, 1.0), (tuple(range(1, 21)), 0.95, 19.0), ((3.0,), 0.99, 3.0)],
)
def test_a_wait_is_the_shortest_within_which_the_share_was_answered(
    waits: Sequence[float], share: float, wanted: float
) -> None:
    assert nth(waits, share) == wanted
    assert nth((), share) == float("inf")


def test_right_answers_are_counted_with_their_waits() -> None:
    found, server = load([answer(200, suggested())])
    assert (found.errors, found.mismatched, found.told) == (0, 0, "")
    assert len(found.waits) == len(server.requests) > 10
    assert server.connections == 1
    assert found.firsts == {"0": ("c",)}
    assert 0 < at(found, 0.5) <= at(found, 0.99) <= 0.3
    assert found.cpu < found.seconds


@pytest.mark.parametrize(
    "wrong",
    [
        suggested(pieces=("b", "a")),
        suggested(category="bags"),
        suggested(first="a"),
        json.dumps({"pieces": [{"id": "a"}, {"id": "b"}], "suggestions": []}),
    ],
)
def test_an_answer_to_another_question_is_counted(wrong: str) -> None:
    found, _ = load([answer(200, suggested()), answer(200, wrong), answer(200, suggested())])
    assert (found.errors, found.mismatched) == (0, 1)
    assert "was answered" in found.told


@pytest.mark.parametrize("broken", [answer(503, "{}"), b"", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_refusals_and_broken_connections_are_errors_and_asking_goes_on(broken: bytes) -> None:
    found, server = load([answer(200, suggested()), broken, answer(200, suggested())])
    assert (found.errors, found.mismatched) == (1, 0)
    assert len(server.requests) > 10


def test_a_verdict_fits_where_it_is_a_probability() -> None:
    pieces = [{"id": "a"}, {"id": "b"}]
    assert fits({"pieces": ["a", "b"]}, {"pieces": pieces, "probability": 0.5})
    assert not fits({"pieces": ["a", "b"]}, {"pieces": pieces, "probability": 1.5})
    assert not fits({"pieces": ["a", "c"]}, {"pieces": pieces, "probability": 0.5})


def test_a_service_that_does_not_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="ended; error: .*no-run"), served(tmp_path / "no-run"):
        pass


@pytest.mark.slow
@pytest.mark.parametrize("stored", [False, True])
def test_a_real_service_answers_many_at_once_as_the_stylist_does_alone(
    example: Example, tmp_path: Path, stored: bool
) -> None:
    catalogue = str(tmp_path / "C") if stored else None
    if catalogue is not None:
        build(example.run, catalogue)
    size = ServeSize(clients=8, seconds=3, warm=1, boards=12, questions=3, threads=1)
    found = bench_serve(example.run, size, catalogue)
    rows = {row.name.split(" (")[0]: row for row in found}
    assert rows["serve, wrong answers"].value == rows["serve others, not answered"].value == 0
    agreement = [row.value for name, row in rows.items() if "as alone" in name]
    assert agreement == [1.0, 1.0]
    assert rows["serve complete, 8 clients"].value > 0
    assert rows["serve, processor of the clients"].value < 0.5
    for kind in ("items by words", "items that fit", "compose", "explain", "revise"):
        assert 0 < rows[f"serve {kind}, p50 of 3"].value <= rows[f"serve {kind}, p95 of 3"].value
    assert all(row.reference for row in rows.values())
