"""Nearest neighbours are those of a slow search, and what they share is counted."""

from __future__ import annotations

import numpy as np
import pytest

from modiste.jobs.compare_encoders import nearest_others, shared, shared_by_chance


def test_neighbours_are_those_of_a_slow_search() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(30, 5)).astype(np.float32)
    vectors[[3, 7]] = 0
    same = np.arange(30)
    same[11] = same[10]
    queries = np.array([0, 10, 11, 29])
    found = nearest_others(vectors, queries, same, 4)
    for place, query in enumerate(queries):
        others = [row for row in range(30) if same[row] != same[query] and vectors[row].any()]
        others.sort(key=lambda row: -vectors[query] @ vectors[row] / np.linalg.norm(vectors[row]))
        assert found[place].tolist() == others[:4]


def test_where_there_are_too_few_there_is_none() -> None:
    vectors = np.eye(3, dtype=np.float32)
    found = nearest_others(vectors, np.array([0]), np.array([0, 1, 1]), 3)
    assert sorted(found[0].tolist()) == [-1, 1, 2]
    assert nearest_others(vectors, np.array([2]), np.zeros(3, dtype=int), 2).tolist() == [[-1, -1]]


def test_shares_count_the_same_label_and_nothing_else() -> None:
    labels = ["a", "a", "b", None, "a"]
    near = np.array([[1, 2, 3], [0, 4, -1], [3, -1, -1]])
    found = shared(near, np.array([0, 1, 3]), labels)
    assert found[:2].tolist() == pytest.approx([1 / 3, 1.0])
    assert np.isnan(found[2])


def test_chance_is_what_random_neighbours_share() -> None:
    labels = ["a"] * 4 + ["b"] * 6
    rng = np.random.default_rng(1)
    queries = np.array([0, 1, 9])
    drawn = np.array([[rng.choice([r for r in range(10) if r != q], 3) for q in queries]] * 1)[0]
    many = np.concatenate(
        [drawn]
        + [
            np.stack([rng.choice([r for r in range(10) if r != q], 3) for q in queries])
            for _ in range(2000)
        ],
        axis=1,
    )
    chance = shared_by_chance(queries, np.arange(10), labels)
    assert chance == pytest.approx((3 / 9 + 3 / 9 + 5 / 9) / 3)
    assert shared(many, queries, labels).mean() == pytest.approx(chance, abs=0.02)
