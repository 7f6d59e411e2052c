"""One line of a benchmark."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class BenchRow:
    """A figure of ours beside a reference measured in the same run, as measured, not rounded.

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
        """Plain values, numbers to four significant digits."""
        return {
            name: _shown(value) if isinstance(value, float) else value
            for name, value in asdict(self).items()
        }


def share_row(name: str, share: float) -> BenchRow:
    """A share of which all would be best."""
    return BenchRow(
        name=name, value=share, unit="share", reference="all", reference_value=1.0, ratio=share
    )


def _shown(value: float) -> float:
    """Four significant digits; a whole part longer than that is kept."""
    if value == 0 or not math.isfinite(value):
        return value
    return round(value, max(0, 3 - math.floor(math.log10(abs(value)))))
