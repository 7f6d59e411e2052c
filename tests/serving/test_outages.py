"""What a service does while its catalogue is rebuilt or its database is away, and after kill -9."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

import httpx2
import pytest

from modiste.bench.search.postgres import TemporaryServer
from modiste.jobs.catalogue import build, remove
from tests.conftest import Example
from tests.serving.live import Live, modiste_serve

pytestmark = pytest.mark.slow


def complete(client: httpx2.Client, pieces: list[str]) -> httpx2.Response:
    return client.post("/v1/complete", json={"pieces": pieces, "k": 3})


def until(client: httpx2.Client, path: str, status: int, seconds: float = 30.0) -> httpx2.Response:
    """Ask until the status is that one."""
    end = time.monotonic() + seconds
    while (answer := client.get(path)).status_code != status:
        assert time.monotonic() < end, answer.text
        time.sleep(0.1)
    return answer


def version(client: httpx2.Client) -> int:
    found: int = client.get("/v1/ready").json()["catalogue_version"]
    return found


def test_a_database_that_stops_is_told_as_503_until_it_is_back(
    example: Example, postgres: TemporaryServer
) -> None:
    where = f"{postgres.url}{'&' if '?' in postgres.url else '?'}schema=outage"
    build(example.run, where)
    with modiste_serve(example.run, "--catalogue", where) as live, live.client() as client:
        worn = client.get("/v1/shop").json()["example"][:2]
        before = complete(client, worn)
        assert before.status_code == 200
        postgres.stop()
        try:
            away = complete(client, worn)
            assert away.status_code == 503
            assert away.json()["error"]["code"] == "catalogue_unavailable"
            assert int(away.headers["retry-after"]) >= 1
            assert client.get("/v1/health").status_code == 200
            until(client, "/v1/ready", 503)
            assert client.post("/v1/score", json={"pieces": worn}).status_code in (200, 503)
        finally:
            postgres.start()
        until(client, "/v1/ready", 200)
        again = complete(client, worn)
        assert again.status_code == 200
        assert again.json()["suggestions"] == before.json()["suggestions"]


def test_answers_never_stop_while_the_catalogue_is_rebuilt(
    example: Example, tmp_path: Path
) -> None:
    where = str(tmp_path / "catalogue")
    build(example.run, where)
    with modiste_serve(example.run, "--catalogue", where) as live, live.client() as client:
        worn = client.get("/v1/shop").json()["example"][:2]
        first, over = version(client), threading.Event()
        statuses: list[int] = []

        def ask() -> None:
            with live.client() as mine:
                while not over.is_set():
                    statuses.append(complete(mine, worn).status_code)

        asking = threading.Thread(target=ask)
        asking.start()
        build(example.run, where, replace=True)
        end = time.monotonic() + 60
        while version(client) == first and time.monotonic() < end:
            time.sleep(0.2)
        rebuilt = version(client)
        gone = client.get("/v1/items?limit=1").json()["items"][0]["id"]
        remove(where, [gone])
        while client.get(f"/v1/items/{gone}").status_code == 200 and time.monotonic() < end:
            time.sleep(0.2)
        over.set()
        asking.join(30)
        assert rebuilt > first
        assert client.get(f"/v1/items/{gone}").status_code == 404
        assert len(statuses) > 5 and set(statuses) == {200}


def test_after_kill_9_it_starts_and_answers_as_before(example: Example, tmp_path: Path) -> None:
    where = str(tmp_path / "catalogue")
    build(example.run, where)

    def first_answer(live: Live) -> httpx2.Response:
        with live.client() as client:
            return complete(client, client.get("/v1/shop").json()["example"][:2])

    with modiste_serve(example.run, "--catalogue", where) as live:
        before = first_answer(live)
        live.process.send_signal(signal.SIGKILL)
        live.process.wait(10)
    with modiste_serve(example.run, "--catalogue", where) as live:
        after = first_answer(live)
    assert before.status_code == after.status_code == 200
    assert before.json()["suggestions"] == after.json()["suggestions"]
