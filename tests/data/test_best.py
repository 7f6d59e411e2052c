from __future__ import annotations

import numpy as np
import pytest

from modiste.data.best import best_rows, highest


@pytest.mark.parametrize("count", [1, 7, 40, 99, 100, 300])
def test_the_highest_are_those_that_a_stable_sort_of_all_puts_first(count: int) -> None:
    rng = np.random.default_rng(count)
    for values in (rng.normal(size=100), rng.integers(4, size=100) / 2, np.zeros(100)):
        expected = np.argsort(-values, kind="stable")[:count]
        assert highest(values, count).tolist() == expected.tolist()


def test_of_nothing_nothing_is_highest() -> None:
    assert not len(highest(np.zeros(0), 3))


def test_of_equal_scores_the_lower_row_is_best() -> None:
    rows, scores = np.array([[7, 3, 5], [1, 2, 0]]), np.array([[1.0, 1.0, 2.0], [0.0, 3.0, 3.0]])
    best, theirs = best_rows(rows, scores, 2)
    assert best.tolist() == [[5, 3], [0, 2]]
    assert theirs.tolist() == [[2.0, 1.0], [3.0, 3.0]]
