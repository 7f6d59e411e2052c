from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import httpx2
import pytest

from modiste.errors import Misuse
from modiste.serving.server import allowed_connections, is_loopback, listen, url_of
from tests.serving.live import ROOT, Live, closed_within, small

HEAD = b"GET /v1/health HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture(scope="module")
def hasty() -> Iterator[Live]:
    """A service with little patience."""
    with small(header_seconds=0.5, body_seconds=0.5, max_body=1000) as live:
        yield live


def health(live: Live) -> float:
    """Seconds that a normal client waits for an answer."""
    began = time.perf_counter()
    with live.client() as client:
        assert client.get("/v1/health").status_code == 200
    return time.perf_counter() - began


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_after_what_is_being_answered_with_exit_code_0(
    number: signal.Signals,
) -> None:
    with small() as live, live.client() as client:
        answers: list[httpx2.Response] = []
        asking = threading.Thread(target=lambda: answers.append(client.get("/slow")))
        asking.start()
        time.sleep(0.5)
        live.process.send_signal(number)
        asking.join(10)
        assert answers[0].status_code == 200
        assert live.process.wait(10) == 0
        with pytest.raises(OSError):
            live.connect()


def test_without_visitors_it_ends_by_itself_where_that_was_asked_for() -> None:
    with small(idle=3.0) as live:
        with live.client() as client:
            for _ in range(3):  # longer than it would stay without them
                time.sleep(1.5)
                assert client.get("/v1/health").status_code == 200
        assert live.process.wait(15) == 0


def test_it_listens_while_it_loads_and_says_so() -> None:
    port = listen("127.0.0.1", 0)
    number = port.getsockname()[1]
    port.close()
    told = json.dumps({"loads": 2.5, "port": number})
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.serving.small_service", told],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        url, deadline = f"http://127.0.0.1:{number}", time.monotonic() + 20
        while True:
            try:
                assert httpx2.get(f"{url}/v1/health").json() == {"status": "ok"}
                break
            except httpx2.ConnectError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        early = httpx2.get(f"{url}/v1/ready")
        assert early.status_code == 503 and early.json()["error"]["code"] == "not_ready"
        assert early.headers["retry-after"] and early.headers["x-request-id"]
        assert process.stdout is not None
        assert process.stdout.readline() == f"{url} 3\n"
        assert httpx2.get(f"{url}/v1/items/a").status_code == 200
    finally:
        process.kill()
        process.communicate()


def test_what_cannot_be_loaded_ends_it_with_the_reason() -> None:
    with pytest.raises(AssertionError, match="No run in nowhere"), small(fails=True):
        pass


def test_after_kill_9_it_starts_again_on_the_same_port() -> None:
    with small() as live:
        port = live.address[1]
        with live.client() as client:
            client.get("/v1/health")
            live.process.kill()
            live.process.wait(10)
    with small(port=port) as live:
        assert live.address[1] == port and health(live) < 5


def test_a_busy_port_is_told_in_a_sentence() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Misuse, match=f"Port {port} of 127.0.0.1 is in use; .*--port 0"):
            listen("127.0.0.1", port)


def test_a_host_that_is_not_this_machine_is_told_in_a_sentence() -> None:
    with pytest.raises(Misuse, match="Cannot listen on 192.0.2.1"):
        listen("192.0.2.1", 0)
    with pytest.raises(Misuse, match="no such host"):
        listen("no.such.host.invalid", 0)


def test_the_address_is_one_that_a_browser_can_open() -> None:
    with listen("0.0.0.0", 0) as every:
        assert url_of(every) == f"http://127.0.0.1:{every.getsockname()[1]}"
    assert is_loopback("localhost") and is_loopback("::1") and not is_loopback("0.0.0.0")


def test_connections_stay_below_what_the_system_allows() -> None:
    assert 10 <= allowed_connections(10**9) < 10**9
    assert allowed_connections(50) == 50


@pytest.mark.parametrize(
    "start", [b"", HEAD, b"\r\n", b"GET /", b"GET / HTTP/1.1\r\nX: " + b"y" * 1000]
)
def test_a_head_that_is_never_finished_is_closed(start: bytes, hasty: Live) -> None:
    with hasty.connect() as connection:
        connection.sendall(start)
        closed = closed_within(connection, 5)
        assert closed is not None and 0.3 < closed[1] < 3


def test_a_head_that_trickles_is_closed_all_the_same(hasty: Live) -> None:
    with hasty.connect() as connection:
        connection.sendall(HEAD)
        with pytest.raises(OSError):
            for number in range(40):
                connection.sendall(b"X-%d: y\r\n" % number)
                time.sleep(0.1)


def test_a_second_head_on_the_same_connection_has_a_limit_too(hasty: Live) -> None:
    with hasty.connect() as connection:
        connection.sendall(HEAD + b"\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        connection.sendall(HEAD)
        closed = closed_within(connection, 5)
        assert closed is not None and closed[1] < 3


def test_a_head_that_grows_without_end_is_refused() -> None:
    with small() as live, live.connect() as connection:
        connection.sendall(HEAD + b"X: ")
        try:
            for _ in range(64):
                connection.sendall(b"y" * 65536)
        except OSError:
            pass
        closed = closed_within(connection, 5)
        assert closed is not None and live.memory() < 200


def test_a_body_that_trickles_is_answered_408(hasty: Live) -> None:
    with hasty.connect() as connection:
        connection.sendall(
            b"POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc"
        )
        closed = closed_within(connection, 5)
        assert closed is not None and closed[0].startswith(b"HTTP/1.1 408")
        assert b'"too_slow"' in closed[0]


def test_who_sends_too_much_is_told_so_before_the_connection_ends(hasty: Live) -> None:
    with hasty.client() as client:
        answer = client.post("/v1/score", content=b"x" * 3_000_000)
        assert answer.status_code == 413


def test_a_body_that_nobody_waits_for_ends_the_connection(hasty: Live) -> None:
    with hasty.connect() as connection:
        connection.sendall(
            b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"
        )
        assert connection.recv(65536).startswith(b"HTTP/1.1 413")
        began = time.perf_counter()
        with pytest.raises(OSError):
            while time.perf_counter() - began < 15:
                connection.sendall(b"x")
                time.sleep(0.2)
        assert time.perf_counter() - began < 10


@pytest.mark.parametrize(
    "nonsense",
    [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET / HTTP/9.9\r\n\r\n", b"\x00" * 100]
    + [b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n", b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n"]
    + [b"POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n"]
    + [HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
)
def test_what_is_no_http_is_refused_and_the_next_caller_is_answered(
    nonsense: bytes, hasty: Live
) -> None:
    with hasty.connect() as connection:
        connection.sendall(nonsense)
        closed = closed_within(connection, 8)
        assert closed is not None
        status = closed[0].split(b" ")[1:2]
        assert not status or 400 <= int(status[0]) < 500, closed[0]
    assert health(hasty) < 5
    assert not any("Traceback" in line for line in hasty.log)


def test_500_slow_connections_do_not_keep_a_normal_client_waiting() -> None:
    with small() as live:
        health(live)
        before = live.memory()
        slow = [live.connect() for _ in range(500)]
        try:
            for connection in slow:
                connection.sendall(HEAD)
            waits = [health(live) for _ in range(20)]
            assert sorted(waits)[10] < 0.5, waits
            assert live.memory() - before < 50
            began = time.perf_counter()
            assert all(closed_within(one, 20) is not None for one in slow)
            assert time.perf_counter() - began < 15  # ten seconds after their first byte
        finally:
            for connection in slow:
                connection.close()


def test_when_all_places_are_taken_the_longest_idle_makes_room() -> None:
    with small(max_connections=20) as live:
        idle = [live.connect() for _ in range(40)]
        try:
            assert health(live) < 5
            closed = [closed_within(one, 0.2) is not None for one in idle]
            assert sum(closed) >= 20 and not any(closed[-10:])
        finally:
            for connection in idle:
                connection.close()


def busy(live: Live, count: int) -> list[socket.socket]:
    """Connections whose requests are being answered for a while."""
    opened = [live.connect() for _ in range(count)]
    for connection in opened:
        connection.sendall(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
    time.sleep(0.3)
    return opened


def test_one_connection_too_many_of_an_address_is_told_so_and_the_others_are_answered() -> None:
    with small(connections_per_address=10) as live:
        opened = busy(live, 10)
        with live.connect() as eleventh:
            eleventh.sendall(HEAD + b"\r\n")
            closed = closed_within(eleventh, 5)
        assert closed is not None and closed[0].startswith(b"HTTP/1.1 429")
        assert b"retry-after: 1\r\n" in closed[0] and b'"too_many_requests"' in closed[0]
        for connection in opened:
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
            connection.close()
        assert health(live) < 5


def test_500_connections_of_one_address_take_no_more_than_its_places() -> None:
    with small(connections_per_address=50) as live:
        flood = [live.connect() for _ in range(500)]
        try:
            began = time.perf_counter()
            open_still = [one for one in flood if closed_within(one, 0.01) is None]
            while len(open_still) > 50 and time.perf_counter() - began < 8:
                open_still = [one for one in open_still if closed_within(one, 0.01) is None]
            assert len(open_still) <= 50
            assert health(live) < 5  # one that has waited makes room
        finally:
            for connection in flood:
                connection.close()


def test_a_connection_that_waits_makes_room_for_the_next_of_its_address() -> None:
    with small(connections_per_address=5) as live:
        waiting = [live.connect() for _ in range(5)]
        try:
            time.sleep(1.3)
            assert health(live) < 5
            assert closed_within(waiting[0], 2) is not None
            assert all(closed_within(one, 0.1) is None for one in waiting[1:])
        finally:
            for connection in waiting:
                connection.close()


def test_a_trusted_proxy_holds_as_many_connections_as_it_likes() -> None:
    with small(connections_per_address=3, trusted_proxies=["127.0.0.0/8"]) as live:
        opened = busy(live, 20)
        for connection in opened:
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
            connection.close()


def test_who_does_not_read_an_answer_holds_no_more_than_one() -> None:
    with small() as live, live.connect() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(1)
        before = live.memory()
        with pytest.raises(OSError):
            for _ in range(20_000):  # pipelined, none of them read
                connection.sendall((HEAD + b"\r\n") * 50)
        assert live.memory() - before < 50
        assert health(live) < 5
