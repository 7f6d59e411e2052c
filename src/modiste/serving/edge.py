"""What every request passes through before a route sees it: plain ASGI, outermost first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Response
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from modiste.serving.bodies import BodyLimits
from modiste.serving.edge_settings import EdgeSettings
from modiste.serving.headers import SecurityHeaders
from modiste.serving.hosts import AllowedHosts, AllowedOrigins
from modiste.serving.limits import RateLimits
from modiste.serving.metrics import CONTENT_TYPE, Metrics
from modiste.serving.observed import Observed
from modiste.serving.request_ids import RequestIds

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
