"""What a sample says about all."""

from __future__ import annotations

import numpy as np
import pytest

from modiste.encoders.neighbours import agreement, nearest, projected_agreement


def spoiled(noise: float, count: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    """Vectors spread over a few directions, and the same with noise."""
    random = np.random.default_rng(1)
    exact = random.normal(size=(count, 6)) @ random.normal(size=(6, 12))
    cheap = exact + noise * random.normal(size=exact.shape)
    return exact.astype(np.float32), cheap.astype(np.float32)


def test_no_row_is_its_own_neighbour_and_blocks_of_rows_change_nothing() -> None:
    exact, _ = spoiled(0.1, 1200)  # more than one block
    found = nearest(exact, 10)
    assert not (found == np.arange(len(exact))[:, None]).any()
    assert set(found[700]) == set(nearest(np.roll(exact, 5, axis=0), 10)[705] - 5)


def test_the_projection_from_a_third_is_near_the_truth_and_nearer_than_the_sample() -> None:
    exact, cheap = spoiled(0.08)
    truth = agreement(exact, cheap)
    rows = np.random.default_rng(0).permutation(len(exact))[:1000]
    told = projected_agreement(exact[rows], cheap[rows], len(exact))
    assert abs(told - truth) < 0.015
    assert abs(told - truth) < abs(agreement(exact[rows], cheap[rows]) - truth)


def test_the_same_vectors_keep_all_neighbours_however_many_there_are() -> None:
    exact, _ = spoiled(0.0, 400)
    assert projected_agreement(exact, exact, 10**6) == 1


def test_more_noise_keeps_fewer_neighbours() -> None:
    kept = [agreement(*spoiled(noise, 500)) for noise in (0.0, 0.05, 0.2, 1.0)]
    assert kept == sorted(kept, reverse=True) and len(set(kept)) == 4


@pytest.mark.parametrize("count", [2, 5, 11])
def test_few_items_have_few_neighbours(count: int) -> None:
    exact, cheap = spoiled(0.01, count)
    assert agreement(exact, cheap) == 1  # all the others are neighbours
