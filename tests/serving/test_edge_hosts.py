from __future__ import annotations

import pytest

from modiste.serving.edge.access import host_name
from tests.serving.edged import caller

SHOP = "https://shop.example"


def status_of(host: str, **settings: object) -> int:
    return caller(**settings).get("/v1/health", headers={"Host": host}).status_code


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:9", "[::1]:8000"])
def test_loopback_names_are_answered(host: str) -> None:
    assert status_of(host) == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "127.0.0.1.evil.example",
        "localhost@evil.example",
        "",
        "[",
    ]
    + ["localhost.evil.example", "10.0.0.7"],
)
def test_a_name_that_was_led_to_this_machine_is_refused(host: str) -> None:
    answer = caller().get("/v1/health", headers={"Host": host})
    assert answer.status_code == 421
    assert answer.json()["error"]["code"] == "unknown_host"


def test_a_name_that_is_allowed_or_bound_is_answered() -> None:
    assert status_of("studio.example:443", hosts=("studio.example",)) == 200
    assert status_of("other.example", hosts=("studio.example",)) == 421
    assert status_of("other.example", hosts=("*",)) == 200
    assert status_of("box.lan", bound="box.lan") == 200


def test_a_service_for_all_interfaces_answers_to_addresses_but_not_to_any_name() -> None:
    assert status_of("10.0.0.7:8000", bound="0.0.0.0") == 200
    assert status_of("[fe80::7]", bound="0.0.0.0") == 200
    assert status_of("evil.example", bound="0.0.0.0") == 421


def test_a_host_is_read_without_port_and_case() -> None:
    assert host_name("LocalHost:8000") == "localhost"
    assert host_name("[::1]:8000") == "::1"


def test_pages_of_other_origins_may_read_nothing_by_default() -> None:
    answer = caller().get("/v1/health", headers={"Origin": SHOP})
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


def test_an_allowed_origin_may_read_and_write_and_is_told_what_it_may_send() -> None:
    client = caller(origins=(SHOP,))
    assert (
        client.get("/v1/health", headers={"Origin": SHOP}).headers["access-control-allow-origin"]
        == SHOP
    )
    assert client.post("/v1/score", headers={"Origin": SHOP}, content=b"{}").status_code == 200
    asked = {"Origin": SHOP, "Access-Control-Request-Method": "DELETE"}
    asked["Access-Control-Request-Headers"] = "x-modiste-key, content-type"
    preflight = client.options("/v1/items/a", headers=asked)
    assert preflight.status_code == 200
    assert "DELETE" in preflight.headers["access-control-allow-methods"]
    assert "access-control-allow-credentials" not in preflight.headers


@pytest.mark.parametrize(
    "origin",
    ["https://shop.example.evil", "http://shop.example", "https://shop.example:8443", "null"],
)
def test_an_origin_is_allowed_exactly_or_not_at_all(origin: str) -> None:
    client = caller(origins=(SHOP,))
    answer = client.options(
        "/v1/score", headers={"Origin": origin, "Access-Control-Request-Method": "POST"}
    )
    assert answer.status_code == 403 and answer.json()["error"]["code"] == "foreign_origin"
    assert (
        "access-control-allow-origin"
        not in client.get("/v1/health", headers={"Origin": origin}).headers
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:9999"},  # another service of this machine
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    ],
)
def test_a_foreign_page_cannot_make_a_visitors_browser_change_anything(
    headers: dict[str, str],
) -> None:
    client = caller()
    for answer in (
        client.post("/v1/uploads", headers=headers, content=b"x"),
        client.delete("/v1/items/a", headers=headers),
    ):
        assert answer.status_code == 403 and answer.json()["error"]["code"] == "foreign_origin"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost"},
        {"Origin": "https://localhost"},  # behind a proxy that speaks TLS
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_this_hosts_own_page_and_programs_may_write(headers: dict[str, str]) -> None:
    assert caller().post("/v1/uploads", headers=headers, content=b"x").status_code == 200
