"""Many clients of a service: what is wrong is counted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from modiste.bench.serve.load import Load, Outcome, ask, fits, served
from modiste.bench.serve.measure import at
from modiste.errors import RunError
from tests.client.raw_server import RawServer, answer

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


def test_right_answers_are_counted_with_their_waits() -> None:
    found, server = load([answer(200, suggested())])
    assert (found.errors, found.mismatched, found.told) == (0, 0, "")
    assert len(found.waits) == len(server.requests) > 10
    assert server.connections == 1
    assert found.firsts == {"0": ("c",)}
    assert 0 < at(found, 0.5) <= at(found, 0.99) <= 0.3
    assert 0 < found.cpu < 2 * found.seconds  # of this process: who asks and who answers


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
