"""How many connections each address holds, so that none of them takes every place."""

from __future__ import annotations

import ipaddress
from collections import Counter

from modiste.serving.edge_settings import EdgeSettings
from modiste.serving.limits import MAPPED, caller_address


class Holders:
    """Counts connections by address; of IPv6 by the network of 64 bits.

    Trusted proxies are not counted: the connections of all visitors come from them.

    Args:
        settings: `connections_per_address` and `trusted_proxies` of them.
    """

    def __init__(self, settings: EdgeSettings) -> None:
        self.most = settings.connections_per_address
        self.trusts_all = "*" in settings.trusted_proxies
        self.proxies = [_network(name) for name in settings.trusted_proxies if name != "*"]
        self.held: Counter[str] = Counter()

    def holder(self, client: tuple[str, int] | None) -> str | None:
        """The address that a connection counts for; None: it counts for none."""
        if client is None or self.most is None or self.trusts_all:
            return None
        host = client[0].removeprefix(MAPPED)
        if any(_within(host, network) for network in self.proxies):
            return None
        return caller_address({"client": (host, client[1])})

    def take(self, holder: str | None) -> bool:
        """Count one more; whether the address holds as many as it may, or fewer."""
        if holder is None or self.most is None:
            return True
        self.held[holder] += 1
        return self.held[holder] <= self.most

    def give_back(self, holder: str | None) -> None:
        """Count one less; who holds none is forgotten."""
        if holder is None:
            return
        self.held[holder] -= 1
        if self.held[holder] <= 0:
            del self.held[holder]


_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _network(name: str) -> _Network | str:
    try:
        return ipaddress.ip_network(name, strict=False)
    except ValueError:
        return name


def _within(host: str, network: _Network | str) -> bool:
    if isinstance(network, str):
        return host == network
    try:
        return ipaddress.ip_address(host.partition("%")[0]) in network
    except ValueError:
        return False
