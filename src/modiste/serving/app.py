"""The application: the routes of version 1, the page, and one shape for every error."""

from __future__ import annotations

import asyncio
import mimetypes
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

from modiste import __version__
from modiste.serving.edge import install_edge
from modiste.serving.failures import install_failures
from modiste.serving.house import House
from modiste.serving.routes import items, questions, shop, stylist, uploads
from modiste.serving.settings import Settings

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


def create_app(house: House, settings: Settings | None = None) -> FastAPI:
    """The service over a house.

    The house is opened in the background where nobody has done so, and closed with the application.
    """
    app = FastAPI(
        title="Modiste",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,  # Swagger's page would load its parts from another host
        redoc_url=None,
        lifespan=_life,
    )
    app.state.house = house
    for route in (stylist, items, uploads, questions, shop):
        app.include_router(route.router)
    app.add_api_route("/", page, methods=["GET", "HEAD"], include_in_schema=False)
    app.mount("/static", Static(directory=PAGE), name="static")
    install_failures(app)
    install_edge(app, (settings or house.settings).edge)
    house.batcher.called = app.state.metrics.called_model
    app.state.metrics.read_when_asked(
        "requests_waiting", "Requests that wait for the model.", lambda: house.batcher.waiting
    )
    return app


@asynccontextmanager
async def _life(app: FastAPI) -> AsyncIterator[None]:
    house: House = app.state.house
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    if not house.ready:
        app.state.opening = asyncio.get_running_loop().run_in_executor(None, house.open)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
        await asyncio.to_thread(house.close)


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
