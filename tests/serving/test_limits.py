from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from modiste.serving.edge.access import digest
from modiste.serving.edge.limits import BURST_SECONDS, Buckets, caller_address
from tests.serving.edged import caller

KEY = "a-key-of-twenty-char"


class Clock:
    """A clock that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@given(st.lists(st.floats(0, 2), min_size=1, max_size=60))
def test_nobody_gets_more_than_the_burst_and_what_flowed_in(pauses: list[float]) -> None:
    clock = Clock()
    buckets, taken = Buckets(2.0, 5.0, clock=clock), 0
    for pause in pauses:
        clock.now += pause
        taken += buckets.take("a") == 0
        assert taken <= 5 + 2 * clock.now + 1e-6


def test_who_waits_as_long_as_told_is_served() -> None:
    clock = Clock()
    buckets = Buckets(0.5, 1.0, clock=clock)
    assert buckets.take("a") == 0
    wait = buckets.take("a")
    assert wait == 2.0
    clock.now += wait
    assert buckets.take("a") == 0


def test_one_caller_does_not_use_up_what_another_has() -> None:
    buckets = Buckets(1.0, 1.0, clock=Clock())
    assert buckets.take("a") == 0 and buckets.take("a") > 0
    assert buckets.take("b") == 0


def test_the_table_does_not_grow_without_end_and_forgets_the_longest_unseen() -> None:
    buckets = Buckets(1.0, 1.0, most=10, clock=Clock())
    buckets.take("first")
    for number in range(9):
        buckets.take(str(number))
    assert buckets.take("first") > 0  # seen again just now
    for number in range(100, 109):
        buckets.take(str(number))
    assert len(buckets) == 10
    assert buckets.take("first") > 0


def test_too_many_requests_are_told_when_to_come_again() -> None:
    client = caller(rate=1.0)
    statuses = [client.get("/v1/items/a").status_code for _ in range(int(BURST_SECONDS) + 1)]
    assert statuses == [200] * int(BURST_SECONDS) + [429]
    answer = client.get("/v1/items/a")
    assert answer.json()["error"]["code"] == "too_many_requests"
    assert int(answer.headers["retry-after"]) >= 1


def test_costly_routes_have_a_smaller_bucket_of_their_own() -> None:
    client = caller(rate=10.0)
    statuses = [client.post("/v1/compose").status_code for _ in range(6)]
    assert statuses == [200] * 4 + [429] * 2
    assert client.get("/v1/items/a").status_code == 200


def test_health_and_measures_are_always_answered() -> None:
    client = caller(rate=0.001)
    assert [client.get("/v1/health").status_code for _ in range(20)] == [200] * 20
    assert client.get("/v1/metrics").status_code == 200


def test_there_is_no_limit_unless_one_is_set() -> None:
    client = caller()
    assert {client.get("/v1/items/a").status_code for _ in range(300)} == {200}


def test_a_key_has_its_own_bucket_and_a_wrong_key_has_none() -> None:
    client = caller(rate=0.25, key_digests=frozenset({digest(KEY)}))
    assert client.get("/v1/items/a").status_code == 200
    assert client.get("/v1/items/a").status_code == 429
    for wrong in ("guess-1", "guess-2"):
        assert client.get("/v1/items/a", headers={"X-Modiste-Key": wrong}).status_code == 429
    assert client.get("/v1/items/a", headers={"X-Modiste-Key": KEY}).status_code == 200


def test_the_forwarded_address_is_believed_of_a_trusted_proxy_alone() -> None:
    client = caller(rate=0.25)
    assert client.get("/v1/items/a", headers={"X-Forwarded-For": "1.1.1.1"}).status_code == 200
    assert client.get("/v1/items/a", headers={"X-Forwarded-For": "2.2.2.2"}).status_code == 429
    behind = caller(address="10.0.0.1", rate=0.25, trusted_proxies=("10.0.0.0/24",))
    for address in ("1.1.1.1", "2.2.2.2"):
        headers = {"X-Forwarded-For": f"6.6.6.6, {address}"}  # the first is what a client claimed
        assert behind.get("/v1/items/a", headers=headers).status_code == 200
    assert behind.get("/v1/items/a", headers={"X-Forwarded-For": "2.2.2.2"}).status_code == 429


def test_ipv6_callers_count_by_network() -> None:
    assert caller_address({"client": ("2001:db8::1", 1)}) == caller_address(
        {"client": ("2001:db8::ffff", 2)}
    )
    assert caller_address({"client": ("2001:db8:0:1::1", 1)}) != caller_address(
        {"client": ("2001:db8::1", 1)}
    )
    assert caller_address({"client": ("fe80::1%eth0", 1)}) == "fe80::/64"
    assert caller_address({"client": ("::ffff:192.0.2.1", 1)}) == "192.0.2.1"
    assert caller_address({"client": None}) == "unknown"
