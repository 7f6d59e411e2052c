"""How large a request may be, and how long its body may take to arrive."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from modiste.serving.problems import Problem, refuse
from modiste.serving.settings import EdgeSettings

MOST_HEADERS = 100
MOST_HEADER_BYTES = 32 * 1024
FORM_BYTES = 64 * 1024
UPLOAD_PATH = "/v1/uploads"
UPLOAD_PATIENCE = 4


class BodyLimits:
    """Middleware: refuses long URLs, many headers, bodies that are large or slow."""

    def __init__(self, app: ASGIApp, settings: EdgeSettings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an HTTP request on while it keeps within the limits."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        length = _declared(scope)
        limit, seconds = self._allowed(scope)
        refusal = self._head_refusal(scope) or _too_large(length, limit)
        if refusal is not None:
            await refuse(refusal, scope, send)
        elif length == 0:
            await self.app(scope, receive, send)
        else:
            await _Reading(receive, send, limit, seconds).run(self.app, scope)

    def _allowed(self, scope: Scope) -> tuple[int, float]:
        settings = self.settings
        if scope["path"] == UPLOAD_PATH:
            return settings.max_upload + FORM_BYTES, settings.body_seconds * UPLOAD_PATIENCE
        return settings.max_body, settings.body_seconds

    def _head_refusal(self, scope: Scope) -> Problem | None:
        url = len(scope.get("raw_path") or b"") + len(scope["query_string"])
        if url > self.settings.max_url:
            most = self.settings.max_url
            return _problem("url_too_long", f"The address is over {most} bytes; shorten it.")
        headers = scope["headers"]
        if len(headers) > MOST_HEADERS or (
            sum(len(name) + len(value) for name, value in headers) > MOST_HEADER_BYTES
        ):
            return head_too_large()
        return None


def head_too_large() -> Problem:
    """More headers than anybody needs."""
    return _problem(
        "headers_too_large",
        f"More than {MOST_HEADERS} headers, or {MOST_HEADER_BYTES // 1024} kB of them; send fewer.",
    )


class _Reading:
    """One request whose body is still arriving.

    Where the body grows too large or too slow, the application is told by an exception, what it
    says after that is dropped, and the refusal is the answer.
    """

    def __init__(self, receive: Receive, send: Send, limit: int, seconds: float) -> None:
        self.receive, self.answer = receive, send
        self.limit, self.seconds = limit, seconds
        self.deadline = asyncio.get_running_loop().time() + seconds
        self.read = 0
        self.complete = self.started = False
        self.refusal: Problem | None = None

    async def run(self, app: ASGIApp, scope: Scope) -> None:
        try:
            await app(scope, self.next, self.send)
        except HTTPException:
            if self.refusal is None:
                raise
        if self.refusal is not None and not self.started:
            await refuse(self.refusal, scope, self.answer)

    async def next(self) -> Message:
        if self.complete:
            return await self.receive()
        try:
            async with asyncio.timeout_at(self.deadline):
                message = await self.receive()
        except TimeoutError:
            sentence = f"The body did not arrive within {self.seconds:g} s; send it again."
            raise self._stop(_problem("too_slow", sentence)) from None
        self.complete = not message.get("more_body", False)
        self.read += len(message.get("body", b""))
        if (too_large := _too_large(self.read, self.limit)) is not None:
            raise self._stop(too_large)
        return message

    async def send(self, message: Message) -> None:
        if self.refusal is not None and not self.started:
            return
        self.started = True
        await self.answer(message)

    def _stop(self, refusal: Problem) -> HTTPException:
        self.refusal = refusal
        return HTTPException(refusal.status, refusal.message)


def _declared(scope: Scope) -> int | None:
    """Bytes of the body as the head says; None where it is streamed, 0 where there is none."""
    length: int | None = 0
    for name, value in scope["headers"]:
        if name == b"transfer-encoding":
            return None
        if name == b"content-length":
            length = int(value) if value.isdigit() else None
    return length


def _too_large(size: int | None, limit: int) -> Problem | None:
    if size is None or size <= limit:
        return None
    return Problem("too_large", f"The body is larger than {limit} bytes; send less at a time.")


def _problem(code: str, message: str) -> Problem:
    """A problem after which the connection is closed: the rest is not worth reading."""
    return Problem(code, message, headers={"Connection": "close"})
