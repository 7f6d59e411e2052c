"""The process of `modiste serve`: listen at once, load meanwhile, stop with good manners.

Until the service is loaded, health is answered, and all else with "in a moment".
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import signal
import socket
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import uvicorn
from fastapi import FastAPI, Request
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import HANDLED_SIGNALS

from modiste.errors import Misuse
from modiste.serving.edge.connections import guarded
from modiste.serving.edge.middleware import install_edge
from modiste.serving.problems import Problem, problem_answer
from modiste.serving.settings import EdgeSettings
from modiste.serving.watch import CatalogueWatch

if TYPE_CHECKING:
    from modiste.serving.service import Service

BACKLOG = 1024
KEEP_ALIVE_SECONDS = 20
GRACE_SECONDS = 25
SPARE_FILES = 200  # for the catalogue, photographs, the database and the rest of the process


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any free one.

    Raises:
        Misuse: the port is taken or not allowed, or the host is not one of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise Misuse(f"--host {host}: no such host; 127.0.0.1 is this machine alone.") from error
    try:
        # A service that was killed leaves its port in a state that would hold it for a minute.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        raise Misuse(_why_not(error, host, port)) from error
    return listening


def is_loopback(host: str) -> bool:
    """Whether only this machine can call a service that listens on `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def url_of(listening: socket.socket) -> str:
    """The address to give to a browser on this machine."""
    host, port = listening.getsockname()[:2]
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)
    return f"http://{f'[{name}]' if ':' in name and '[' not in name else name}:{port}"


def allowed_connections(wished: int) -> int:
    """How many connections to take: `wished`, or what the system's limit of open files leaves."""
    with suppress(ImportError):  # not on Windows
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = wished + SPARE_FILES
        if soft < wanted:
            soft = min(wanted, hard)
            with suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return max(10, min(wished, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - SPARE_FILES))
    return wished


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is in use; give another with --port, or --port 0 for any that "
            "is free."
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Port {port} is not open to this user; give one above 1023 with --port."
    return f"Cannot listen on {host}, port {port}: {error.strerror or error}; see --host."


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


Build = Callable[[EdgeSettings], "tuple[FastAPI, Service]"]
"""Makes the application and its service, not loaded yet; imports what is heavy."""


def serve(build: Build, edge: EdgeSettings, listening: Listening) -> None:
    """Serve until SIGTERM or SIGINT; what runs by then is finished first.

    The socket listens before anything heavy is imported; `/v1/health` answers from then on, all
    else with 503 until the service is loaded.

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
    watch: CatalogueWatch | None = None
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
            app, service = self.build(self.edge)
            served = service.open()
            asyncio.run_coroutine_threadsafe(self.waking.wake(app), self.loop).result()
        except Exception as error:  # shown by the command line once the server has ended
            self.error = error
            self.server.should_exit = True
            return
        self.watch = CatalogueWatch(service, swapped=app.state.metrics.swapped)
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


_EVERY_METHOD = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class Waking:
    """Stands where the application will be, so that the socket can listen from the start."""

    def __init__(self, settings: EdgeSettings) -> None:
        self._app: ASGIApp = _early(settings)
        self._life: AbstractAsyncContextManager[object] | None = None

    async def wake(self, app: FastAPI) -> None:
        """Let `app` answer from the next request on, once its own start is done."""
        self._life = app.router.lifespan_context(app)
        await self._life.__aenter__()
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with what there is by now."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._app(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """The server's start is at once; its end is the application's."""
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        if self._life is not None:
            await self._life.__aexit__(None, None, None)
        await send({"type": "lifespan.shutdown.complete"})


def _early(settings: EdgeSettings) -> FastAPI:
    app = FastAPI(openapi_url=None)

    @app.api_route("/v1/health", methods=["GET", "HEAD"])
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    install_edge(app, settings)

    @app.api_route("/{path:path}", methods=_EVERY_METHOD)
    async def later(path: str, request: Request) -> object:
        problem = Problem("not_ready", "The stylist is getting ready; ask again in a moment.")
        return problem_answer(problem, request)

    return app
