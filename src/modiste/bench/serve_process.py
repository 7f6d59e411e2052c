"""`modiste serve` as people start it, in a process of its own on a free port."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

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
