"""A line of a benchmark keeps what was measured and shows what can be read."""

from __future__ import annotations

import pytest

from modiste.bench.rows import BenchRow


@pytest.mark.parametrize(
    ("measured", "shown"),
    [
        (0.0, 0.0),
        (0.000123456, 0.0001235),
        (0.0142857, 0.01429),
        (3.14159, 3.142),
        (182.456, 182.5),
        (1_644_123.4, 1_644_123.0),
        (-0.0142857, -0.01429),
        (float("inf"), float("inf")),
    ],
)
def test_json_has_four_significant_digits_and_whole_parts_whole(
    measured: float, shown: float
) -> None:
    row = BenchRow(
        name="a", value=measured, unit="s", reference="b", reference_value=1.0, ratio=measured
    )
    assert row.value == measured
    assert row.to_json() == {
        "name": "a",
        "value": shown,
        "unit": "s",
        "reference": "b",
        "reference_value": 1.0,
        "ratio": shown,
    }
