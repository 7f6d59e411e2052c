"""`items`: searched, shown, photographed, taken away."""

from __future__ import annotations

import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest
from PIL import Image
from starlette.testclient import TestClient

from modiste.errors import CatalogueUnavailable
from modiste.serving.sources import ReadySource
from modiste.serving.version import ServedVersion
from modiste.stylist.stylist import Stylist
from tests.serving.conftest import KEY, ODD, MakeService, client_of


def found(client: TestClient, query: str) -> list[dict[str, Any]]:
    response = client.get(f"/v1/items?{query}")
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


def test_the_pages_of_a_search_hold_every_item_once(client: TestClient) -> None:
    path, ids, total = "/v1/items?limit=40", [], 0
    while path:
        page = client.get(path).json()
        ids += [item["id"] for item in page["items"]]
        path, total = page["next"], page["total"]
    assert len(ids) == len(set(ids)) == total == 97


def test_the_next_page_asks_for_the_same(client: TestClient) -> None:
    query = "category=shoes&category=tops&colour=red&price_max=30&limit=2&in_stock=true"
    first = client.get(f"/v1/items?{query}").json()
    second = client.get(first["next"]).json()
    assert first["total"] == second["total"] and second["offset"] == 2
    assert {item["colour"] for item in second["items"]} == {"red"}


def test_words_find_titles(client: TestClient) -> None:
    items = found(client, "text=red+boots&limit=100")
    assert {item["title"] for item in items} == {"red boots"} and len(items) == 4


def test_a_search_by_image_finds_what_looks_alike(client: TestClient) -> None:
    items = found(client, "like=boots-red-0&limit=5")
    assert {item["colour"] for item in items} == {"red"}
    assert "boots-red-0" not in [item["id"] for item in items]


def test_what_fits_the_board_comes_first_and_the_board_is_left_out(client: TestClient) -> None:
    items = found(client, "fits=boots-red-0&fits=shirts-red-1&category=bottoms&limit=6")
    assert {item["colour"] for item in items} == {"red"}
    assert {item["given"] for item in items} == {False}


@pytest.mark.parametrize(
    ("query", "code", "where"),
    [
        ("like=nothing", "unknown_item", "like.0"),
        ("fits=nothing", "unknown_item", "fits.0"),
        ("colour=mauve", "unknown_name", None),
        ("category=hats", "unknown_name", None),
        ("limit=101", "invalid", "limit"),
        ("limit=x", "invalid", "limit"),
        ("offset=1000001", "invalid", "offset"),
        ("price_min=nan", "invalid", "price_min"),
        ("in_stock=perhaps", "invalid", "in_stock"),
        ("size=M", "invalid", "size"),
        ("price_min=5&price_max=1", "misuse", None),
    ],
)
def test_a_search_that_cannot_be_is_refused(
    client: TestClient, query: str, code: str, where: str | None
) -> None:
    response = client.get(f"/v1/items?{query}")
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["where"]) == (422, code, where)


def test_an_item_says_all_that_the_catalogue_does(client: TestClient) -> None:
    item = client.get("/v1/items/boots-red-1").json()
    assert item["attributes"] == {"brand": "Ours", "color": "RED", "season": "2021"}


def test_an_id_may_hold_any_character(client: TestClient) -> None:
    response = client.get(f"/v1/items/{quote(ODD, safe='')}")
    assert response.json()["id"] == ODD
    assert client.get(f"/v1/items/{quote(ODD, safe='')}/image").status_code == 404


@pytest.mark.parametrize("name", ["nothing", "%00", "..%2f..%2fetc%2fpasswd", "%ff", "a" * 300])
@pytest.mark.parametrize("end", ["", "/image"])
def test_an_unknown_item_is_not_found(client: TestClient, name: str, end: str) -> None:
    assert client.get(f"/v1/items/{name}{end}").json()["error"]["code"] == "not_found"


@pytest.mark.parametrize("size", [96, 192, 384, 768])
def test_a_photograph_is_never_larger_than_asked_for(client: TestClient, size: int) -> None:
    response = client.get(f"/v1/items/boots-red-1/image?size={size}")
    assert response.headers["content-type"] == "image/webp"
    assert max(Image.open(io.BytesIO(response.content)).size) <= size


def test_a_browser_that_has_a_photograph_is_told_so(client: TestClient) -> None:
    path = "/v1/items/boots-red-1/image"
    first = client.get(path)
    tag = first.headers["etag"]
    for said in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = client.get(path, headers={"If-None-Match": said})
        assert (again.status_code, again.content) == (304, b"")
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    assert "max-age" in first.headers["cache-control"]


def test_a_size_or_a_parameter_that_there_is_not_is_refused(client: TestClient) -> None:
    for query in ("size=385", "size=x", "cut=maybe", "width=3"):
        assert client.get(f"/v1/items/boots-red-1/image?{query}").status_code == 422


def test_a_photograph_that_is_gone_is_not_found(
    client: TestClient, boutique: Any, make_service: MakeService
) -> None:
    path = boutique.root / "images/boots-blue-3.png"
    data = path.read_bytes()
    path.unlink()
    try:
        assert client.get("/v1/items/boots-blue-3/image").status_code == 404
        path.write_bytes(b"no photograph")
        assert client.get("/v1/items/boots-blue-3/image").status_code == 404
    finally:
        path.write_bytes(data)


def test_to_remove_an_item_needs_a_key_and_a_catalogue(client: TestClient) -> None:
    path = "/v1/items/boots-red-1"
    assert client.delete(path).status_code == 401
    assert client.delete(path, headers={"X-Modiste-Key": "another"}).status_code == 403
    response = client.delete(path, headers={"X-Modiste-Key": KEY})
    assert (response.status_code, response.json()["error"]["code"]) == (409, "conflict")


@dataclass(frozen=True)
class Changeable(ReadySource):
    """A source from which one item can be removed, unless its database is away."""

    writer: threading.Lock = field(default_factory=threading.Lock)

    def delete(self, item_id: str) -> int | None:
        with self.writer:
            return self.taken(item_id)

    def taken(self, item_id: str) -> int:
        if item_id == "away":
            raise CatalogueUnavailable("No answer from postgresql://somebody@somewhere.")
        return int(item_id == "boots-red-1")

    def load(self) -> ServedVersion:
        return ServedVersion(self.stylist)


def test_an_item_is_removed_from_a_catalogue(dresser: Stylist, make_service: MakeService) -> None:
    service = make_service(Changeable(dresser))
    with client_of(service) as client:
        client.headers["X-Modiste-Key"] = KEY
        assert client.delete("/v1/items/boots-red-1").json() == {"removed": 1}
        assert client.delete("/v1/items/nothing").status_code == 404
        away = client.delete("/v1/items/away")
    assert (away.status_code, away.headers["retry-after"]) == (503, "5")
    assert away.json()["error"]["code"] == "catalogue_unavailable"
    assert "postgresql" not in away.text


def test_photographs_are_drawn_while_deletes_wait_for_another_writer(
    dresser: Stylist, make_service: MakeService
) -> None:
    source = Changeable(dresser)
    service = make_service(source)
    waiting = service.settings.picture_threads + 1
    with client_of(service) as client, ThreadPoolExecutor(waiting) as visitors:
        client.headers["X-Modiste-Key"] = KEY
        with source.writer:
            asked = ["/v1/items/boots-red-1"] * waiting
            deletes = [visitors.submit(client.delete, path) for path in asked]
            while service.changes < waiting:
                time.sleep(0.01)
            assert client.get("/v1/items/boots-blue-3/image?size=96").status_code == 200
        assert [each.result().status_code for each in deletes] == [200] * waiting
