"""`score`, `complete`, `compose`, `explain`, `revise` through the real application.

The client of these tests holds every answer, also the refusals, to the service's own description.
"""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from modiste.catalogue.filters import Filter
from modiste.stylist.complete import CompleteRequest
from modiste.stylist.stylist import Stylist
from tests.serving.conftest import ODD

RED = ["shirts-red-0", "trousers-red-1", "boots-red-2"]
CLASH = ["shirts-red-0", "trousers-red-1", "boots-blue-2"]
QUESTIONS: dict[str, dict[str, Any]] = {
    "score": {"pieces": RED},
    "complete": {"pieces": RED},
    "compose": {"pieces": RED[:1]},
    "explain": {"pieces": RED},
    "revise": {"pieces": CLASH},
}


def ask(client: TestClient, what: str, **asked: Any) -> Any:
    response = client.post(f"/v1/{what}", json=asked)
    assert response.status_code == 200, response.text
    return response.json()


def refused(client: TestClient, what: str, **asked: Any) -> tuple[int, str, str | None]:
    response = client.post(f"/v1/{what}", json=asked)
    error = response.json()["error"]
    assert error["request_id"] == response.headers["x-request-id"]
    return response.status_code, error["code"], error["where"]


def test_a_score_is_the_stylists(client: TestClient, dresser: Stylist) -> None:
    found = ask(client, "score", pieces=RED)
    assert found["probability"] == round(dresser.score(RED).probability, 4)
    assert [piece["id"] for piece in found["pieces"]] == RED
    assert found["pieces"][0] == {
        "id": "shirts-red-0",
        "category": "tops",
        "fine": "shirts",
        "title": "red shirts",
        "price": 6.0,
        "colour": "red",
        "brand": "Theirs",
        "image": "/v1/items/shirts-red-0/image",
        "given": True,
        "guessed": False,
    }


def test_an_item_without_price_and_photograph_has_none(client: TestClient) -> None:
    piece = ask(client, "score", pieces=[ODD, "boots-red-0"])["pieces"][0]
    assert piece["price"] is None and piece["image"] is None and piece["colour"] is None


def test_suggestions_are_the_stylists_and_keep_the_filters(
    client: TestClient, dresser: Stylist
) -> None:
    filters = {"colours": ["red"], "price_max": 20, "brands": ["ours"]}
    found = ask(client, "complete", pieces=RED[:2], category="shoes", k=3, filters=filters)
    wanted = CompleteRequest(
        category="shoes",
        k=3,
        filters=Filter(colours=("red",), price_max=20, brands=("ours",)),
    )
    (expected,) = dresser.complete_many([(RED[:2], wanted)])
    assert [s["id"] for s in found["suggestions"]] == [s.garment.id for s in expected]  # type: ignore[union-attr]
    assert {(s["colour"], s["brand"]) for s in found["suggestions"]} == {("red", "Ours")}


def test_looks_hold_what_was_given_and_answer_the_wish(client: TestClient) -> None:
    found = ask(client, "compose", pieces=RED[:1], wish="something blue", looks=2)
    assert len(found["looks"]) == 2
    for look in found["looks"]:
        assert [piece["id"] for piece in look["pieces"] if piece["given"]] == RED[:1]
        assert look["wish"] is not None


def test_a_look_can_be_composed_from_nothing(client: TestClient) -> None:
    assert ask(client, "compose")["looks"]


def test_an_explanation_names_the_clash(client: TestClient) -> None:
    found = ask(client, "explain", pieces=CLASH)
    assert "boots-blue-2" in found["clash"]["pieces"]
    assert min(found["pieces"], key=lambda p: p["adds"]["logit"])["id"] == "boots-blue-2"


def test_a_revision_changes_what_may_change(client: TestClient) -> None:
    assert ask(client, "revise", pieces=CLASH)["change"]["id"] == "boots-blue-2"
    kept = ask(client, "revise", pieces=CLASH, keep=["boots-blue-2"])
    assert kept["change"] is None or kept["change"]["id"] != "boots-blue-2"


@pytest.mark.parametrize("what", QUESTIONS)
def test_an_unknown_piece_is_named_by_its_place(client: TestClient, what: str) -> None:
    pieces = [*RED, "/etc/passwd"]
    assert refused(client, what, pieces=pieces) == (422, "unknown_item", "pieces.3")


@pytest.mark.parametrize("name", ["images/boots-red-0.png", "shoes=/etc/passwd", "../x.jpg"])
def test_an_id_never_opens_a_file(client: TestClient, boutique: Any, name: str) -> None:
    names = [name, str(boutique.root / name)]
    for each in names:
        status, code, _ = refused(client, "score", pieces=["boots-red-0", each])
        assert (status, code) == (422, "unknown_item")


@pytest.mark.parametrize(
    ("what", "asked", "where"),
    [
        ("score", {"pieces": RED[:1]}, "pieces"),
        ("score", {"pieces": [f"x{n}" for n in range(10_000)]}, "pieces"),
        ("score", {"pieces": [1, 2]}, "pieces.0"),
        ("score", {"pieces": ["a\0b", "c"]}, "pieces.0"),
        ("score", {"pieces": ["x" * 201, "c"]}, "pieces.0"),
        ("score", {"pieces": ["", "c"]}, "pieces.0"),
        ("score", {}, "pieces"),
        ("score", {"pieces": RED, "strange": 1}, "strange"),
        ("complete", {"pieces": RED, "k": 51}, "k"),
        ("complete", {"pieces": RED, "k": "7"}, "k"),
        ("complete", {"pieces": RED, "k": 0}, "k"),
        ("complete", {"pieces": RED, "diversity": 1.5}, "diversity"),
        ("complete", {"pieces": RED, "filters": {"price_min": -1}}, "filters.price_min"),
        ("complete", {"pieces": RED, "filters": {"size": "M"}}, "filters.size"),
        ("compose", {"wish": "x" * 201}, "wish"),
        ("compose", {"looks": 9}, "looks"),
        ("compose", {"slots": []}, "slots"),
        ("compose", {"seed": -1}, "seed"),
    ],
)
def test_what_the_schema_forbids_is_named(
    client: TestClient, what: str, asked: dict[str, Any], where: str
) -> None:
    assert refused(client, what, **asked) == (422, "invalid", where)


@pytest.mark.parametrize(
    ("what", "asked", "code"),
    [
        ("score", {"pieces": [*RED, RED[0]]}, "misuse"),
        ("complete", {"pieces": RED, "category": "hats"}, "unknown_name"),
        ("complete", {"pieces": RED, "filters": {"colours": ["mauve"]}}, "unknown_name"),
        ("complete", {"pieces": RED, "filters": {"attributes": {"size": ["M"]}}}, "unknown_name"),
        ("complete", {"pieces": RED, "filters": {"price_min": 9, "price_max": 1}}, "misuse"),
        ("complete", {"pieces": RED, "filters": {"price_min": 10_000}}, "misuse"),
        ("compose", {"wish": "   "}, "misuse"),
        ("revise", {"pieces": RED, "keep": RED}, "misuse"),
        ("revise", {"pieces": RED, "keep": ["boots-blue-0"]}, "unknown_name"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    client: TestClient, what: str, asked: dict[str, Any], code: str
) -> None:
    assert refused(client, what, **asked)[:2] == (422, code)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"pieces": 1e99999999}', b"9" * 5000, b"null"],
)
def test_a_body_that_is_no_document_is_refused(client: TestClient, body: bytes) -> None:
    response = client.post("/v1/score", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code in (400, 422)
    assert response.json()["error"]["code"] in ("malformed", "invalid")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_none_is_refused(client: TestClient, number: str) -> None:
    body = f'{{"pieces": ["boots-red-0"], "diversity": {number}}}'
    response = client.post(
        "/v1/complete", content=body, headers={"Content-Type": "application/json"}
    )
    assert (response.status_code, response.json()["error"]["where"]) == (422, "diversity")


def test_half_a_surrogate_pair_is_refused(client: TestClient) -> None:
    response = client.post(
        "/v1/score",
        content=b'{"pieces": ["\\ud800", "b"]}',
        headers={"Content-Type": "application/json"},
    )
    assert (response.status_code, response.json()["error"]["where"]) == (422, "pieces.0")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_content_type_is_refused(client: TestClient, kind: str) -> None:
    body = b'{"pieces": ["boots-red-0", "boots-red-1"]}'
    response = client.post("/v1/score", content=body, headers={"Content-Type": kind})
    assert (response.status_code, response.json()["error"]["code"]) == (415, "unsupported_media")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/v1/score", "POST"),
        ("PUT", "/v1/items", "GET"),
        ("POST", "/v1/items/boots-red-0", "GET, DELETE"),
        ("DELETE", "/v1/items/boots-red-0/image", "GET"),
        ("OPTIONS", "/v1/items/boots-red-0/image", "GET"),
        ("PATCH", "/v1/uploads/photo-1", "GET, DELETE"),
        ("POST", "/v1/shop", "GET"),
    ],
)
def test_another_method_is_refused_and_the_right_ones_are_said(
    client: TestClient, method: str, path: str, allow: str
) -> None:
    response = client.request(method, path)
    assert (response.status_code, response.headers["allow"]) == (405, allow)


def test_another_address_is_not_found(client: TestClient) -> None:
    assert client.get("/v2/score").json()["error"]["code"] == "not_found"
