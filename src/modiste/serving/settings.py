"""What the service is told: how much it does at once, how long, and where it keeps things.

Its edge is told who may call, how often and how much.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

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


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How the service works; the defaults suit one machine of two cores."""

    edge: EdgeSettings = field(default_factory=EdgeSettings)
    """Who may call, how often and how much."""

    data: Path | None = None
    """Where photographs are kept that a key asks to keep; None: nowhere, and such a wish is
    refused."""

    model_threads: int = 1
    """Threads that ask the model at the same time; each of them computes on one core."""

    batch: int = 8
    """Requests that share one call of the model at most: more save little, and all of them wait
    for the last one."""

    waiting: int = 256
    """Requests that wait for the model at most; one more is told to come back."""

    seconds: float = 20.0
    """Time in which a request is answered, or told that it is too much just now."""

    picture_threads: int = 2
    """Threads that decode and shrink photographs."""

    picture_memory: int = 64 * _MEGABYTE
    """Bytes of shrunk photographs that stay in memory."""

    upload_pixels: int = 40_000_000
    """Pixels of a photograph at most."""

    visit_seconds: float = 2 * 60 * 60.0
    """A visitor's photographs go when nobody has asked for them for this long."""

    uploads_each: int = 30
    """Photographs of one visitor; one more takes the place of the oldest."""

    uploads_total: int = 2000
    """Photographs of all visitors; one more takes the place of the oldest."""
