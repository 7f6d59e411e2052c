"""Start the studio and a Chromium that looks at it: for its photographs and its browser tests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# No sandbox: containers and CI run as root. The rest keeps Chromium itself off the network.
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
)
START = 90.0
"""Seconds that a server may take to be ready, on a machine that does other things as well."""


def chromium() -> str | None:
    """Path of the system's Chromium; None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def launch(playwright: Any) -> Any:
    """A headless browser of `playwright`, a `Playwright` of its sync API; the caller closes it."""
    return playwright.chromium.launch(executable_path=chromium(), args=list(OPTIONS))


@contextmanager
def served(run: Path, folder: Path, *options: str) -> Iterator[str]:
    """Serve `run` on a free port of loopback; gives the address, ends the process afterwards.

    Args:
        run: a trained run.
        folder: where the server writes: its log `serve.log`, and what it keeps.
        options: more options of `modiste serve`.

    Raises:
        RuntimeError: the server ended or was not ready in time; holds the end of its log.
    """
    port = _free_port()
    log = folder / "serve.log"
    command = [sys.executable, "-m", "modiste.cli", "serve", str(run), "--port", str(port)]
    with log.open("wb") as out:
        server = subprocess.Popen(
            [*command, *options],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"},
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_ready(server, url, log)
            yield url
        finally:
            _end(server)


LARGEST = """() => new Promise((resolve) => {
    let last = 0;
    new PerformanceObserver((list) => { last = list.getEntries().at(-1).startTime; })
        .observe({type: "largest-contentful-paint", buffered: true});
    setTimeout(() => resolve(last), 500);
})"""


def largest_contentful_paint(page: Any) -> float:
    """Seconds from the visit's start until the largest thing on a page that is open was drawn."""
    milliseconds: float = page.evaluate(LARGEST)
    return milliseconds / 1000


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_until_ready(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + START
    while time.monotonic() < until:
        if server.poll() is not None:
            raise RuntimeError(f"The server ended with {server.returncode}:\n{_end_of(log)}")
        try:
            with urllib.request.urlopen(f"{url}/v1/ready", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"The server was not ready within {START:.0f} s:\n{_end_of(log)}")


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(15)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _end_of(log: Path) -> str:
    return log.read_text("utf-8", errors="replace")[-3000:]
