"""What goes over the wire, seen by a server that says exactly what it is told to."""

from __future__ import annotations

import json
import socket
import time
from email.utils import formatdate
from pathlib import Path

import pytest

from modiste.client import Client, Filters, ModisteApiError
from modiste.client.client import UPLOAD_BYTES
from modiste.client.models import Limits
from modiste.client.transport import RetryPolicy, retry_after
from modiste.errors import Misuse, ModisteError
from tests.client.raw_server import RawServer, answer

VERDICT = {"probability": 0.8, "logit": 1, "words": "goes together", "calibrated": True}
SCORE = json.dumps({**VERDICT, "interval": None, "pieces": [], "notes": []})
LIMITS = dict.fromkeys(Limits.__annotations__, 1) | {"sizes": [96]}
SHOP = json.dumps(
    {
        **{"name": "shop", "items": 3, "version": 1, "slots": [], "colours": [], "brands": []},
        **{"price": None, "reads_words": True, "sees_photographs": True, "example": []},
        **{"limits": LIMITS, "questions": 0},
    }
)
PIECE = {
    **{"id": "x", "category": "shoes", "fine": "boots", "title": "", "price": None},
    **{"colour": None, "brand": None, "image": None, "given": False, "guessed": True},
}
PHOTO = json.dumps({**PIECE, "id": "photo-" + "0" * 32, "note": "", "expires": None})
BUSY = json.dumps(
    {"error": {"code": "overloaded", "message": "Busy.", "where": None, "request_id": "r1"}}
)


def test_a_busy_service_is_asked_again_over_the_same_connection() -> None:
    busy = answer(503, BUSY, "Retry-After: 0")
    with RawServer([busy, busy, answer(200, SCORE)]) as server, Client(server.url) as client:
        assert client.score(["a", "b"]).probability == 0.8
    assert len(server.requests) == 3
    assert server.connections == 1


def test_retry_after_is_waited_for() -> None:
    told = [answer(429, BUSY, "Retry-After: 1"), answer(200, SHOP)]
    with RawServer(told) as server, Client(server.url) as client:
        began = time.monotonic()
        assert client.shop().name == "shop"
    assert time.monotonic() - began >= 1


@pytest.mark.parametrize("patience", [0.0, 5.0])
def test_a_service_that_is_busy_for_longer_than_we_wait_is_an_error_at_once(
    patience: float,
) -> None:
    told = answer(503, BUSY, "Retry-After: 6", "X-Request-ID: r1")
    with RawServer([told]) as server, Client(server.url, patience=patience) as client:
        began = time.monotonic()
        with pytest.raises(ModisteApiError, match=r"^Busy\.$") as caught:
            client.score(["a", "b"])
    assert time.monotonic() - began < 3
    assert len(server.requests) == 1
    error = caught.value
    assert (error.code, error.status, error.retry_after) == ("overloaded", 503, 6.0)
    assert (error.where, error.request_id) == (None, "r1")
    assert isinstance(error, ModisteError)


def test_our_own_pauses_end_too() -> None:
    with RawServer([answer(503, BUSY)]) as server, Client(server.url, patience=0.5) as client:
        with pytest.raises(ModisteApiError, match="Busy"):
            client.shop()
    assert 2 <= len(server.requests) <= 5


def test_an_upload_is_never_sent_twice() -> None:
    busy = answer(503, BUSY, "Retry-After: 0")
    with RawServer([busy, answer(201, PHOTO)]) as server, Client(server.url) as client:
        with pytest.raises(ModisteApiError, match="Busy"):
            client.upload(b"bytes of a photograph")
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [400, 404, 422, 500, 502])
def test_other_refusals_are_not_tried_again(status: int) -> None:
    with RawServer([answer(status, BUSY), answer(200, SHOP)]) as server:
        with Client(server.url) as client, pytest.raises(ModisteApiError) as caught:
            client.shop()
    assert caught.value.status == status
    assert len(server.requests) == 1


def test_a_connection_closed_in_our_face_is_not_tried_again() -> None:
    with RawServer([b"", answer(200, SHOP)]) as server, Client(server.url) as client:
        with pytest.raises(ModisteApiError, match="No answer from") as caught:
            client.shop()
    assert caught.value.code == "unreachable"
    assert caught.value.status == 0
    assert len(server.requests) == 1


def test_a_service_that_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Client(url, timeout=0.2) as client, pytest.raises(ModisteApiError) as caught:
            client.health()
    assert caught.value.code == "unreachable"


@pytest.mark.parametrize("url", ["http://", "nonsense", "ftp://x", "http://127.0.0.1:x"])
def test_an_address_that_is_none_is_one_sentence(url: str) -> None:
    with pytest.raises(ModisteApiError, match="No answer from"), Client(url) as client:
        client.health()


@pytest.mark.parametrize("body", ["", "<html>", "[]", '{"error": "no"}', '{"error": {}}'])
def test_an_error_of_somebody_else_is_told_as_such(body: str) -> None:
    with RawServer([answer(502, body)]) as server, Client(server.url) as client:
        with pytest.raises(ModisteApiError, match="answered 502") as caught:
            client.shop()
    assert caught.value.code == "unreadable_answer"


@pytest.mark.parametrize("body", ["", "<html>", "[]", "{}", SCORE])
def test_an_answer_of_somebody_else_is_told_as_such(body: str) -> None:
    with RawServer([answer(200, body)]) as server, Client(server.url) as client:
        with pytest.raises(ModisteApiError, match=r"service") as caught:
            client.shop()
    assert caught.value.code == "unreadable_answer"


def test_what_a_newer_service_adds_is_passed_over() -> None:
    newer = json.dumps({**json.loads(SCORE), "mood": {"deep": []}, "interval": [0.7, 0.9]})
    with RawServer([answer(200, newer)]) as server, Client(server.url) as client:
        assert client.score(["a", "b"]).interval == (0.7, 0.9)


def test_a_request_says_only_what_was_asked() -> None:
    with (
        RawServer([answer(200, json.dumps({"looks": [], "notes": []}))]) as server,
        Client(server.url) as client,
    ):
        client.compose(["a"], wish="rain", filters=Filters(colours="blue", price_max=5))
    body = json.loads(server.requests[0].partition(b"\r\n\r\n")[2])
    filters = {"colours": ["blue"], "price_max": 5}
    wanted = {"pieces": ["a"], "wish": "rain", "looks": 3, "seed": 0, "filters": filters}
    assert body == wanted


def test_an_id_stays_one_part_of_the_path_whatever_is_in_it() -> None:
    piece = json.dumps({**PIECE, "attributes": {}})
    with RawServer([answer(200, piece)]) as server, Client(server.url) as client:
        for name in ("a/b", "..", "../../etc", "a b?c#d%2F", "é"):
            client.item(name)
    paths = [request.split(b" ")[1].decode() for request in server.requests]
    assert paths == [
        "/v1/items/a%2Fb",
        "/v1/items/%2E%2E",
        "/v1/items/..%2F..%2Fetc",
        "/v1/items/a%20b%3Fc%23d%252F",
        "/v1/items/%C3%A9",
    ]


def test_the_key_goes_with_every_request_and_the_cookie_comes_back() -> None:
    cookie = "Set-Cookie: modiste_visitor=v1; HttpOnly; SameSite=Strict; Path=/"
    with RawServer([answer(201, PHOTO, cookie)]) as server:
        with Client(server.url, key="secret") as client:
            client.upload(b"x", category="shoes")
            client.upload(b"y", keep=True)
    heads = [request.lower() for request in server.requests]
    assert all(b"x-modiste-key: secret" in head for head in heads)
    assert b"cookie:" not in heads[0]
    assert b"cookie: modiste_visitor=v1" in heads[1]
    assert b'name="category"\r\n\r\nshoes' in heads[0]
    assert b'name="keep"\r\n\r\ntrue' in heads[1]


@pytest.mark.parametrize("key", ["", "schlüssel", "two\nlines", " spaced "])
def test_a_key_that_cannot_be_sent_is_refused_at_once(key: str) -> None:
    with pytest.raises(Misuse, match="printable"):
        Client(key=key)


def test_a_photograph_too_large_or_not_there_is_not_sent(tmp_path: Path) -> None:
    with RawServer([answer(201, PHOTO)]) as server, Client(server.url) as client:
        large = tmp_path / "large.jpg"
        large.write_bytes(bytes(UPLOAD_BYTES + 1))
        for photograph in (large, bytes(UPLOAD_BYTES + 1)):
            with pytest.raises(Misuse, match="make it smaller"):
                client.upload(photograph)
        with pytest.raises(Misuse, match="cannot be read"):
            client.upload(tmp_path / "none.jpg")
    assert not server.requests


def test_one_piece_is_not_taken_for_a_list_of_letters() -> None:
    with Client() as client, pytest.raises(Misuse, match="give a list"):
        client.score("abc")


def test_waiting_ends_when_the_time_does() -> None:
    with RawServer([answer(503, BUSY)]) as server, Client(server.url) as client:
        url = server.url
        assert client.ready() is None
        with pytest.raises(ModisteApiError, match="was not ready within 0.2 s"):
            client.wait_until_ready(0.2)
    with Client(url) as client, pytest.raises(ModisteApiError, match="No answer"):
        client.wait_until_ready(0.2)


def test_waiting_ends_when_the_service_is_ready() -> None:
    ready = answer(200, json.dumps({"status": "ready", "items": 5, "catalogue_version": 2}))
    with RawServer([answer(503, BUSY), ready]) as server, Client(server.url) as client:
        assert client.wait_until_ready(5).items == 5


@pytest.mark.parametrize(
    ("told", "seconds"), [({}, None), ({"retry-after": "3"}, 3.0), ({"retry-after": "soon"}, None)]
)
def test_retry_after_is_read_in_seconds(told: dict[str, str], seconds: float | None) -> None:
    assert retry_after(told) == seconds


def test_retry_after_is_read_as_a_date() -> None:
    assert 25 < (retry_after({"retry-after": formatdate(time.time() + 30)}) or 0) <= 30


def test_pauses_grow_up_to_the_longest_and_heed_the_server() -> None:
    patience = RetryPolicy(seconds=100, first=1, longest=4)
    for attempt, most in ((1, 1), (2, 2), (3, 4), (9, 4)):
        pause = patience.pause(attempt, 0, None)
        assert pause is not None and most / 2 <= pause <= most
    assert patience.pause(1, 0, 50) == 50
    assert patience.pause(1, 60, 50) is None
