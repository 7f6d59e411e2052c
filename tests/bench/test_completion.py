"""The benchmark of a completion pass compares like with like."""

from __future__ import annotations

import numpy as np
import torch

from modiste.bench.completion import (
    DecodedScorer,
    PassSize,
    bench_completion,
    draw_pass,
    hits,
    nearness,
    published_hit,
)
from modiste.evaluation.retrieval import rank

SMALL = PassSize(outfits=12, slots=3, items=40, width=8, layers=1)


def test_the_published_size_is_the_default() -> None:
    size = PassSize()
    assert (size.outfits * size.slots, size.items, size.width) == (2_928, 4_000, 128)


def test_nearness_falls_with_the_distance() -> None:
    torch.manual_seed(0)
    wanted, items = torch.randn(5, 8), torch.randn(30, 8)
    by_distance = torch.cdist(wanted, items).argsort(dim=1)
    assert torch.equal(nearness(wanted, items).argsort(dim=1, descending=True), by_distance)


def test_ours_finds_the_hits_of_the_published_loop_and_not_all_are_hits() -> None:
    drawn = draw_pass(SMALL)
    ours = hits(rank(DecodedScorer(drawn), drawn.asks, drawn.pools))
    theirs = np.array([published_hit(drawn, number) for number in range(len(drawn.asks))])
    assert (ours == theirs).all()
    assert 0 < ours.sum() < len(ours)


def test_every_row_has_a_reference() -> None:
    rows = bench_completion(SMALL, rounds=1, sample=6)
    assert [row.unit for row in rows] == ["s", "questions/s", "questions/s", "1: yes"]
    assert all(row.reference_value > 0 and row.value > 0 for row in rows)
    assert rows[-1].ratio == 1.0
