"""What there is, and the game; the page's files."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient

from modiste.serving.service import Service
from modiste.serving.sources import ReadySource
from tests.serving.conftest import open_boutique, stylist_of


def test_the_shop_is_counted(client: TestClient) -> None:
    shop = client.get("/v1/shop").json()
    assert (shop["name"], shop["items"], shop["version"]) == ("boutique", 97, 1)
    assert sum(slot["items"] for slot in shop["slots"]) == 97
    shoes = next(slot for slot in shop["slots"] if slot["name"] == "shoes")
    assert [fine["name"] for fine in shoes["fines"]] == ["boots", "sandals"]
    assert {colour["name"]: colour["items"] for colour in shop["colours"]} == {
        "red": 32,
        "green": 32,
        "blue": 32,
    }
    assert [(brand["name"], brand["items"]) for brand in shop["brands"]] == [
        ("Ours", 72),
        ("Theirs", 24),
    ]
    assert shop["price"] == {"min": 5.0, "max": 38.0}
    assert shop["reads_words"] and shop["sees_photographs"]


def test_every_word_of_the_shop_is_one_to_filter_by(client: TestClient) -> None:
    shop = client.get("/v1/shop").json()
    for name, words in (("colour", shop["colours"]), ("brand", shop["brands"])):
        for word in words:
            found = client.get("/v1/items", params={name: word["name"]}).json()
            assert found["total"] == word["items"]


def test_the_example_is_a_look_of_different_slots_with_photographs(client: TestClient) -> None:
    example = client.get("/v1/shop").json()["example"]
    found = client.post("/v1/score", json={"pieces": example}).json()
    assert 4 <= len(example) <= 6
    assert len({piece["category"] for piece in found["pieces"]}) == len(example)
    assert all(piece["image"] for piece in found["pieces"])


def test_questions_are_real_and_stable(client: TestClient) -> None:
    first = client.get("/v1/questions/0").json()
    assert first == client.get("/v1/questions/0").json() == client.get("/v1/questions").json()
    assert first["of"] == client.get("/v1/shop").json()["questions"] > 5
    assert len({piece["id"] for piece in first["candidates"]}) == 4
    assert all(piece["image"] for piece in [*first["question"], *first["candidates"]])


def test_the_right_answer_is_right_and_the_model_has_its_say(client: TestClient) -> None:
    answers = [
        client.post("/v1/questions/1/answer", json={"choice": choice}).json() for choice in range(4)
    ]
    assert [answer["right"] for answer in answers].count(True) == 1
    assert answers[answers[0]["answer"]]["right"]
    assert sum(answers[0]["scores"]) == pytest.approx(1, abs=1e-3)
    assert max(answers[0]["scores"]) == answers[0]["scores"][answers[0]["model"]]


@pytest.mark.parametrize(
    ("number", "status"), [("9999", 404), ("x", 422), ("-1", 422), ("10000000", 422)]
)
def test_a_question_that_there_is_not_is_refused(
    client: TestClient, number: str, status: int
) -> None:
    assert client.get(f"/v1/questions/{number}").status_code == status
    response = client.post(f"/v1/questions/{number}/answer", json={"choice": 0})
    assert response.status_code == status


@pytest.mark.parametrize("choice", [4, -1, "0", None, 1.5])
def test_a_choice_that_there_is_not_is_refused(client: TestClient, choice: object) -> None:
    response = client.post("/v1/questions/0/answer", json={"choice": choice})
    assert (response.status_code, response.json()["error"]["where"]) == (422, "choice")


def test_the_page_and_its_files_are_served_fresh(client: TestClient) -> None:
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["cache-control"] == "no-cache"
    again = client.get("/static/index.html", headers={"If-None-Match": page.headers["etag"]})
    assert again.status_code == 304
    assert client.get("/static/../app.py").status_code == 404
    assert client.get("/static/%2e%2e/app.py").status_code == 404
    assert client.get("/static/nothing.js").json()["error"]["code"] == "not_found"


def test_it_is_served_on_a_real_port(address: str) -> None:
    with httpx2.Client(base_url=address) as client:
        example = client.get("/v1/shop").json()["example"]
        assert client.post("/v1/score", json={"pieces": example}).status_code == 200
        assert client.get("/openapi.json").json()["info"]["title"] == "Modiste"


def test_measures_count_what_waits_and_what_shared_a_call(client: TestClient) -> None:
    client.post("/v1/score", json={"pieces": ["boots-red-0", "boots-red-1"]})
    measures = client.get("/v1/metrics").text
    assert "modiste_requests_waiting 0.0" in measures
    assert "modiste_batch_size_count" in measures


def test_a_wardrobe_without_test_outfits_has_no_questions(service: Service, tmp_path: Path) -> None:
    untested = stylist_of(open_boutique(tmp_path, 40))
    assert service.questions(ReadySource(untested).load()) == []


@pytest.mark.parametrize("path", ["/v1/health", "/v1/ready"])
def test_health_and_readiness_answer_head_without_a_body(client: TestClient, path: str) -> None:
    asked = client.head(path)
    assert (asked.status_code, asked.content) == (200, b"")
