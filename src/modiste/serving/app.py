"""The application: the routes of version 1, the page, and one shape for every error."""

from __future__ import annotations

import asyncio
import mimetypes
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response
from starlette.routing import Match
from starlette.staticfiles import StaticFiles

from modiste import __version__
from modiste.errors import (
    CatalogueError,
    ImageError,
    Misuse,
    ModisteError,
    UnknownItem,
    UnknownName,
)
from modiste.serving.edge.middleware import install_edge
from modiste.serving.problems import Problem, problem_answer
from modiste.serving.routes import game as questions
from modiste.serving.routes import items, stylist, uploads
from modiste.serving.routes import service as shop
from modiste.serving.routes.deps import is_image, service_of
from modiste.serving.service import Service
from modiste.serving.settings import Settings

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
CLIENT_GONE = 499
"""What nobody reads: who asked has gone."""


def install_failures(app: FastAPI) -> None:
    """Have every error of `app`'s routes told in the one shape."""
    for kind in (Problem, ModisteError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, tell)
    app.add_exception_handler(ClientDisconnect, say_nothing)


async def tell(request: Request, error: Exception) -> Response:
    """An error in the one shape."""
    return problem_answer(as_problem(request, error), request)


async def say_nothing(request: Request, error: Exception) -> Response:
    """Who asked has gone."""
    return Response(status_code=CLIENT_GONE)


def as_problem(request: Request, error: Exception) -> Problem:
    """What an error is to those who asked.

    Raises:
        Exception: the error itself, where it is a defect.
    """
    match error:
        case Problem():
            return error
        case RequestValidationError():
            return invalid(request, error)
        case HTTPException():
            return unrouted(request, error)
        case UnknownItem():
            return Problem("unknown_item", discreet(request, error))
        case UnknownName():
            return Problem("unknown_name", discreet(request, error))
        case Misuse():
            return Problem("misuse", discreet(request, error))
        case ImageError():
            return Problem("image_unreadable", discreet(request, error))
        case CatalogueError():
            return Problem(
                "catalogue_unavailable", "The catalogue does not answer; ask again in a moment."
            )
    raise error


def discreet(request: Request, error: Exception) -> str:
    """What an error says, without folders of this machine."""
    return service_of(request).served.discreet(str(error))


def unrouted(request: Request, error: HTTPException) -> Problem:
    """No such address, no such method, or a body that is none."""
    match error.status_code:
        case 404:
            return Problem("not_found", "There is nothing at this address; see /openapi.json.")
        case 405:
            allow = ", ".join(allowed_methods(request))
            sentence = f"This address takes {allow} only." if allow else "It takes no such method."
            return Problem("method_not_allowed", sentence, headers={"Allow": allow})
    return Problem("malformed", "The body cannot be read; send one JSON document in UTF-8.")


def allowed_methods(request: Request) -> list[str]:
    """What an address takes, of all its routes together."""
    asked = {"type": "http", "path": request.scope["path"], "root_path": "", "headers": []}
    return [
        method
        for method in METHODS
        if not (method == "DELETE" and is_image(request))
        and any(
            route.matches(asked | {"method": method})[0] is Match.FULL
            for route in request.app.router.routes
        )
    ]


def invalid(request: Request, error: RequestValidationError) -> Problem:
    """A request that the schema refuses: what is wrong, and where."""
    first: dict[str, Any] = error.errors()[0]
    in_body = first["loc"][:1] == ("body",)
    if first["type"] == "json_invalid":
        return Problem("malformed", "The body is no JSON; send one JSON document in UTF-8.")
    if in_body and not is_json(request.headers.get("content-type", "")):
        return Problem("unsupported_media", "Send JSON, with Content-Type: application/json.")
    where = ".".join(str(part)[:60] for part in first["loc"][1:]) or None
    said = "There is no such field" if first["type"] == "extra_forbidden" else first["msg"]
    return Problem("invalid", f"{said}; see /openapi.json.", where)


def is_json(content_type: str) -> bool:
    """Whether a content type is JSON's."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )


PAGE = Path(__file__).parent / "static"
DESCRIPTION = """Scores outfits, finds the missing piece, composes whole looks, and says why.

Pieces are ids: of items (`GET /v1/items`) or of photographs that this visitor sent (`POST
/v1/uploads`). Every answer of status 400 or more has the same shape; `error.code` never changes its
meaning, and `error.where` names the field. Every answer has the header `X-Request-ID`."""
SWITCH_SECONDS = 0.0005
"""How long a thread may keep Python to itself while another one waits: with the usual 5 ms each
call to the system, several a request, could cost that much."""
FRESH = {"Cache-Control": "no-cache"}
"""A browser asks every time whether its copy is still right; the answer is 304 and costs little."""


def create_app(service: Service, settings: Settings | None = None) -> FastAPI:
    """The application over a service.

    It is opened in the background where nobody has done so, and closed with the application.
    """
    app = FastAPI(
        title="Modiste",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,  # Swagger's page would load its parts from another host
        redoc_url=None,
        lifespan=_life,
    )
    app.state.service = service
    for route in (stylist, items, uploads, questions, shop):
        app.include_router(route.router)
    app.add_api_route("/", page, methods=["GET", "HEAD"], include_in_schema=False)
    app.mount("/static", Static(directory=PAGE), name="static")
    install_failures(app)
    install_edge(app, (settings or service.settings).edge)
    service.batcher.called = app.state.metrics.called_model
    app.state.metrics.read_when_asked(
        "requests_waiting", "Requests that wait for the model.", lambda: service.batcher.waiting
    )
    return app


@asynccontextmanager
async def _life(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    if not service.ready:
        app.state.opening = asyncio.get_running_loop().run_in_executor(None, service.open)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
        await asyncio.to_thread(service.close)


async def page() -> Response:
    """The studio."""
    return FileResponse(PAGE / "index.html", headers=FRESH)


class Static(StaticFiles):
    """The files of the page; what a file is does not depend on the machine's own tables."""

    def file_response(self, full_path: object, *given: object, **more: object) -> Response:
        """A file, to be asked for anew every time."""
        found = super().file_response(full_path, *given, **more)  # type: ignore[arg-type]
        found.headers.update(FRESH)
        return found


for kind, ending in (("text/javascript", ".js"), ("text/css", ".css"), ("image/svg+xml", ".svg")):
    mimetypes.add_type(kind, ending)
