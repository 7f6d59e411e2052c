"""Whatever goes wrong in a route, as a problem that is told."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match

from modiste.errors import (
    CatalogueError,
    ImageError,
    Misuse,
    ModisteError,
    UnknownItem,
    UnknownName,
)
from modiste.serving.asking import house_of, is_image
from modiste.serving.problems import Problem, problem_answer

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
    return house_of(request).served.discreet(str(error))


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
