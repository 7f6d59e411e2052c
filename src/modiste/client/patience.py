"""How long to wait before a request is sent once more."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

BUSY = frozenset({429, 503})
"""Statuses that may pass: too many requests, and not just now."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """When to ask again, and when to give up.

    Args:
        seconds: most time spent on waiting for one answer; 0: never ask again.
        first: the first pause, in seconds; each is twice the one before.
        longest: no pause of our own is longer, in seconds.
    """

    seconds: float = 10.0
    first: float = 0.1
    longest: float = 2.0

    def pause(self, attempt: int, waited: float, asked: float | None) -> float | None:
        """Seconds to wait before the next attempt, None to give up.

        Args:
            attempt: how many there were, from 1.
            waited: seconds spent on pauses so far.
            asked: what the server's `Retry-After` says, in seconds; never undercut.
        """
        ours: float = min(self.first * 2.0 ** (attempt - 1), self.longest)
        ours *= 0.5 + random.random() / 2  # so that many clients do not come back at once
        wait = max(ours, asked or 0.0)
        return wait if waited + wait <= self.seconds else None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a `Retry-After` asks for, 0 or more; None where there is none to read."""
    told = headers.get("retry-after", "").strip()
    if not told:
        return None
    try:
        return max(0.0, float(told)) if told.isdecimal() else _until(told)
    except ValueError:
        return None


def _until(date: str) -> float:
    return max(0.0, parsedate_to_datetime(date).timestamp() - time.time())
