"""What the edge answers itself: a problem, sent without any framework in between."""

from __future__ import annotations

import json

from starlette.types import Scope, Send

from modiste.serving.problems import Problem, problem_json


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
