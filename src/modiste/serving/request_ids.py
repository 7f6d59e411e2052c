"""Every request has an id: in the answer, in an error, and in the log."""

from __future__ import annotations

import random
import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

WELL_FORMED = re.compile(rb"[A-Za-z0-9._:-]{1,64}")


class RequestIds:
    """Takes a well-formed X-Request-ID or makes one; kept as `scope["state"]["request_id"]`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an HTTP request on with its id, and give the id back with the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        # No secret: asking the system for each would let go of the interpreter every time.
        request_id = _given(scope) or b"%016x" % random.getrandbits(64)
        scope.setdefault("state", {})["request_id"] = request_id.decode("ascii")

        async def identified(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": _with_id(message.get("headers", ()), request_id)}
            await send(message)

        await self.app(scope, receive, identified)


def _given(scope: Scope) -> bytes | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            return bytes(value) if WELL_FORMED.fullmatch(value) else None
    return None


def _with_id(headers: object, request_id: bytes) -> list[tuple[bytes, bytes]]:
    kept = [pair for pair in headers if pair[0].lower() != b"x-request-id"]  # type: ignore[attr-defined]
    return [*kept, (b"x-request-id", request_id)]
