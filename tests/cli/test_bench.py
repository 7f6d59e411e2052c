"""`modiste bench`: what it is told reaches the benchmark."""

from __future__ import annotations

from pathlib import Path

import pytest

from modiste.bench.rows import BenchRow
from modiste.bench.serve.measure import ServeSize
from modiste.jobs import bench
from tests.cli.conftest import Modiste


def test_a_catalogue_is_served_with_the_run_that_it_was_built_for(
    modiste: Modiste, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Path, str | None, float]] = []

    def serve(run: Path, size: ServeSize, catalogue: str | None) -> list[BenchRow]:
        asked.append((run, catalogue, size.seconds))
        return []

    monkeypatch.setattr(bench, "bench_serve", serve)
    words = ("bench", "serve", "--run", "R", "--seconds", "2", "--json")
    assert modiste(*words, "--catalogue", "postgresql://shop/items").document == []
    assert modiste(*words).document == []
    assert asked == [(Path("R"), "postgresql://shop/items", 2.0), (Path("R"), None, 2.0)]


def test_a_catalogue_without_its_run_is_misuse(modiste: Modiste) -> None:
    answer = modiste("bench", "serve", "--catalogue", "C")
    assert answer.code == 2
    assert "--run" in answer.sentence


def test_a_catalogue_is_given_or_grown(modiste: Modiste) -> None:
    words = ("bench", "serve", "--run", "R", "--catalogue", "C", "--grow", "9")
    assert "--grow" in modiste(*words).sentence


def test_a_grown_catalogue_is_made_and_served(
    modiste: Modiste, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[Path, str, int]] = []
    served: list[str | None] = []

    def serve(run: Path, size: ServeSize, catalogue: str | None) -> list[BenchRow]:
        served.append(catalogue)
        return []

    monkeypatch.setattr(bench, "grow", lambda *given: made.append(given))
    monkeypatch.setattr(bench, "bench_serve", serve)
    words = ("bench", "serve", "--run", "R", "--grow", "9", "--json")
    assert modiste(*words).document == []
    assert [(run, items) for run, _, items in made] == [(Path("R"), 9)]
    assert served == [made[0][1]]
