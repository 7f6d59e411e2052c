"""A service under load: `modiste serve` in one process, many clients in another.

The clients keep their connections alive and cost little: HTTP/1.1 written by hand. They are run
as a module: a document on standard input says what to ask, one on standard output tells what came
of it. Answers are read when the time is over, so that reading them slows nobody down.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from modiste.client.client import Client
from modiste.client.transport import UNREACHABLE, ModisteApiError
from modiste.errors import RunError

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Memory:
    """What a process holds, in MB (10^6 bytes).

    Args:
        resident: all of its pages that are in memory.
        proportional: the same, pages shared with other processes counted by their share.
    """

    resident: float
    proportional: float


@dataclass(frozen=True)
class ServerProcess:
    """A service that is ready.

    Args:
        pid: of its process.
        port: on loopback.
        ready: seconds from its start to its first "ready".
    """

    pid: int
    port: int
    ready: float

    def memory(self) -> Memory | None:
        """What it holds now; None where the system does not tell."""
        told = Path(f"/proc/{self.pid}/smaps_rollup")
        if not told.is_file():
            return None
        lines = [line.split() for line in told.read_text().splitlines()[1:]]
        kilobytes = {words[0]: int(words[1]) for words in lines}
        return Memory(kilobytes["Rss:"] * 1024 / 1e6, kilobytes["Pss:"] * 1024 / 1e6)

    def cpu(self) -> float | None:
        """Seconds of processor time it took so far; None where the system does not tell."""
        told = Path(f"/proc/{self.pid}/stat")
        if not told.is_file():
            return None
        words = told.read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def served(
    run: Path, *, options: Sequence[str] = (), seconds: float = 120.0
) -> Iterator[ServerProcess]:
    """Serve a run while the block lasts.

    Args:
        run: the folder of a trained run.
        options: of `modiste serve`.
        seconds: to wait until it is ready.

    Raises:
        RunError: it does not get ready; its last words are in the sentence.
    """
    port = _free_port()
    words = ["serve", str(run), "--host", HOST, "--port", str(port), *options]
    with tempfile.TemporaryFile() as log:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "modiste.cli", *words], stdout=log, stderr=log
        )
        try:
            _wait(process, port, seconds)
            yield ServerProcess(process.pid, port, time.perf_counter() - began)
        except _Late:
            log.seek(0)
            last = log.read().decode("utf-8", "replace").strip().splitlines()[-1:]
            what = f"was not ready within {seconds:g} s" if process.poll() is None else "ended"
            raise RunError(f"`modiste serve {run}` {what}; {' '.join(last)}") from None
        finally:
            _stop(process)


class _Late(Exception):
    """The service is not ready in time, or ended before."""


def _wait(process: subprocess.Popen[bytes], port: int, seconds: float) -> None:
    end = time.perf_counter() + seconds
    with Client(f"http://{HOST}:{port}", timeout=5.0) as client:
        while process.poll() is None and time.perf_counter() < end:
            if _is_ready(client):
                return
            time.sleep(0.05)
    raise _Late


def _is_ready(client: Client) -> bool:
    try:
        return client.ready() is not None
    except ModisteApiError as error:
        if error.code != UNREACHABLE:
            raise
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind((HOST, 0))
        port: int = chosen.getsockname()[1]
    return port


PATIENCE = 30.0
"""Seconds after which a question counts as not answered."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """What to ask, and how.

    Args:
        host: of the service.
        port: of the service.
        path: of the question.
        bodies: JSON documents, asked in turn; each client starts at another one.
        clients: at the same time, each waiting for its answer before it asks again.
        seconds: for how long.
    """

    host: str
    port: int
    path: str
    bodies: tuple[str, ...]
    clients: int = 64
    seconds: float = 60.0


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of it.

    Args:
        seconds: from the first question to the last answer.
        waits: seconds from each question to its answer, ascending.
        errors: answers that were none: another status than 200, a connection that broke.
        mismatched: answers to another question, or with nothing in them.
        firsts: number of the body -> the ids that were suggested first whenever it was asked.
        cpu: seconds of processor time that this process took meanwhile.
        told: what was wrong with the first error, "" without one.
    """

    seconds: float
    waits: tuple[float, ...]
    errors: int
    mismatched: int
    firsts: dict[str, tuple[str, ...]]
    cpu: float
    told: str = ""


@dataclass
class Log:
    """What the clients have noted down so far.

    Args:
        answers: (body, seconds, status line and answer) of each that came.
        errors: how many did not come.
        told: what was wrong with the first of those.
    """

    answers: list[tuple[int, float, bytes, bytes]] = field(default_factory=list)
    errors: int = 0
    told: str = ""

    def fail(self, told: str) -> None:
        """Count what went wrong."""
        self.errors += 1
        self.told = self.told or told


async def ask(load: Load) -> Outcome:
    """Ask until the time is over, then read the answers."""
    log = Log()
    began, cpu = time.perf_counter(), time.process_time()
    step = len(load.bodies) / load.clients
    places = [int(number * step) for number in range(load.clients)]
    await asyncio.gather(*(_visit(load, place, began + load.seconds, log) for place in places))
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    return _outcome(load, log, seconds, cpu)


async def _visit(load: Load, place: int, end: float, log: Log) -> None:
    """One client: it connects anew only where its connection broke."""
    requests = _requests(load, place)
    while time.perf_counter() < end:
        try:
            reader, writer = await asyncio.open_connection(load.host, load.port)
        except OSError as error:
            log.fail(f"no connection: {error}")
            await asyncio.sleep(0.1)
            continue
        try:
            await _talk(reader, writer, requests, end, log)
        except (OSError, EOFError, ValueError, TimeoutError) as error:
            log.fail(f"{type(error).__name__}: {error}")
        finally:
            writer.close()


async def _talk(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    requests: Iterator[tuple[int, bytes]],
    end: float,
    log: Log,
) -> None:
    """Ask over one connection until the time is over.

    Raises:
        OSError: the connection broke.
        EOFError: it was closed.
        ValueError: an answer does not tell its length.
        TimeoutError: an answer did not come.
    """
    while (asked := time.perf_counter()) < end:
        place, request = next(requests)
        writer.write(request)
        async with asyncio.timeout(PATIENCE):
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(_length(head))
        log.answers.append((place, time.perf_counter() - asked, head[:12], body))


def _requests(load: Load, place: int) -> Iterator[tuple[int, bytes]]:
    """Each body as a whole request, from one of them on, round and round."""
    while True:
        place = (place + 1) % len(load.bodies)
        body = load.bodies[place].encode()
        head = (
            f"POST {load.path} HTTP/1.1\r\nHost: {load.host}:{load.port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        yield place, head.encode() + body


def _length(head: bytes) -> int:
    """Bytes of the body.

    Raises:
        ValueError: the head does not tell.
    """
    _, found, rest = head.lower().partition(b"\r\ncontent-length:")
    if not found:
        raise ValueError(f"no Content-Length in {head[:80]!r}")
    return int(rest.partition(b"\r\n")[0])


def _outcome(load: Load, log: Log, seconds: float, cpu: float) -> Outcome:
    """Read the answers, and sum up."""
    mismatched = 0
    firsts: dict[int, set[str]] = {}
    for place, _, status, body in log.answers:
        if not status.endswith(b" 200"):
            log.fail(f"{status!r}: {body[:300]!r}")
            continue
        answer = json.loads(body)
        if not fits(json.loads(load.bodies[place]), answer):
            mismatched += 1
            log.told = log.told or f"{load.bodies[place]} was answered {body[:300]!r}"
        elif "suggestions" in answer:
            firsts.setdefault(place, set()).add(answer["suggestions"][0]["id"])
    return Outcome(
        seconds=seconds,
        waits=tuple(sorted(wait for _, wait, *_ in log.answers)),
        errors=log.errors,
        mismatched=mismatched,
        firsts={str(place): tuple(sorted(found)) for place, found in firsts.items()},
        cpu=cpu,
        told=log.told,
    )


def fits(asked: dict[str, Any], answer: dict[str, Any]) -> bool:
    """Whether an answer is one to the question: about its pieces, of its category, not empty."""
    given = [piece["id"] for piece in answer["pieces"]]
    if given != asked["pieces"]:
        return False
    if "suggestions" not in answer:
        return 0 <= float(answer["probability"]) <= 1
    found = answer["suggestions"]
    wanted = asked.get("category")
    kinds = all(wanted in (None, piece["category"], piece["fine"]) for piece in found)
    new = {piece["id"] for piece in found}.isdisjoint(given)
    return 0 < len(found) <= asked.get("k", 10) and kinds and new


def main() -> None:
    """Read a `Load`, write its `Outcome`."""
    load = Load(**json.load(sys.stdin))
    if find_spec("uvloop") is not None:
        import uvloop

        outcome = uvloop.run(ask(load))
    else:
        outcome = asyncio.run(ask(load))
    json.dump(asdict(outcome), sys.stdout)


if __name__ == "__main__":
    main()
