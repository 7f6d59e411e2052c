"""The process of `modiste serve`: listen at once, load meanwhile, stop with good manners."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.server import HANDLED_SIGNALS

from modiste.serving.connections import guarded
from modiste.serving.edge_settings import EdgeSettings
from modiste.serving.listening import BACKLOG, allowed_connections, listen, url_of
from modiste.serving.waking import Waking
from modiste.serving.watch import Watch

if TYPE_CHECKING:
    from fastapi import FastAPI

    from modiste.serving.house import House

KEEP_ALIVE_SECONDS = 20
GRACE_SECONDS = 25


@dataclass(frozen=True, kw_only=True)
class Listening:
    """Where to listen, and what to do once the service is ready.

    Args:
        host: name or address of this machine; 127.0.0.1: no other machine can call.
        port: 0 takes any free one.
        opens: open the page in this machine's browser.
        announce: told the address and the number of items, once, when the service is ready.
        idle: seconds without a request after which the service ends; None: never.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    opens: bool = False
    announce: Callable[[str, int], object] = print
    idle: float | None = None


Build = Callable[[EdgeSettings], "tuple[FastAPI, House]"]
"""Makes the application and its house, not loaded yet; imports what is heavy."""


def serve(build: Build, edge: EdgeSettings, listening: Listening) -> None:
    """Serve until SIGTERM or SIGINT; what runs by then is finished first.

    The socket listens before anything heavy is imported; `/v1/health` answers from then on, all
    else with 503 until the house is loaded.

    Raises:
        Misuse: it cannot listen there.
        ModisteError: the run or its catalogue cannot be loaded.
    """
    sock = listen(listening.host, listening.port)
    edge = replace(
        edge,
        bound=listening.host,
        max_connections=allowed_connections(edge.max_connections),
    )
    waking = Waking(edge)
    server = _Server(
        uvicorn.Config(
            waking,
            http=guarded(edge),
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            proxy_headers=False,  # the edge does it, for proxies that were named
            server_header=False,
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )
    start = _Start(build, edge, server, waking, sock, listening)
    server.on_start = start.begin
    server.run(sockets=[sock])
    start.end()


class _Server(uvicorn.Server):
    """uvicorn, ending with exit code 0 on the signals that ask it to end."""

    on_start: Callable[[], object]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.on_start()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn does, without raising the signals again once all is finished."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in HANDLED_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@dataclass
class _Start:
    """Builds and loads in a thread while the server answers; then watches the catalogue."""

    build: Build
    edge: EdgeSettings
    server: _Server
    waking: Waking
    sock: socket.socket
    listening: Listening
    watch: Watch | None = None
    error: Exception | None = None

    def begin(self) -> None:
        self.url = url_of(self.sock)
        self.loop = asyncio.get_running_loop()
        threading.Thread(target=self._work, name="modiste-start", daemon=True).start()

    def end(self) -> None:
        if self.watch is not None:
            self.watch.stop()
        if self.error is not None:
            raise self.error

    def _work(self) -> None:
        try:
            app, house = self.build(self.edge)
            served = house.open()
            asyncio.run_coroutine_threadsafe(self.waking.wake(app), self.loop).result()
        except Exception as error:  # shown by the command line once the server has ended
            self.error = error
            self.server.should_exit = True
            return
        self.watch = Watch(house, swapped=app.state.metrics.swapped)
        self.watch.start()
        self.listening.announce(self.url, len(served.items))
        if self.listening.opens:
            webbrowser.open(self.url)
        if self.listening.idle is not None:
            self._leave_when_idle(self.listening.idle)

    def _leave_when_idle(self, seconds: float) -> None:
        seen, since = self.server.server_state.total_requests, time.monotonic()
        while not self.server.should_exit and time.monotonic() - since < seconds:
            time.sleep(min(0.5, seconds))
            if (asked := self.server.server_state.total_requests) != seen:
                seen, since = asked, time.monotonic()
        self.server.should_exit = True
