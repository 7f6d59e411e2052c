from __future__ import annotations

import numpy as np
import pytest

from modiste.stylist.likeness import highest


@pytest.mark.parametrize("count", [1, 7, 40, 99, 100, 300])
def test_the_highest_are_those_that_a_stable_sort_of_all_puts_first(count: int) -> None:
    rng = np.random.default_rng(count)
    for values in (rng.normal(size=100), rng.integers(4, size=100) / 2, np.zeros(100)):
        expected = np.argsort(-values, kind="stable")[:count]
        assert highest(values, count).tolist() == expected.tolist()


def test_of_nothing_nothing_is_highest() -> None:
    assert not len(highest(np.zeros(0), 3))
