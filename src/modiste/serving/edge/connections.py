"""Connections that are slow on purpose, or too many: uvicorn's HTTP protocol with time limits.

uvicorn closes a connection that is idle between two requests. It waits for ever for the first
request, for the rest of a head, and for a client that does not read its answer; a head may grow
without end, and so may the requests that are sent ahead of their answers. Here each of these has
a limit, and when all places are taken the connection that has waited longest for its next request
makes room. So it is with the places of one address; where none of its own has waited for a moment,
one more is refused.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any, ClassVar, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from modiste.serving.edge.bodies import MOST_HEADER_BYTES, MOST_HEADERS, head_too_large
from modiste.serving.edge.limits import Holders
from modiste.serving.problems import Problem, problem_body
from modiste.serving.settings import EdgeSettings

UNREAD_SECONDS = 30.0
LINGER_SECONDS = 5.0
REFUSED_SECONDS = 2.0
IDLE_SECONDS = 1.0  # a connection that has waited less may have its next request on the way
MOST_PIPELINED = 20  # requests sent ahead of their answers; no browser does


class GuardedProtocol(HttpToolsProtocol):
    """One connection of the service; `guarded` makes a class of it for given settings."""

    settings: ClassVar[EdgeSettings]
    holders: ClassVar[Holders]
    waiting: ClassVar[OrderedDict[GuardedProtocol, float]]  # without a request, since when

    _holder: str | None = None
    _is_refused = False
    _is_told = False
    _head_clock: asyncio.TimerHandle | None = None
    _unread_clock: asyncio.TimerHandle | None = None
    _head_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Make room if there is none, and start waiting for the first head."""
        super().connection_made(cast(asyncio.Transport, transport))
        self._wait()
        self._await_head()
        self._holder = self.holders.holder(self.client)
        if not self.holders.take(self._holder) and not self._displaces_another():
            self._turn_away()
        if len(self.connections) > self.settings.max_connections:
            longest, _ = self.waiting.popitem(last=False)
            longest.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection and its clocks."""
        self.waiting.pop(self, None)
        self._give_back()
        self._stop_head_clock()
        if self._unread_clock is not None:
            self._unread_clock.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; a head that is not complete yet may not grow without end."""
        if self._is_refused:
            self._say_why()
            return
        if self._head_clock is None and self._between_requests():
            self._await_head()
        super().data_received(data)
        if self._head_clock is not None and not self._discarding():
            self._head_bytes += len(data)
            if self._head_bytes > 2 * MOST_HEADER_BYTES:
                self._refuse(head_too_large())

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, or what follows a chunked body; twice what is allowed is enough."""
        if len(self.headers) < 2 * MOST_HEADERS:
            super().on_header(name, value)
        else:
            self.transport.abort()

    def on_headers_complete(self) -> None:
        """The head is there: the request's own limits count from now on."""
        self._stop_head_clock()
        self.waiting.pop(self, None)
        super().on_headers_complete()
        if len(self.pipeline) > MOST_PIPELINED:
            self.transport.abort()
            raise ConnectionAbortedError  # ends the parser: the rest of what came is not read

    def on_response_complete(self) -> None:
        """Wait for the next request, or for the rest of a body that nobody wants.

        That is read and thrown away for a moment: a client that is cut off while it still sends
        would never see why its request was refused.
        """
        unread = self.cycle.more_body and not self.pipeline
        super().on_response_complete()
        if self.transport.is_closing():
            self._close()
        elif unread:
            self._head_clock = self.loop.call_later(LINGER_SECONDS, self._close)
        elif self._between_requests():
            self._wait()

    def on_message_complete(self) -> None:
        """All of a request is there; if it was answered before, the next one may come."""
        answered = self.cycle.response_complete
        super().on_message_complete()
        if answered:
            self._stop_head_clock()
            self._wait()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP in the one error shape."""
        self._refuse(Problem("malformed", "This is not a request in HTTP/1.1; see docs/api.md."))

    def pause_writing(self) -> None:
        """The client does not read: it has a while to go on."""
        super().pause_writing()
        self._unread_clock = self.loop.call_later(UNREAD_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """The client reads again."""
        super().resume_writing()
        if self._unread_clock is not None:
            self._unread_clock.cancel()
            self._unread_clock = None

    def timeout_keep_alive_handler(self) -> None:
        """No further request came."""
        self._close()

    def _wait(self) -> None:
        self.waiting.pop(self, None)
        self.waiting[self] = self.loop.time()

    def _displaces_another(self) -> bool:
        """Close the connection of the same address that has waited longest, if for long enough."""
        for other, since in self.waiting.items():
            if self.loop.time() - since < IDLE_SECONDS:
                return False
            if other._holder is not None and other._holder == self._holder:
                del self.waiting[other]
                other._give_back()
                other._close()
                return True
        return False

    def _turn_away(self) -> None:
        """Say no to the first request, and be the first to go where room is needed."""
        self._give_back()
        self._is_refused = True
        self.waiting.move_to_end(self, last=False)
        self._stop_head_clock()
        self._head_clock = self.loop.call_later(REFUSED_SECONDS, self._close)

    def _say_why(self) -> None:
        """Answer the first request once; what else comes is not read."""
        if self._is_told or self.transport.is_closing():
            return
        self._is_told = True
        text = (
            f"This address has {self.settings.connections_per_address} connections open, which is "
            "the most; close some, or start the service with --connections N."
        )
        self.transport.write(_answer(Problem("too_many_requests", text)))
        self.transport.write_eof()

    def _give_back(self) -> None:
        self.holders.give_back(self._holder)
        self._holder = None

    def _between_requests(self) -> bool:
        return (self.cycle is None or self.cycle.response_complete) and not self.pipeline

    def _discarding(self) -> bool:
        return self.cycle is not None and self.cycle.response_complete and self.cycle.more_body

    def _await_head(self) -> None:
        self._head_bytes = 0
        self._head_clock = self.loop.call_later(self.settings.header_seconds, self._close)

    def _stop_head_clock(self) -> None:
        if self._head_clock is not None:
            self._head_clock.cancel()
            self._head_clock = None

    def _close(self) -> None:
        """Close; a client that does not even read what was written is cut off soon after."""
        if not self.transport.is_closing():
            self.transport.close()
        self.loop.call_later(LINGER_SECONDS, self.transport.abort)

    def _refuse(self, problem: Problem) -> None:
        if self.transport.is_closing():
            return
        self.transport.write(_answer(problem))
        self._close()


def _answer(problem: Problem) -> bytes:
    """All of an answer that no application gave."""
    body = problem_body(problem, "")
    headers = {
        **problem.headers,
        "content-type": "application/json",
        "content-length": str(len(body)),
        "connection": "close",
    }
    lines = "".join(f"{name.lower()}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {problem.status} Refused\r\n{lines}\r\n".encode() + body


def guarded(settings: EdgeSettings) -> type[GuardedProtocol]:
    """The protocol of a service with these settings; what waits is known to that service alone."""
    own: dict[str, Any] = {
        "settings": settings,
        "holders": Holders(settings),
        "waiting": OrderedDict(),
    }
    return type("GuardedConnection", (GuardedProtocol,), own)
