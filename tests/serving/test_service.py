"""The service: versions that change under running requests, and a catalogue that goes away."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import httpx2
import pytest

from modiste.data.wardrobe import Wardrobe
from modiste.errors import CatalogueUnavailable
from modiste.serving.app import create_app
from modiste.serving.problems import Problem
from modiste.serving.service import Service
from modiste.serving.sources import ReadySource
from modiste.serving.version import ServedVersion
from modiste.stylist.find import SearchRequest
from modiste.stylist.stylist import Stylist, WarmUp
from tests.serving.conftest import MakeService, Recording, client_of, stylist_of

RED = ["shirts-red-0", "trousers-red-1", "boots-red-2"]


class Changing(ReadySource):
    """A source whose version can be changed, and whose database can go away."""

    def __init__(self, stylist: Stylist) -> None:
        super().__init__(stylist)
        object.__setattr__(self, "state", {"version": 1, "away": False})

    @property
    def told(self) -> dict[str, Any]:
        state: dict[str, Any] = object.__getattribute__(self, "state")
        return state

    def version(self) -> int:
        if self.told["away"]:
            raise CatalogueUnavailable("The database does not answer.")
        version: int = self.told["version"]
        return version

    def load(self) -> ServedVersion:
        return ServedVersion(self.stylist, self.version())


def test_requests_that_wait_together_share_one_call_of_the_model(
    boutique: Wardrobe, make_service: MakeService
) -> None:
    model = Recording()
    service = make_service(ReadySource(stylist_of(boutique, model)))
    held = threading.Event()

    async def ask() -> tuple[int, list[Any]]:
        transport = httpx2.ASGITransport(create_app(service))
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            block = asyncio.create_task(service.batcher.alone(lambda: held.wait(10)))
            while service.batcher.waiting:
                await asyncio.sleep(0.001)
            asked = [
                asyncio.create_task(client.post("/v1/score", json={"pieces": pieces}))
                for pieces in (RED, RED[:2], RED[1:], ["nothing", *RED])
            ]
            while service.batcher.waiting < 3:
                await asyncio.sleep(0.001)
            before = model.calls
            held.set()
            await block
            answers = await asyncio.gather(*asked)
            return model.calls - before, answers

    calls, answers = asyncio.run(ask())
    assert calls == 1
    assert [answer.status_code for answer in answers] == [200, 200, 200, 422]
    scores = [answer.json()["logit"] for answer in answers[:3]]
    alone = stylist_of(boutique)
    assert scores == [
        pytest.approx(alone.score(pieces).verdict.logit, abs=1e-4)
        for pieces in (RED, RED[:2], RED[1:])
    ]


def test_a_new_version_is_served_from_the_next_request_on(
    dresser: Stylist, make_service: MakeService
) -> None:
    source = Changing(dresser)
    service = make_service(source)
    assert service.refresh() is False
    source.told["version"] = 2
    with client_of(service) as client:
        assert client.get("/v1/ready").json()["catalogue_version"] == 1
        assert service.refresh() is True
        assert client.get("/v1/ready").json()["catalogue_version"] == 2


def test_a_request_keeps_its_version_while_another_is_taken_up(
    dresser: Stylist, make_service: MakeService
) -> None:
    source = Changing(dresser)
    service = make_service(source)
    stop, failed = threading.Event(), []

    def ask() -> None:
        with client_of(service) as client:
            while not stop.is_set():
                response = client.post("/v1/complete", json={"pieces": RED})
                if response.status_code != 200:
                    failed.append(response.text)

    asking = threading.Thread(target=ask)
    asking.start()
    for version in range(2, 8):
        source.told["version"] = version
        service.refresh()
    stop.set()
    asking.join()
    assert not failed


def test_a_photograph_survives_a_new_version(dresser: Stylist, make_service: MakeService) -> None:
    from tests.serving.test_uploads import sent

    source = Changing(dresser)
    service = make_service(source)
    with client_of(service) as client:
        upload = sent(client)
        source.told["version"] = 2
        service.refresh()
        asked = {"pieces": [upload["id"], "boots-red-0"]}
        assert client.post("/v1/score", json=asked).status_code == 200


def test_while_the_database_is_away_the_last_version_is_served_and_readiness_says_so(
    dresser: Stylist, make_service: MakeService
) -> None:
    source = Changing(dresser)
    service = make_service(source)
    with client_of(service) as client:
        source.told["away"] = True
        with pytest.raises(CatalogueUnavailable):
            service.refresh()
        response = client.get("/v1/ready")
        assert response.json()["error"]["code"] == "catalogue_unavailable"
        assert (response.status_code, response.headers["retry-after"]) == (503, "5")
        assert client.get("/v1/health").status_code == 200
        assert client.post("/v1/score", json={"pieces": RED}).status_code == 200
        source.told["away"] = False
        assert service.refresh() is False
        assert client.get("/v1/ready").status_code == 200


def test_a_house_that_is_not_open_yet_is_not_ready(dresser: Stylist) -> None:
    service = Service(ReadySource(dresser))
    with pytest.raises(Problem, match="getting ready"):
        _ = service.served
    service.open()
    assert service.ready
    service.close()


def test_the_application_opens_its_house_in_the_background(dresser: Stylist) -> None:
    began, go = threading.Event(), threading.Event()

    class Late(ReadySource):
        def load(self) -> ServedVersion:
            began.set()
            go.wait(10)
            return super().load()

    service = Service(Late(dresser))
    with client_of(service) as client:
        assert began.wait(10)
        assert client.get("/v1/health").status_code == 200
        response = client.post("/v1/score", json={"pieces": RED})
        assert (response.status_code, response.headers["retry-after"]) == (503, "2")
        go.set()
        while client.get("/v1/ready").status_code != 200:
            continue
        assert client.post("/v1/score", json={"pieces": RED}).status_code == 200


def test_many_items_are_prepared_behind_the_first_visitor_and_before_a_later_version(
    boutique: Wardrobe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modiste.stylist.stylist.EXACT", 10)
    monkeypatch.setattr("modiste.stylist.likeness.EXACT", 10)
    source = Changing(stylist_of(boutique, Recording()))
    prepared: list[int | None] = []
    through, whole = threading.Event(), WarmUp.prepare

    def prepare(ahead: WarmUp) -> None:
        prepared.append(service.served.version if service.ready else None)
        whole(ahead)
        through.set()

    monkeypatch.setattr(WarmUp, "prepare", prepare)
    service = Service(source)
    service.open()
    assert through.wait(20)
    assert prepared == [1]  # it was ready by then
    found = service.served.stylist.find(SearchRequest(like="boots-red-2", limit=3))
    assert all("-red-" in garment.id for garment in found.garments)
    source.told["version"] = 2
    assert service.refresh() and service.served.version == 2
    assert prepared[1] == 1
    service.close()
