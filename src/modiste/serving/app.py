"""The application: the routes of version 1, the page, and one shape for every error."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

from modiste import __version__
from modiste.errors import ImageError, Misuse, ModisteError, UnknownItem, UnknownName
from modiste.serving.edge import install_edge
from modiste.serving.house import House
from modiste.serving.problems import Problem, problem_answer
from modiste.serving.routes import items, questions, shop, stylist, uploads
from modiste.serving.settings import Settings

PAGE = Path(__file__).parent / "static"
log = logging.getLogger(__name__)


def create_app(house: House, settings: Settings | None = None) -> FastAPI:
    """The service over a house; the house is closed with it."""
    settings = settings or house.settings

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        if not house.ready:
            opening = asyncio.get_running_loop().run_in_executor(None, house.open)
            app.state.opening = opening
        yield
        house.close()

    app = FastAPI(
        title="Modiste", version=__version__, docs_url=None, redoc_url=None, lifespan=life
    )
    app.state.house = house
    for route in (stylist, items, uploads, questions, shop):
        app.include_router(route.router)
    app.add_api_route("/", page, methods=["GET", "HEAD"], include_in_schema=False)
    app.mount("/static", StaticFiles(directory=PAGE), name="static")
    app.add_exception_handler(Problem, tell)
    app.add_exception_handler(ModisteError, tell)
    app.add_exception_handler(RequestValidationError, tell)
    app.add_exception_handler(HTTPException, tell)
    app.add_exception_handler(Exception, tell)
    install_edge(app, settings.edge)
    return app


async def page() -> Response:
    """The studio."""
    return FileResponse(PAGE / "index.html", headers={"Cache-Control": "no-cache"})


async def tell(request: Request, error: Exception) -> Response:
    """Any error in the one shape."""
    return problem_answer(as_problem(request, error), request)


def as_problem(request: Request, error: Exception) -> Problem:
    """What an error is to those who asked."""
    match error:
        case Problem():
            return error
        case RequestValidationError():
            return invalid(request, error)
        case HTTPException():
            code = {404: "not_found", 405: "method_not_allowed", 400: "malformed"}.get(
                error.status_code, "invalid"
            )
            return Problem(code, str(error.detail), headers=error.headers)
        case UnknownItem():
            return Problem("unknown_item", discreet(request, error))
        case UnknownName():
            return Problem("unknown_name", discreet(request, error))
        case Misuse():
            return Problem("misuse", discreet(request, error))
        case ImageError():
            return Problem("image_unreadable", discreet(request, error))
    log.exception("A request failed", exc_info=error)
    return Problem("internal", "Something went wrong here; it has been logged.")


def discreet(request: Request, error: Exception) -> str:
    """What an error says, without folders of this machine."""
    house: House = request.app.state.house
    return house.served.discreet(str(error)) if house.ready else "The stylist is getting ready."


def invalid(request: Request, error: RequestValidationError) -> Problem:
    """A request that the schema refuses: what is wrong, and where."""
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return Problem("malformed", "The body is no JSON; send one JSON document.")
    kind = request.headers.get("content-type", "")
    if request.method == "POST" and "json" not in kind:
        return Problem("unsupported_media", "Send JSON, with Content-Type: application/json.")
    where = ".".join(str(part) for part in first["loc"][1:]) or None
    return Problem("invalid", f"{first['msg']}.", where)
