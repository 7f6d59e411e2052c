"""A small application behind the edge, for tests of the edge alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.testclient import TestClient

from modiste.serving.edge.access import require_key
from modiste.serving.edge.middleware import install_edge
from modiste.serving.problems import Problem, problem_answer
from modiste.serving.settings import EdgeSettings

HERE = "http://localhost"


def app_with(**settings: Any) -> FastAPI:
    """Routes that echo, count bytes, write, and break; behind the edge."""
    app = FastAPI()

    @app.get("/v1/items/{item_id:path}")
    async def item(item_id: str) -> dict[str, str]:
        return {"id": item_id}

    @app.post("/v1/score")
    async def score(request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    @app.post("/v1/compose")
    async def compose() -> dict[str, str]:
        return {}

    @app.post("/v1/uploads")
    async def upload(request: Request) -> dict[str, int]:
        return {"bytes": sum([len(part) async for part in request.stream()])}

    @app.delete("/v1/items/{item_id:path}", dependencies=[Depends(require_key)])
    async def remove(item_id: str) -> dict[str, int]:
        return {"removed": 1}

    @app.get("/v1/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("a defect at /home/somebody/secret")

    @app.exception_handler(Problem)
    async def tell(request: Request, problem: Problem) -> JSONResponse:
        return problem_answer(problem, request)  # type: ignore[return-value]

    install_edge(app, EdgeSettings(**settings))
    return app


def caller(address: str = "127.0.0.1", base: str = HERE, **settings: Any) -> TestClient:
    """A client of such an application, calling from `address`."""
    return TestClient(app_with(**settings), base_url=base, client=(address, 50_000))


async def call(
    app: Callable[..., Awaitable[None]],
    body: AsyncIterator[bytes],
    *,
    path: str = "/v1/score",
    headers: tuple[tuple[bytes, bytes], ...] = (),
) -> tuple[int, bytes]:
    """POST to an ASGI application with a streamed body: status and body of the answer."""
    status, answer = 0, b""
    parts = aiter(body)

    async def receive() -> dict[str, Any]:
        try:
            return {"type": "http.request", "body": await anext(parts), "more_body": True}
        except StopAsyncIteration:
            return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status, answer
        status = message.get("status", status)
        answer += message.get("body", b"")

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost"), (b"transfer-encoding", b"chunked"), *headers],
        "client": ("127.0.0.1", 50_000),
        "server": ("localhost", 80),
        "state": {},
    }
    await app(scope, receive, send)
    return status, answer
