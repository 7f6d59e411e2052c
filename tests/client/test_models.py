"""The client's answers are the service's, and one that is not is told in a sentence."""

from __future__ import annotations

import inspect
import json
from contextlib import closing
from dataclasses import fields
from typing import get_args, get_type_hints

import pytest
from fastapi.routing import APIRoute

from modiste.client import models
from modiste.client import parameters as wishes
from modiste.client.client import Client
from modiste.client.models import ApiAnswer, Page, Removed
from modiste.client.transport import ModisteApiError, RetryPolicy, Transport
from modiste.serving.api import requests as schemas
from modiste.serving.routes import game, items, service, stylist, uploads
from tests.client.raw_server import RawServer, answer

KINDS = [
    kind for _, kind in inspect.getmembers(models, inspect.isclass) if issubclass(kind, ApiAnswer)
]


def read(kind: type[ApiAnswer], document: object) -> None:
    """Have a server answer with a document, and the client read it."""
    with (
        RawServer([answer(200, json.dumps(document))]) as server,
        closing(Transport(server.url, {}, 5, RetryPolicy())) as transport,
    ):
        transport.ask(kind, "GET", "/")


def test_the_client_answers_with_the_classes_of_the_service() -> None:
    routes = [r for each in (game, items, service, stylist, uploads) for r in each.router.routes]
    told = {r.response_model for r in routes if isinstance(r, APIRoute) and r.response_model}
    methods = inspect.getmembers(Client, inspect.isfunction)
    returned = [get_type_hints(m).get("return") for name, m in methods if not name.startswith("_")]
    kinds = {one for each in returned for one in (each, *get_args(each)) if one in KINDS}
    assert kinds == told - {Removed}


def test_filters_and_searches_are_those_of_the_service() -> None:
    filters = {field.name for field in fields(wishes.Filters)}
    assert filters == set(schemas.FiltersAsked.model_fields)
    asked = set(schemas.BrowseAsked.model_fields)
    assert set(wishes.Search.__annotations__) == asked - {"offset", "limit"}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_field_that_is_missing_is_named(kind: type[ApiAnswer]) -> None:
    if kind.model_fields:
        first = next(iter(kind.model_fields))
        with pytest.raises(ModisteApiError, match=rf"{kind.__name__}\.{first} is missing"):
            read(kind, {})


@pytest.mark.parametrize(
    ("field", "value"),
    [("total", "3"), ("total", True), ("total", None), ("items", {}), ("items", [3]), ("next", 3)],
)
def test_a_field_of_another_type_is_named(field: str, value: object) -> None:
    page = {"items": [], "total": 0, "offset": 0, "next": None, "notes": []}
    with pytest.raises(ModisteApiError, match=rf"Page\.{field}(\.0)? is not as described"):
        read(Page, page | {field: value})
    read(Page, page)
