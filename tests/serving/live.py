"""A service in a process of its own, and raw connections to it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Live:
    """A service that listens.

    Args:
        process: started by the test.
        url: where it said that it is.
        log: its standard error so far.
        seconds: from its start until it was ready.
    """

    process: subprocess.Popen[str]
    url: str
    log: list[str]
    seconds: float

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        assert parts.hostname is not None and parts.port is not None
        return parts.hostname, parts.port

    def client(self, seconds: float = 20.0) -> httpx2.Client:
        """A client with keep-alive."""
        return httpx2.Client(base_url=self.url, timeout=seconds)

    def connect(self) -> socket.socket:
        """A raw connection."""
        return socket.create_connection(self.address, timeout=20)

    def memory(self) -> float:
        """Its resident memory, in MB."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def started(*words: str, seconds: float = 120.0) -> Iterator[Live]:
    """Start a Python program that prints its address when it is ready; ended with the block."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
    )
    log: list[str] = []
    assert process.stdout is not None and process.stderr is not None
    reader = threading.Thread(target=log.extend, args=(process.stderr,), daemon=True)
    reader.start()
    late = threading.Timer(seconds, process.kill)
    late.start()
    try:
        line = process.stdout.readline()
        late.cancel()
        urls = [word for word in line.split() if word.startswith("http://")]
        if not urls:
            process.wait(20)
            reader.join(5)
            raise AssertionError(f"no address, exit code {process.returncode}: {''.join(log)}")
        yield Live(process, urls[0], log, time.perf_counter() - began)
    finally:
        late.cancel()
        if process.poll() is None:
            process.kill()
        process.wait(20)
        reader.join(5)
        process.stdout.close()
        process.stderr.close()


@contextmanager
def small(**told: Any) -> Iterator[Live]:
    """The small service of `small_service.py`."""
    with started("-m", "tests.serving.small_service", json.dumps(told)) as live:
        yield live


@contextmanager
def modiste_serve(run: Path, *options: str) -> Iterator[Live]:
    """`modiste serve RUN` on a free port."""
    words = ("-m", "modiste.cli", "serve", str(run), "--port", "0", *options)
    with started(*words) as live:
        yield live


def closed_within(connection: socket.socket, seconds: float) -> tuple[bytes, float] | None:
    """What came before the other side closed, and after how long; None: it did not."""
    began, got = time.perf_counter(), b""
    connection.settimeout(seconds)
    try:
        while part := connection.recv(65536):
            got += part
    except TimeoutError:
        return None
    except ConnectionError:
        pass
    return got, time.perf_counter() - began
