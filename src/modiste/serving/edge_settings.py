"""What the edge of the service is told: who may call, how often and how much."""

from __future__ import annotations

from dataclasses import dataclass

_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class EdgeSettings:
    """Who may call, how often and how much; the defaults suit one machine's own browser."""

    bound: str = "127.0.0.1"
    """The name or address that the service listens on; requests may always ask for it."""

    hosts: tuple[str, ...] = ()
    """Names that a Host header may give besides this machine's own, without a port; `*`: any."""

    origins: tuple[str, ...] = ()
    """Exact origins (`https://shop.example`) whose pages may call; none: this host's own pages."""

    key_digests: frozenset[bytes] = frozenset()
    """SHA-256 of every key that may write; none: nobody may."""

    rate: float | None = None
    """Requests a second that one address, or one key, may go on asking; None: no limit."""

    costly_rate: float | None = None
    """The same for compose, revise and uploads; None: a tenth of `rate`."""

    trusted_proxies: tuple[str, ...] = ()
    """Addresses whose X-Forwarded-For is believed."""

    max_body: int = _MEGABYTE
    """Bytes of a request's body, uploads aside."""

    max_upload: int = 10 * _MEGABYTE
    """Bytes of a photograph; its form may add 64 kB to that."""

    max_url: int = 8192
    """Bytes of path and query together."""

    body_seconds: float = 15.0
    """Time for the whole body of a request to arrive; an upload has four times as long."""

    header_seconds: float = 10.0
    """Time for the whole head of a request to arrive."""

    max_connections: int = 1000
    """Open connections; one more takes the place of the longest idle one, or is closed."""

    connections_per_address: int | None = None
    """Open connections of one address, trusted proxies aside; None: no limit."""
