"""A trained run served over a real catalogue in files, which changes meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from modiste.jobs.catalogue import build
from modiste.serving.service import Service
from modiste.serving.sources import CatalogueSource, RunSource
from tests.conftest import Example
from tests.serving.conftest import KEY, client_of, service_of

pytestmark = pytest.mark.slow  # the run is trained once for all tests


def every_route(client: TestClient) -> None:
    shop = client.get("/v1/shop").json()
    asked = {"pieces": shop["example"]}
    for what in ("score", "complete", "compose", "explain", "revise"):
        pieces = {"pieces": shop["example"][:2]} if what == "compose" else asked
        response = client.post(f"/v1/{what}", json=pieces)
        assert response.status_code == 200, response.text
    item = client.get("/v1/items", params={"fits": shop["example"]}).json()["items"][0]
    assert client.get(item["image"], params={"cut": True}).status_code == 200
    assert client.get("/v1/questions/0").json()["of"] == shop["questions"] > 0


def test_a_trained_run_answers_every_route(example: Example) -> None:
    service = service_of(RunSource(example.run))
    service.open()
    with client_of(service, example.folder) as client:
        every_route(client)


@pytest.fixture
def stored(example: Example, tmp_path: Path) -> Service:
    """A service over a catalogue in files."""
    where = str(tmp_path / "catalogue")
    build(example.run, where)
    service = service_of(CatalogueSource(example.run, where))
    service.open()
    return service


def test_the_words_of_who_asks_stay_whole_where_the_catalogue_has_a_short_name(
    example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    build(example.run, "cat")
    service = service_of(CatalogueSource(example.run, "cat"))
    served = service.open()
    name = served.stock.wardrobe.info.name
    with client_of(service, example.folder, tmp_path) as client:
        worn = client.get("/v1/shop").json()["example"][:2]
        for word in ("cathats", "cat"):
            asked = {"pieces": worn, "category": word}
            told = client.post("/v1/complete", json=asked).json()["error"]["message"]
            assert f"called {word!r}" in told
        told = client.post("/v1/score", json={"pieces": [worn[0], "cat-12"]}).json()["error"]
        assert told["message"].startswith("No item 'cat-12' ")
    folder = tmp_path / "cat"
    assert served.discreet(f"cat {folder} {folder}/segments {folder}alogue, {folder}.") == (
        f"cat {name} {name}/segments {folder}alogue, {name}."
    )


def test_a_catalogue_is_served_and_what_is_removed_goes(
    stored: Service, example: Example, tmp_path: Path
) -> None:
    with client_of(stored, example.folder, tmp_path) as client:
        every_route(client)
        before = client.get("/v1/ready").json()
        gone = client.get("/v1/shop").json()["example"][0]
        client.headers["X-Modiste-Key"] = KEY
        assert client.delete(f"/v1/items/{gone}").json() == {"removed": 1}
        assert stored.refresh() is True
        after = client.get("/v1/ready").json()
        assert after["items"] == before["items"] - 1
        assert after["catalogue_version"] > before["catalogue_version"]
        assert client.get(f"/v1/items/{gone}").status_code == 404
        assert client.delete(f"/v1/items/{gone}").status_code == 404
        every_route(client)
