"""What answers while the service is still being imported and loaded: health, and "in a moment"."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from fastapi import FastAPI, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from modiste.serving.edge.middleware import install_edge
from modiste.serving.problems import Problem, problem_answer
from modiste.serving.settings import EdgeSettings

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
