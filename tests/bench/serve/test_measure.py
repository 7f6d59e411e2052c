"""The benchmark of the service counts what is wrong, and compares like with like."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from modiste.bench.serve.asking import Answers
from modiste.bench.serve.measure import ServeSize, bench_serve, nth, page_rows
from modiste.jobs.catalogue import build
from tests.conftest import Example


@pytest.mark.parametrize(
    ("waits", "share", "wanted"),
    [((1.0, 2.0), 0.5, 1.0), (tuple(range(1, 21)), 0.95, 19.0), ((3.0,), 0.99, 3.0)],
)
def test_a_wait_is_the_shortest_within_which_the_share_was_answered(
    waits: Sequence[float], share: float, wanted: float
) -> None:
    assert nth(waits, share) == wanted
    assert nth((), share) == float("inf")


def _answers(*firsts: str) -> Answers:
    waits: Sequence[float | None] = [0.002 if first else None for first in firsts]
    return Answers(waits=tuple(waits), firsts=firsts, told="refused" if "" in firsts else "")


def test_rows_are_of_what_both_answered_and_count_what_only_one_refused() -> None:
    served = {"explain": _answers("a", "b", "", ""), "compose by a wish": _answers("")}
    alone = {"explain": _answers("a", "x", "c", ""), "compose by a wish": _answers("")}
    rows = {row.name: row for row in page_rows(served, alone)}
    assert list(rows) == [
        "serve explain, p50 of 2",
        "serve explain, p95 of 2",
        "serve others, first answer as alone, 2 asked",
        "serve others, not answered (refused)",
    ]
    assert rows["serve explain, p50 of 2"].value == 2.0
    assert rows["serve explain, p50 of 2"].reference == "Stylist.explain alone"
    assert rows["serve others, first answer as alone, 2 asked"].value == 0.5
    assert rows["serve others, not answered (refused)"].value == 1.0


def test_nothing_asked_makes_no_row() -> None:
    assert page_rows({}, {}) == []


@pytest.mark.slow
@pytest.mark.parametrize("stored", [False, True])
def test_a_real_service_answers_many_at_once_as_the_stylist_does_alone(
    example: Example, tmp_path: Path, stored: bool
) -> None:
    catalogue = str(tmp_path / "C") if stored else None
    if catalogue is not None:
        build(example.run, catalogue)
    size = ServeSize(clients=8, seconds=3, warm=1, boards=12, questions=3, threads=1)
    found = bench_serve(example.run, size, catalogue)
    rows = {row.name.split(" (")[0]: row for row in found}
    assert rows["serve, wrong answers"].value == rows["serve others, not answered"].value == 0
    agreement = [row.value for name, row in rows.items() if "as alone" in name]
    assert agreement == [1.0, 1.0]
    assert rows["serve complete, 8 clients"].value > 0
    assert rows["serve, processor of the clients"].value < 0.5
    for kind in ("items by words", "items that fit", "compose", "explain", "revise"):
        assert 0 < rows[f"serve {kind}, p50 of 3"].value <= rows[f"serve {kind}, p95 of 3"].value
    assert all(row.reference for row in rows.values())
