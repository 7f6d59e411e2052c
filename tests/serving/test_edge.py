from __future__ import annotations

import asyncio
import io
import json
import logging
import re
from collections.abc import AsyncIterator, Iterator

import pytest

from modiste.serving.edge.bodies import FORM_BYTES, MOST_HEADERS
from modiste.serving.edge.observe import REQUESTS, write_logs
from tests.serving.edged import app_with, call, caller


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What the service logs."""
    names = ("modiste.serving", "modiste.serving.requests", "uvicorn", "uvicorn.error")
    loggers = [logging.getLogger(name) for name in names]
    before = [(one.handlers, one.level, one.propagate) for one in loggers]
    stream = io.StringIO()
    write_logs(stream=stream)
    yield stream
    for one, (handlers, level, propagate) in zip(loggers, before, strict=True):
        one.handlers, one.propagate = handlers, propagate
        one.setLevel(level)


def test_every_answer_carries_an_id_and_a_well_formed_one_is_kept() -> None:
    client = caller()
    assert re.fullmatch(r"[0-9a-f]{16}", client.get("/v1/health").headers["x-request-id"])
    given = client.get("/v1/health", headers={"X-Request-ID": "page-7.a:b"})
    assert given.headers["x-request-id"] == "page-7.a:b"
    for wrong in ("", "a b", "x" * 65, 'x"}', "a\x1bb"):
        answer = client.get("/v1/health", headers={"X-Request-ID": wrong})
        assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["x-request-id"])


def test_an_error_carries_the_same_id_in_its_head_and_its_body() -> None:
    answer = caller().delete("/v1/items/a")
    assert answer.status_code == 403
    assert answer.json()["error"]["request_id"] == answer.headers["x-request-id"]


def test_a_defect_is_told_in_the_error_shape_and_not_as_a_traceback(logged: io.StringIO) -> None:
    answer = caller().get("/broken")
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "internal"
    assert "secret" not in answer.text and answer.headers["x-request-id"]
    failure = next(
        line for line in map(json.loads, logged.getvalue().splitlines()) if "trace" in line
    )
    assert (
        "a defect at" in failure["trace"] and answer.headers["x-request-id"] in failure["message"]
    )


def test_a_log_line_says_the_route_and_neither_path_query_key_nor_body(logged: io.StringIO) -> None:
    caller().get(
        "/v1/items/my-dress?text=secret-wish", headers={"X-Modiste-Key": "key-of-somebody-0"}
    )
    (line,) = logged.getvalue().splitlines()
    for private in ("my-dress", "secret-wish", "key-of"):
        assert private not in line
    fields = json.loads(line)
    assert set(fields) == {
        "time", "level", "id", "method", "route", "status", "ms", "bytes", "client",
    }  # fmt: skip
    assert fields["route"] == "/v1/items/{item_id}" and fields["status"] == 200
    assert fields["bytes"] == len('{"id":"my-dress"}')


def test_a_quiet_service_logs_defects_alone(logged: io.StringIO) -> None:
    write_logs(requests=False, stream=logged)
    client = caller()
    client.get("/v1/health")
    assert logged.getvalue() == ""
    client.get("/broken")
    assert '"status": 500' in logged.getvalue()
    REQUESTS.setLevel(logging.INFO)


def test_measures_have_one_series_a_route_however_many_ids_are_asked_for() -> None:
    client = caller()
    for number in range(50):
        client.get(f"/v1/items/{number}")
        client.get(f"/no/such/{number}")
        client.request(f"X{number}", "/v1/items/1")
    text = client.get("/v1/metrics").text
    series = [line for line in text.splitlines() if line.startswith("modiste_requests_total")]
    assert (
        'modiste_requests_total{method="GET",route="/v1/items/{item_id}",status="200"} 50.0'
        in series
    )
    assert len(series) < 6, series
    assert "process_resident_memory_bytes" in text and "modiste_requests_in_flight 1.0" in text


def test_every_answer_forbids_what_the_page_has_no_need_of() -> None:
    client = caller()
    for answer in (client.get("/v1/health"), client.get("/nowhere"), client.get("/broken")):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
        assert "unsafe-inline" not in policy and "unsafe-eval" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"


def test_a_body_that_says_it_is_too_large_is_refused_unread() -> None:
    answer = caller(max_body=100).post("/v1/score", content=b"x" * 101)
    assert answer.status_code == 413 and answer.json()["error"]["code"] == "too_large"
    assert caller(max_body=100).post("/v1/score", content=b"x" * 100).json() == {"bytes": 100}


def test_a_streamed_body_is_cut_off_where_it_grows_too_large() -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b"x" * 1000

    status, body = asyncio.run(call(app_with(max_body=10_000), endless()))
    assert status == 413 and json.loads(body)["error"]["code"] == "too_large"
    assert taken <= 11
    status, body = asyncio.run(call(app_with(max_upload=1000), endless(), path="/v1/uploads"))
    assert status == 413 and taken <= 11 + (1000 + FORM_BYTES) // 1000 + 2


def test_a_body_that_trickles_is_cut_off() -> None:
    async def trickle() -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0.01)
            yield b"x"

    status, body = asyncio.run(call(app_with(body_seconds=0.1), trickle()))
    assert status == 408 and json.loads(body)["error"]["code"] == "too_slow"


def test_a_url_or_a_head_that_is_too_long_is_refused() -> None:
    client = caller(max_url=200)
    answer = client.get(f"/v1/items/{'x' * 200}")
    assert answer.status_code == 414 and answer.json()["error"]["code"] == "url_too_long"
    many = {f"x-{number}": "y" for number in range(MOST_HEADERS)}
    assert client.get("/v1/health", headers=many).status_code == 431
    assert client.get("/v1/health", headers={"x-long": "y" * 40_000}).status_code == 431
