"""The benchmark of the 2017 evaluation compares like with like."""

from __future__ import annotations

import pytest

from modiste.bench.han2017 import LENGTHS, Plain, Size, bench_han2017, draw, operations
from modiste.evaluation.han2017.compatibility import log_likelihoods
from modiste.evaluation.han2017.fitb import recurrent_answers

SMALL = Size(items=60, width=16, questions=30, outfits={1: 2, 4: 6, 8: 6})


def test_the_published_size_is_the_default() -> None:
    size = Size()
    assert (size.questions, size.items, size.width) == (3_076, 20_000, 512)
    assert sum(LENGTHS.values()) == 7_076
    assert sum(length * count for length, count in LENGTHS.items()) == 42_866


def test_the_same_seed_draws_the_same() -> None:
    first, second = draw(SMALL), draw(SMALL)
    assert (first.items == second.items).all()
    assert (first.outfits.places == second.outfits.places).all()
    assert (first.sheet.context.length == second.sheet.context.length).all()
    assert all(
        (a == b).all()
        for a, b in zip(first.read.parameters(), second.read.parameters(), strict=True)
    )


def test_operations_are_those_of_the_products() -> None:
    # 74 steps, two directions, two operations an entry: gates 4 x 2 widths, the layer after, items.
    assert operations(draw(SMALL)) == 74 * 2 * 2 * 16 * (4 * 2 * 16 + 16 + 60)


def test_scores_are_those_of_the_reference() -> None:
    drawn = draw(SMALL)
    plain = Plain(drawn, sample=100)
    scores = log_likelihoods(drawn.read, drawn.items, drawn.items, drawn.outfits)
    sheets = recurrent_answers(drawn.read, drawn.items, drawn.items, drawn.sheet)
    assert scores[plain.outfits] == pytest.approx(plain.full(), abs=1e-4)
    assert sheets["both"].published[plain.questions] == pytest.approx(plain.fitb(), abs=1e-4)


def test_every_row_has_a_reference() -> None:
    rows = bench_han2017(SMALL, rounds=1, sample=5)
    assert [row.name for row in rows] == [
        "han2017 fitb",
        "han2017 compatibility",
        "han2017 compatibility, matrix products",
        "han2017 fast by item",
        "han2017 fast by item",
        "han2017 fast by item, preparing items",
        "han2017 fast by item, preparing items",
        "han2017 fast by outfit",
        "han2017 fast by outfit",
        "han2017 peak memory",
    ]
    for row in rows[:9]:
        assert row.reference_value > 0
        assert row.ratio == pytest.approx(row.value / row.reference_value, rel=1e-6)
    assert 50 < rows[9].value < 5_000
