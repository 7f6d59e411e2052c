"""The middleware that every request passes before a route sees it: plain ASGI, outermost first."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

from fastapi import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from modiste.serving.edge.access import AllowedHosts, AllowedOrigins
from modiste.serving.edge.bodies import BodyLimits
from modiste.serving.edge.limits import RateLimits
from modiste.serving.edge.observe import CONTENT_TYPE, Metrics, Observed
from modiste.serving.settings import EdgeSettings

WELL_FORMED = re.compile(rb"[A-Za-z0-9._:-]{1,64}")


class RequestIds:
    """Middleware: takes a well-formed X-Request-ID or makes one.

    Kept as `scope["state"]["request_id"]`.
    """

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


POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' blob: data:",  # photographs before they are uploaded, the board as PNG
        "style-src 'self'",
        "script-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),  # what older browsers read instead of frame-ancestors
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (
        b"permissions-policy",
        b"camera=(self), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
    ),
)


class SecurityHeaders:
    """Middleware: adds them to every answer; one that a route set itself stays as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an HTTP request on, and add the headers to the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                there = {name.lower() for name, _ in headers}
                headers.extend(pair for pair in SECURITY_HEADERS if pair[0] not in there)
                message = {**message, "headers": headers}
            await send(message)

        await self.app(scope, receive, secured)


if TYPE_CHECKING:
    from fastapi import FastAPI


def install_edge(app: FastAPI, settings: EdgeSettings) -> None:
    """Put request ids, logs, measures, headers, allow-lists and limits around `app`.

    Call it once. Adds `/v1/metrics`; takes the `Metrics` of `app.state.metrics`, or puts one
    there. `keys.require_key(request)` works from then on. A test client that calls itself by
    another name than localhost has to stand in `settings.hosts`.
    """
    metrics: Metrics = getattr(app.state, "metrics", None) or Metrics()
    app.state.metrics = metrics
    app.state.key_digests = settings.key_digests

    @app.get("/v1/metrics", tags=["service"], response_class=Response)
    async def measures() -> Response:
        """What the service did so far, in Prometheus' text format."""
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    # The one added last is the outermost.
    app.add_middleware(BodyLimits, settings=settings)
    app.add_middleware(RateLimits, settings=settings)
    app.add_middleware(AllowedOrigins, origins=settings.origins)
    app.add_middleware(AllowedHosts, bound=settings.bound, hosts=settings.hosts)
    app.add_middleware(Observed, metrics=metrics)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestIds)
    if settings.trusted_proxies:
        app.add_middleware(
            ProxyHeadersMiddleware,
            trusted_hosts=list(settings.trusted_proxies),
        )
