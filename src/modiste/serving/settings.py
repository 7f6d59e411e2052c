"""What the service is told: how much it does at once, how long, and where it keeps things."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from modiste.serving.edge_settings import EdgeSettings

_MEGABYTE = 1024 * 1024


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
