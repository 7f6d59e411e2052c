"""Whose connections are counted, and together with which others."""

from __future__ import annotations

from modiste.serving.edge.limits import Holders
from modiste.serving.settings import EdgeSettings


def test_an_address_may_hold_so_many_and_is_forgotten_with_its_last() -> None:
    holders = Holders(EdgeSettings(connections_per_address=2))
    one = holders.holder(("203.0.113.7", 1))
    assert [holders.take(one) for _ in range(3)] == [True, True, False]
    assert holders.take(holders.holder(("203.0.113.8", 1)))
    for _ in range(3):
        holders.give_back(one)
    assert one not in holders.held


def test_ipv6_counts_by_network_and_ipv4_by_itself_on_a_socket_for_both() -> None:
    holders = Holders(EdgeSettings(connections_per_address=2))
    near, far = ("2001:db8::1", 1), ("2001:db8:0:1::1", 1)
    assert holders.holder(near) == holders.holder(("2001:db8::2", 2)) != holders.holder(far)
    assert holders.holder(("::ffff:203.0.113.7", 1)) == holders.holder(("203.0.113.7", 2))
    assert holders.holder(("::ffff:203.0.113.8", 1)) != holders.holder(("203.0.113.7", 2))


def test_trusted_proxies_are_not_counted() -> None:
    trusted = ("127.0.0.1", "172.16.0.0/12", "2001:db8::1", "proxy")
    holders = Holders(EdgeSettings(trusted_proxies=trusted, connections_per_address=1))
    for host in ("127.0.0.1", "172.17.0.1", "::ffff:172.17.0.1", "2001:db8::1"):
        assert holders.holder((host, 1)) is None
    assert holders.holder(("192.0.2.1", 1)) is not None
    assert (
        Holders(EdgeSettings(trusted_proxies=("*",), connections_per_address=1)).holder(
            ("192.0.2.1", 1)
        )
        is None
    )
    assert all(holders.take(None) for _ in range(5))


def test_without_a_limit_nobody_is_counted() -> None:
    assert Holders(EdgeSettings(connections_per_address=None)).holder(("192.0.2.1", 1)) is None
