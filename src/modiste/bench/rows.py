"""One line of a benchmark."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class BenchRow:
    """A figure of ours beside a reference measured in the same run.

    Args:
        name: what was measured.
        value: ours.
        unit: of both values.
        reference: what it is compared with.
        reference_value: its figure.
        ratio: above 1 where we are better.
    """

    name: str
    value: float
    unit: str
    reference: str
    reference_value: float
    ratio: float

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)
