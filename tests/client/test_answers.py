"""The client's answers have the fields that the service's description names."""

from __future__ import annotations

from dataclasses import MISSING, fields

import pytest

from modiste.client import models as answers
from modiste.client import parameters as wishes
from modiste.client.models import read_answer
from modiste.client.transport import ModisteApiError
from modiste.serving.api import models as schemas_answers
from modiste.serving.api import requests as schemas

SAME = {
    answers.Piece: schemas_answers.PieceAnswered,
    answers.Item: schemas_answers.ItemAnswered,
    answers.Upload: schemas_answers.UploadAnswered,
    answers.Verdict: schemas_answers.Verdict,
    answers.Score: schemas_answers.ScoreAnswered,
    answers.Suggestion: schemas_answers.SuggestionAnswered,
    answers.Completion: schemas_answers.CompleteAnswered,
    answers.Look: schemas_answers.LookAnswered,
    answers.Composition: schemas_answers.ComposeAnswered,
    answers.Adds: schemas_answers.AddsAnswered,
    answers.Share: schemas_answers.ShareAnswered,
    answers.Pair: schemas_answers.PairAnswered,
    answers.Explanation: schemas_answers.ExplainAnswered,
    answers.Revision: schemas_answers.ReviseAnswered,
    answers.Page: schemas_answers.BrowseAnswered,
    answers.Count: schemas_answers.NamedAnswered,
    answers.Slot: schemas_answers.SlotAnswered,
    answers.Price: schemas_answers.PricesAnswered,
    answers.Shop: schemas_answers.ShopAnswered,
    answers.Question: schemas_answers.QuestionAnswered,
    answers.Answer: schemas_answers.AnswerAnswered,
    answers.Health: schemas_answers.HealthAnswered,
    answers.Readiness: schemas_answers.ReadyAnswered,
}


@pytest.mark.parametrize("ours", SAME, ids=lambda kind: kind.__name__)
def test_the_fields_are_those_of_the_service(ours: type) -> None:
    assert {field.name for field in fields(ours)} == set(SAME[ours].model_fields)


def test_filters_and_searches_are_those_of_the_service() -> None:
    filters = {field.name for field in fields(wishes.Filters)}
    assert filters == set(schemas.FiltersAsked.model_fields)
    asked = set(schemas.BrowseAsked.model_fields)
    assert set(wishes.Search.__annotations__) == asked - {"offset", "limit"}


@pytest.mark.parametrize("kind", SAME, ids=lambda kind: kind.__name__)
def test_a_field_that_is_missing_is_named(kind: type) -> None:
    needed = [f.name for f in fields(kind) if f.default is f.default_factory is MISSING]
    with pytest.raises(ModisteApiError, match=rf"{kind.__name__}\.{needed[0]} is missing"):
        read_answer(kind, {})


@pytest.mark.parametrize(
    ("field", "value"),
    [("total", "3"), ("total", True), ("total", None), ("items", {}), ("items", [3]), ("next", 3)],
)
def test_a_field_of_another_type_is_named(field: str, value: object) -> None:
    with pytest.raises(ModisteApiError, match=rf"Page\.{field}(\.0)? is no"):
        read_answer(answers.Page, {"items": [], "total": 0, field: value})
