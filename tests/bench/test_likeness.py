"""The benchmark of look-alikes compares with what is true."""

from __future__ import annotations

import numpy as np
import pytest

from modiste.bench.likeness import LikenessSize, bench_likeness
from modiste.stylist import likeness


def test_a_sketch_is_measured_beside_every_vector(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("EXACT", 1_000), ("DEEP", 200), ("LEARNT", 1_000)):
        monkeypatch.setattr(likeness, name, value)
    rows = bench_likeness(LikenessSize(items=4_000, width=160, varied=80, queries=6))
    assert len(rows) == 3
    assert all(np.isfinite([row.value, row.reference_value, row.ratio]).all() for row in rows)
    assert rows[1].value >= 0.95


def test_few_items_are_all_compared() -> None:
    rows = bench_likeness(LikenessSize(items=500, width=40, varied=20, queries=3))
    assert rows[1].value == 1.0
