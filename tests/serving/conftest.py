"""A small shop with a real stylist, a service over it, and a client that checks every answer."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn
from starlette.testclient import TestClient

from modiste.arrays import Floats
from modiste.client import models
from modiste.data.batches import ItemTable, category_index
from modiste.data.photographs import measure_photographs
from modiste.data.wardrobe import Wardrobe, WardrobeInfo, create_wardrobe
from modiste.models.controls import MeanCosine
from modiste.outfit import Item, Outfit
from modiste.serving.app import create_app
from modiste.serving.edge.access import digest
from modiste.serving.server import listen, url_of
from modiste.serving.service import Service
from modiste.serving.settings import EdgeSettings, Settings
from modiste.serving.sources import ReadySource
from modiste.stylist.stylist import Stylist
from modiste.stylist.wishes import QueryEncoders
from tests.stylist.conftest import COLOURS, FINES, draw, see

KEY = "a key of sixteen or more"
ODD = "odd/../image"
"""An id with slashes that ends like the address of a photograph; it has none."""


class Recording(MeanCosine):
    """Likes pieces that look alike, and counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def score(self, batch: Any) -> Any:
        self.calls += 1
        return super().score(batch)


@pytest.fixture(scope="session")
def boutique(tmp_path_factory: pytest.TempPathFactory) -> Wardrobe:
    """97 items in 8 fine categories of 5 slots; 40 training and 20 test outfits of one colour."""
    return open_boutique(tmp_path_factory.mktemp("boutique"), 60)


def open_boutique(root: Path, outfits: int) -> Wardrobe:
    """The boutique with this many outfits; those from 40 on are test outfits."""
    worn = [_outfit(number) for number in range(outfits)]
    made = create_wardrobe(root, list(_items(root)), worn, WardrobeInfo(name="boutique"))
    measure_photographs(made)
    return made


def _items(root: Path) -> Iterator[Item]:
    for slot, fines in FINES.items():
        for fine in fines:
            for colour in COLOURS:
                for number in range(4):
                    name = f"{fine}-{colour}-{number}"
                    draw(root / f"images/{name}.png", colour, slot, 2 * number + fines.index(fine))
                    yield Item(
                        id=name,
                        category=slot,
                        fine=fine,
                        title=f"{colour} {fine}",
                        image=f"images/{name}.png",
                        price=10.0 * number + len(fine),
                        attributes={
                            "color": colour.upper(),
                            "brand": "Ours" if number else "Theirs",
                            "season": str(2020 + number % 2),
                        },
                    )
    yield Item(id=ODD, category="bags", fine="handbags", title="<b>odd</b>", price=float("nan"))


def _outfit(number: int) -> Outfit:
    rng = np.random.default_rng(number)
    colour = str(rng.choice(list(COLOURS)))
    looks = [("tops", "bottoms", "shoes", "bags"), ("dresses", "shoes", "bags")]
    slots = looks[number % 3 == 2]
    items = tuple(f"{rng.choice(FINES[slot])}-{colour}-{rng.integers(4)}" for slot in slots)
    return Outfit(id=str(number), items=items, split="train" if number < 40 else "test")


def stylist_of(wardrobe: Wardrobe, model: MeanCosine | None = None) -> Stylist:
    """A stylist who reads colours from photographs and words from titles."""
    items = wardrobe.items
    vocabulary = tuple(sorted(set(items["fine"])))
    features = [
        np.zeros(8, np.float32) if image is None else see(wardrobe.root / image)
        for image in items["image"]
    ]
    table = ItemTable(
        ids=tuple(items["id"]),
        features=np.stack(features).astype(np.float32),
        category=category_index(items["fine"].to_list(), vocabulary),
        vocabulary=vocabulary,
    )
    titles = [set(title.split()) for title in items["title"]]

    def read(text: str) -> Floats:
        words = set(text.lower().split())
        return np.array([len(words & t) / len(words) for t in titles], dtype=np.float32)

    query_encoders = QueryEncoders(see=see, looks=slice(0, 8), read=read)
    return Stylist(model or Recording(), table, wardrobe, query_encoders=query_encoders)


@pytest.fixture(scope="session")
def dresser(boutique: Wardrobe) -> Stylist:
    """The boutique's stylist."""
    return stylist_of(boutique)


MakeService = Callable[..., Service]


@pytest.fixture
def make_service(dresser: Stylist, tmp_path: Path) -> Iterator[MakeService]:
    """Open a service with settings of the test's own; closed after it."""
    made: list[Service] = []

    def make(source: Any = None, **settings: Any) -> Service:
        service = service_of(
            source or ReadySource(dresser), **{"data": tmp_path / "data", **settings}
        )
        made.append(service)
        service.open()
        return service

    yield make
    for service in made:
        service.close()


def service_of(source: Any, data: Path | None = None, **settings: Any) -> Service:
    """A service whose key is `KEY`."""
    edge = settings.pop("edge", EdgeSettings(key_digests=frozenset({digest(KEY)})))
    return Service(source, Settings(edge=edge, data=data, **settings))


@pytest.fixture(scope="session")
def service(dresser: Stylist, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The boutique's service, for tests that leave it as it was."""
    found = service_of(ReadySource(dresser), tmp_path_factory.mktemp("data"))
    found.open()
    yield found
    found.close()


@pytest.fixture(scope="session")
def everyone(service: Service, boutique: Wardrobe) -> Iterator[TestClient]:
    """One connection for all tests."""
    with client_of(service, boutique.root) as found:
        yield found


@pytest.fixture
def client(everyone: TestClient) -> TestClient:
    """A new visitor who holds every answer to its description."""
    everyone.cookies.clear()
    return everyone


def client_of(service: Service, *hidden: Path) -> TestClient:
    """A client of a service that fails the test where an answer is not as described."""
    app = create_app(service)
    client = TestClient(app, base_url="http://localhost", raise_server_exceptions=False)
    check = Description(app.openapi(), [*hidden, service.uploads.folder]).check
    client.event_hooks = {"response": [check]}
    return client


class Description:
    """The service's own description, to which its answers are held."""

    def __init__(self, document: dict[str, Any], hidden: list[Path]) -> None:
        self.hidden = [str(folder) for folder in hidden]
        self.paths = {
            re.compile(re.sub(r"\\\{\w+\\\}", "(.+)", re.escape(path)) + "$"): operations
            for path, operations in sorted(document["paths"].items(), key=lambda p: -len(p[0]))
        }

    def check(self, response: Any) -> None:
        """Fail where an answer names a folder, or is not what the description says."""
        response.read()
        said = response.text + str(response.headers)
        asked = b"" if response.request.headers.get("transfer-encoding") else _sent(response)
        told = [name for name in self.hidden if name in said and name.encode() not in asked]
        assert not told, said
        assert response.headers["x-request-id"]
        if response.status_code >= 400 and response.request.method != "HEAD":
            models.Failure.model_validate_json(response.content, strict=True)
        path = response.request.url.raw_path.decode().partition("?")[0]
        operations = next((o for p, o in self.paths.items() if p.match(path)), None)
        if operations is None or response.request.method.lower() not in operations:
            return
        described = operations[response.request.method.lower()]["responses"]
        found = described[str(response.status_code)]
        schema = found.get("content", {}).get("application/json", {}).get("schema", {})
        if name := schema.get("$ref", "").rpartition("/")[2]:
            getattr(models, name).model_validate_json(response.content, strict=True)


def _sent(response: Any) -> bytes:
    """The body of the request, which an error may repeat a word of."""
    return bytes(response.request.read())


@pytest.fixture
def address(make_service: MakeService) -> Iterator[str]:
    """The boutique's service on a free port of loopback, in a thread."""
    sock = listen("127.0.0.1", 0)
    config = uvicorn.Config(
        create_app(make_service()), log_config=None, access_log=False, ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
    thread.start()
    yield url_of(sock)
    server.should_exit = True
    thread.join()
