"""How often one caller may ask (token buckets), and how many connections each address holds."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from cachetools import LRUCache
from starlette.types import ASGIApp, Receive, Scope, Send

from modiste.serving.edge.access import key_of, known
from modiste.serving.problems import Problem, refuse
from modiste.serving.settings import EdgeSettings

BURST_SECONDS = 4.0
COSTLY_SHARE = 0.1
MOST_CALLERS = 10_000
MAPPED = "::ffff:"
"""How a socket for both families begins an address of IPv4."""

_COSTLY = frozenset({"/v1/compose", "/v1/revise", "/v1/uploads"})
_FREE = frozenset({"/v1/health", "/v1/ready", "/v1/metrics"})


@dataclass
class _Bucket:
    tokens: float
    filled: float  # seconds, when `tokens` was true


class Buckets:
    """One token bucket a caller; of more than `most` callers the one unseen longest is forgotten.

    Args:
        rate: tokens a second that flow in, above 0.
        burst: tokens that a bucket holds, 1 or more.
        most: callers remembered at once.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        rate: float,
        burst: float,
        *,
        most: int = MOST_CALLERS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.rate, self.burst, self.clock = rate, max(1.0, burst), clock
        self._buckets: LRUCache[str, _Bucket] = LRUCache(most)

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, caller: str) -> float:
        """Take one token. Returns 0, or the seconds until there is one (and takes none)."""
        now = self.clock()
        bucket = self._buckets.get(caller)
        if bucket is None:
            bucket = self._buckets[caller] = _Bucket(self.burst, now)
        bucket.tokens = min(self.burst, bucket.tokens + (now - bucket.filled) * self.rate)
        bucket.filled = now
        if bucket.tokens < 1.0:
            return (1.0 - bucket.tokens) / self.rate
        bucket.tokens -= 1.0
        return 0.0


class RateLimits:
    """Middleware: refuses callers that ask more often than agreed, with 429 and when to come again.

    A caller is a known key, or else an address; of IPv6 the network of 64 bits, which is what one
    customer of a provider has. Health, readiness and measures are always answered.
    """

    def __init__(self, app: ASGIApp, settings: EdgeSettings) -> None:
        self.app = app
        self.digests = settings.key_digests
        self.all = _buckets(settings.rate)
        costly = settings.costly_rate
        if costly is None and settings.rate is not None:
            costly = settings.rate * COSTLY_SHARE
        self.costly = _buckets(costly)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an HTTP request on, or say in how many seconds to ask again."""
        wait = self._wait(scope) if scope["type"] == "http" else 0.0
        if not wait:
            await self.app(scope, receive, send)
            return
        seconds = math.ceil(wait)
        problem = Problem(
            "too_many_requests",
            f"Too many requests from this address or key; ask again in {seconds} s.",
            headers={"Retry-After": str(seconds)},
        )
        await refuse(problem, scope, send)

    def _wait(self, scope: Scope) -> float:
        path = scope["path"]
        if (self.all is None and self.costly is None) or path in _FREE:
            return 0.0
        caller = self._caller(scope)
        if self.costly is not None and path in _COSTLY and (wait := self.costly.take(caller)):
            return wait
        return self.all.take(caller) if self.all is not None else 0.0

    def _caller(self, scope: Scope) -> str:
        if self.digests and (found := known(key_of(scope), self.digests)):
            return found.hex()
        return caller_address(scope)


def caller_address(scope: Scope) -> str:
    """The address that a request counts for; IPv6 as the /64 network it is in."""
    client = scope.get("client")
    host = str(client[0]).removeprefix(MAPPED) if client else "unknown"
    if ":" not in host:
        return host
    try:
        return str(ipaddress.IPv6Network((host.partition("%")[0], 64), strict=False))
    except ValueError:
        return host


def _buckets(rate: float | None) -> Buckets | None:
    return Buckets(rate, rate * BURST_SECONDS) if rate else None


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
