"""Every request is timed, counted and logged, and no defect reaches the caller as a traceback."""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from modiste.serving.logs import SERVICE, log_request
from modiste.serving.metrics import Metrics
from modiste.serving.problems import Problem
from modiste.serving.refusals import refuse

UNMATCHED = "unmatched"
_DEFECT = "The service met a defect of its own; report it with this request's id."


class Observed:
    """Times, counts and logs what is answered, by the route's template and not by its path."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an HTTP request on, and write down how it went."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        answer = _Answer(
            send, lambda answer: self._write_down(scope, answer, time.perf_counter() - began)
        )
        self.metrics.began()
        try:
            await self.app(scope, receive, answer.send)
        except Exception:
            SERVICE.exception("a request failed: %s", scope["state"]["request_id"])
            if answer.status:  # the head has been sent: all that is left is to cut it off
                raise
            await refuse(Problem("internal", _DEFECT), scope, answer.send)
        finally:
            answer.end()

    def _write_down(self, scope: Scope, answer: _Answer, seconds: float) -> None:
        route = route_template(scope)
        status = answer.status or 499  # nobody waited for an answer
        self.metrics.ended(scope["method"], route, status, seconds)
        client = scope.get("client")
        fields: dict[str, object] = {
            "id": scope["state"]["request_id"],
            "method": scope["method"],
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 1),
            "bytes": answer.sent,
            "client": client[0] if client else None,
        }
        log_request(fields, status)


class _Answer:
    """What is sent, and once what becomes of it is known, word of that.

    The word goes out before the last part does: who has been answered finds the answer counted.
    """

    def __init__(self, send: Send, ended: Callable[[_Answer], object]) -> None:
        self._send, self._ended = send, ended
        self.status = self.sent = 0
        self._over = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif message["type"] == "http.response.body":
            self.sent += len(message.get("body", b""))
            if not message.get("more_body"):
                self.end()
        await self._send(message)

    def end(self) -> None:
        if not self._over:
            self._over = True
            self._ended(self)


def route_template(scope: Scope) -> str:
    """`/v1/items/{item_id}` rather than the path asked for: a bounded set, and no one's ids."""
    template = getattr(scope.get("route"), "path", None)
    if isinstance(template, str) and template:
        return template.replace(":path}", "}")
    return "/static" if scope["path"].startswith("/static/") else UNMATCHED
