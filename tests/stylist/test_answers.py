from __future__ import annotations

import json

import pytest

from modiste.stylist.compose import ComposeRequest
from modiste.stylist.results import Judgement
from modiste.stylist.stylist import Stylist

PIECES = ["shirts-red-0", "trousers-red-1", "boots-green-2"]


def test_every_answer_is_one_json_document_of_plain_values(stylist: Stylist) -> None:
    score = stylist.score(PIECES).to_json()
    assert {"probability", "logit", "words", "calibrated", "pieces", "notes"} <= score.keys()
    complete = stylist.complete(PIECES, "bags", k=2).to_json()
    assert {"id", "fine", "score", "probability", "image", "why"} <= complete["suggestions"][
        0
    ].keys()
    compose = stylist.compose(PIECES[:1], ComposeRequest(text="red boots", looks=2)).to_json()
    assert [piece["given"] for piece in compose["looks"][0]["pieces"]][:2] == [True, False]
    explain = stylist.explain(PIECES).to_json()
    assert explain["clash"]["pieces"] == explain["pairs"][0]["pieces"]
    revise = stylist.revise(PIECES).to_json()
    assert revise["change"]["id"] == "boots-green-2"
    for answer in (score, complete, compose, explain, revise):
        assert json.loads(json.dumps(answer, allow_nan=False)) == answer


def test_answers_are_sequences_where_there_are_several(stylist: Stylist) -> None:
    suggestions = stylist.complete(PIECES, "bags", k=3)
    assert len(suggestions) == 3 and suggestions[0] == next(iter(suggestions))
    looks = stylist.compose(PIECES[:1])
    assert looks[-1] == list(looks)[-1]


def test_text_for_people_names_every_piece(stylist: Stylist) -> None:
    for answer in (stylist.explain(PIECES), stylist.compose(PIECES[:2])):
        assert all(piece in answer.to_text() for piece in PIECES[:2])


@pytest.mark.parametrize(("probability", "said"), [(1.0, "0.99"), (0.0, "0.01"), (0.5, "0.50")])
def test_nobody_is_told_that_an_outfit_is_certain(probability: float, said: str) -> None:
    assert str(Judgement(probability=probability, logit=0.0, words="daring")) == f"{said} daring"
