"""Errors as the service tells them: one shape, and the status that goes with each code.

The edge answers some itself, without any framework in between.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope, Send

from modiste.client.models import Failure

STATUS = {
    "malformed": 400,
    "key_missing": 401,
    "key_wrong": 403,
    "foreign_origin": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "too_slow": 408,
    "conflict": 409,
    "too_large": 413,
    "url_too_long": 414,
    "unsupported_media": 415,
    "unknown_host": 421,
    "invalid": 422,
    "unknown_item": 422,
    "unknown_name": 422,
    "misuse": 422,
    "image_unreadable": 422,
    "too_many_requests": 429,
    "headers_too_large": 431,
    "internal": 500,
    "catalogue_unavailable": 503,
    "not_ready": 503,
    "overloaded": 503,
}
"""Code -> HTTP status. A code never changes its meaning; new ones may come."""

RETRY_AFTER = {"catalogue_unavailable": 5, "not_ready": 2, "overloaded": 1, "too_many_requests": 1}
"""Code -> seconds after which it is worth asking again."""


class Problem(Exception):
    """Why a request is not answered; shown to whoever asked.

    Args:
        code: one of `STATUS`.
        message: one sentence: what is wrong, and what to do.
        where: the field, such as `pieces.1`; None where it is none in particular.
        headers: that go with the answer.
    """

    def __init__(
        self,
        code: str,
        message: str,
        where: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.where = code, message, where
        self.status = STATUS[code]
        self.headers = dict(headers or {})
        if code in RETRY_AFTER:
            self.headers.setdefault("Retry-After", str(RETRY_AFTER[code]))


def unknown_item(item_id: str, where: str | None = None) -> Problem:
    """No such item or photograph, named in a body or a query."""
    return Problem("unknown_item", f"No item {shortened(item_id)} here; ask /v1/items.", where)


def not_found(what: str) -> Problem:
    """No such thing under this address."""
    return Problem("not_found", f"There is no {what} here.")


def shortened(text: str, most: int = 60) -> str:
    """A word of the request as it may be repeated in a sentence."""
    return repr(text if len(text) <= most else f"{text[: most - 1]}\N{HORIZONTAL ELLIPSIS}")


def problem_json(problem: Problem, request_id: str) -> dict[str, Any]:
    """The body of an error."""
    return {
        "error": {
            "code": problem.code,
            "message": problem.message,
            "where": problem.where,
            "request_id": request_id,
        }
    }


def request_id_of(request: Request) -> str:
    """The id that the edge gave this request; a fresh one where there is no edge."""
    given = request.scope.get("state", {}).get("request_id")
    return given if isinstance(given, str) else uuid.uuid4().hex


def problem_answer(problem: Problem, request: Request) -> Response:
    """The answer that tells a problem."""
    request_id = request_id_of(request)
    return Response(
        json.dumps(problem_json(problem, request_id)),
        status_code=problem.status,
        headers={"X-Request-ID": request_id, **problem.headers},
        media_type="application/json",
    )


async def refuse(problem: Problem, scope: Scope, send: Send) -> None:
    """Answer with `problem`; HEAD gets its headers alone."""
    body = problem_body(problem, scope.get("state", {}).get("request_id", ""))
    headers = {
        "content-type": "application/json",
        "content-length": str(len(body)),
        **{name.lower(): value for name, value in problem.headers.items()},
    }
    await send(
        {
            "type": "http.response.start",
            "status": problem.status,
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def problem_body(problem: Problem, request_id: str) -> bytes:
    """The one error shape as JSON in UTF-8."""
    return json.dumps(problem_json(problem, request_id)).encode()


MEANING = {
    "malformed": "the body is no JSON, or no form",
    "key_missing": "this needs a key",
    "key_wrong": "another key is needed",
    "foreign_origin": "pages of that origin may not call",
    "not_found": "there is no such thing",
    "too_slow": "the body did not arrive in time",
    "conflict": "what is served cannot be changed",
    "too_large": "the body is too large",
    "url_too_long": "the address is too long",
    "unsupported_media": "another content type is needed",
    "unknown_host": "the service does not go by that name",
    "invalid": "the request is not as described here",
    "unknown_item": "no item, and no photograph of this visitor, has that id",
    "unknown_name": "no such category, colour, brand or attribute",
    "misuse": "what is asked for cannot be",
    "image_unreadable": "the photograph is broken, or none",
    "too_many_requests": "wait a little",
    "headers_too_large": "too many headers",
    "internal": "a defect of the service",
    "catalogue_unavailable": "the database of the catalogue does not answer",
    "not_ready": "the service is starting",
    "overloaded": "too many requests wait",
}
"""Code -> what it means, in a few words."""

ANYWHERE = (
    "url_too_long",
    "unknown_host",
    "too_many_requests",
    "headers_too_large",
    "internal",
    "catalogue_unavailable",
    "not_ready",
    "overloaded",
)
WRITING = ("malformed", "foreign_origin", "too_slow", "too_large", "unsupported_media", "invalid")
ASKING = (*WRITING, "unknown_item", "unknown_name", "misuse")
"""What questions to the stylist may come to."""


def failures(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer these codes, and those that any may."""
    by_status: dict[int, list[str]] = {}
    for code in sorted({*codes, *ANYWHERE}, key=list(STATUS).index):
        by_status.setdefault(STATUS[code], []).append(code)
    return {status: _failure(names) for status, names in sorted(by_status.items())}


def _failure(codes: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "model": Failure,
        "description": "; ".join(f"`{code}`: {MEANING[code]}" for code in codes) + ".",
    }
    if any(code in RETRY_AFTER for code in codes):
        seconds = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
        found["headers"] = {"Retry-After": seconds}
    return found
