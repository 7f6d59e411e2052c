"""Requests that a fuzzer makes up from the service's own description, asked of a live service."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from modiste.serving.problems import STATUS
from tests.conftest import Example
from tests.serving.live import Live, modiste_serve

EACH = 96  # cases of an operation, of either kind
LEAST = 2000
KEY = "the-fuzzer-has-a-key"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]


@pytest.fixture(scope="module")
def live(example: Example, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """`modiste serve` on the example's run, with a key."""
    keys: Path = tmp_path_factory.mktemp("keys") / "keys.txt"
    keys.write_text(KEY, "utf-8")
    with modiste_serve(example.run, "--key-file", str(keys), "--quiet") as live:
        yield live


def described(live: Live, mode: GenerationMode) -> dict[str, Any]:
    """The service's description; for well-formed requests its ids are real: answers come."""
    with live.client() as client:
        description: dict[str, Any] = json.loads(client.get("/openapi.json").text)
        items = [item["id"] for item in client.get("/v1/items?limit=40").json()["items"]]
    if mode is GenerationMode.POSITIVE:
        _name_real_ids(description, items)
    return description


def _name_real_ids(part: Any, items: list[str]) -> None:
    for one in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _name_real_ids(one, items)
    if not isinstance(part, dict):
        return
    for name in ("pieces", "keep"):
        told = part.get(name)
        if isinstance(told, dict) and told.get("items", {}).get("type") == "string":
            told["items"] = {"enum": items}
    if part.get("name") in ("item_id", "like", "fits") and "schema" in part:
        array = part["schema"].get("type") == "array"
        part["schema"] = part["schema"] | {"items": {"enum": items}} if array else {"enum": items}


@pytest.mark.slow
def test_two_thousand_made_up_requests_are_answered_as_described(live: Live) -> None:
    session, seen = requests.Session(), Counter[int]()
    session.headers["X-Modiste-Key"] = KEY
    before = live.memory()
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        schema = schemathesis.openapi.from_dict(described(live, mode))
        for found in schema.get_all_operations():
            operation = found.ok()
            if has_cases(operation, mode):
                ask_all(live, session, operation.as_strategy(generation_mode=mode), seen)
    session.close()
    assert sum(seen.values()) >= LEAST, seen
    assert seen[200] > 100, f"hardly any request reached the stylist: {seen}"
    assert live.process.poll() is None
    assert live.memory() < 1.2 * before + 100
    assert not any("Traceback" in line for line in live.log)


def has_cases(operation: schemathesis.schemas.APIOperation[Any, Any], mode: GenerationMode) -> bool:
    """Whether there is anything to get wrong: a body, a query, or a path that is no free text."""
    return mode is GenerationMode.POSITIVE or bool(
        operation.body or operation.query or "number" in operation.path
    )


def ask_all(live: Live, session: requests.Session, cases: Any, seen: Counter[int]) -> None:
    """Ask `EACH` cases, the same every time; each is answered in time and as described."""

    @seed(7)
    @settings(
        max_examples=EACH,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def ask(case: schemathesis.Case) -> None:
        response = case.call(base_url=live.url, session=session, timeout=30)
        seen[response.status_code] += 1
        edge = response.status_code in (413, 414, 431)  # too much of it to be looked at
        checks = CHECKS if edge else [*CHECKS, negative_data_rejection]
        case.validate_response(response, checks=checks)
        if response.status_code >= 400:
            assert STATUS[response.json()["error"]["code"]] == response.status_code

    ask()
