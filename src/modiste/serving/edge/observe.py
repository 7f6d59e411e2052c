"""Every request is timed, counted and logged, and no defect reaches the caller as a traceback.

Labels for Prometheus are from small sets that are known beforehand. A log line is JSON, and never
holds a body, a query or a key.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TextIO

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from modiste.serving.problems import Problem, refuse

METHODS = frozenset({"GET", "HEAD", "POST", "DELETE", "OPTIONS"})
CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series a label for what the process's start time says already

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128)


class Metrics:
    """The measures of one service, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)  # memory, CPU and open files, on Linux
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._requests = Counter(
            "modiste_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "modiste_request_seconds",
            "From the head of a request to the end of its answer.",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._in_flight = Gauge(
            "modiste_requests_in_flight", "Requests being answered.", registry=self.registry
        )
        self._batch_sizes = Histogram(
            "modiste_batch_size",
            "Requests that shared one call of the model.",
            buckets=_SIZES,
            registry=self.registry,
        )
        self._model_seconds = Histogram(
            "modiste_model_call_seconds",
            "One call of the model.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._swaps = Counter(
            "modiste_catalogue_swaps",
            "New versions of the catalogue taken up, or not.",
            ("outcome",),
            registry=self.registry,
        )

    def began(self) -> None:
        """A request came in."""
        self._in_flight.inc()

    def ended(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._in_flight.dec()
        known = method if method in METHODS else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def called_model(self, size: int, seconds: float) -> None:
        """`size` requests shared one call of the model that took `seconds`."""
        self._batch_sizes.observe(size)
        self._model_seconds.observe(seconds)

    def swapped(self, succeeded: bool) -> None:
        """A new version of the catalogue was taken up, or failed to be."""
        self._swaps.labels("taken" if succeeded else "failed").inc()

    def read_when_asked(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        """Show `value()` as the gauge `modiste_<name>` whenever somebody asks."""
        Gauge(f"modiste_{name}", meaning, registry=self.registry).set_function(value)

    def text(self) -> bytes:
        """All of it, in Prometheus' text format 0.0.4."""
        return generate_latest(self.registry)


REQUESTS = logging.getLogger("modiste.serving.requests")
SERVICE = logging.getLogger("modiste.serving")
_FIELDS = "fields"


class JsonLines(logging.Formatter):
    """Time, level and message, or the fields that a record carries; a traceback under `trace`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON; line ends and control characters of a message are escaped by it."""
        moment = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, object] = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
        }
        fields = getattr(record, _FIELDS, None)
        line.update(fields if isinstance(fields, dict) else {"message": record.getMessage()})
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def write_logs(*, requests: bool = True, stream: TextIO | None = None) -> None:
    """Send the service's lines, and the server's warnings, to `stream` (standard error).

    Args:
        requests: also a line for every request answered, not only for those that failed.
        stream: where to; standard error if absent.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    for name, level in (
        ("modiste.serving", logging.INFO),
        ("uvicorn", logging.WARNING),
        ("uvicorn.error", logging.WARNING),
        ("python_multipart", logging.ERROR),  # it warns of what callers get wrong
    ):
        logger = logging.getLogger(name)
        logger.handlers = [] if name == "uvicorn.error" else [handler]
        logger.setLevel(level)
        logger.propagate = name == "uvicorn.error"
    REQUESTS.setLevel(logging.INFO if requests else logging.ERROR)


def log_request(fields: dict[str, object], status: int) -> None:
    """Write the line of one request; what the service itself got wrong is an error."""
    level = logging.ERROR if status == 500 else logging.INFO
    if REQUESTS.isEnabledFor(level):
        REQUESTS.log(level, "request", extra={_FIELDS: fields})


UNMATCHED = "unmatched"
_DEFECT = "The service met a defect of its own; report it with this request's id."


class Observed:
    """Middleware: times, counts and logs what is answered.

    By the route's template and not by its path.
    """

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
