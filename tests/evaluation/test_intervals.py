from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modiste.evaluation.intervals import (
    ALL,
    RESAMPLES,
    Mean,
    clusters_of,
    groups_of,
    means,
    paired_difference,
    resample_counts,
)

RANDOM = np.random.default_rng(0)


def whole(values: np.ndarray, clusters: np.ndarray | None = None, seed: int = 0) -> Mean:
    each = np.arange(len(values)) if clusters is None else clusters
    return means(values, {ALL: np.ones(len(values), dtype=bool)}, each, seed)[ALL]


def width(mean: Mean) -> float:
    assert mean.interval is not None
    return mean.interval[1] - mean.interval[0]


def test_every_resample_draws_as_many_as_there_are() -> None:
    counts = np.concatenate(list(resample_counts(37, seed=3)))
    assert counts.shape == (RESAMPLES, 37)
    assert (counts.sum(axis=1) == 37).all()
    assert counts.mean(axis=0) == pytest.approx(np.ones(37), abs=0.15)


def test_an_interval_is_as_wide_as_theory_says() -> None:
    values = RANDOM.integers(0, 2, size=800).astype(float)
    expected = 2 * 1.96 * values.std() / np.sqrt(len(values))
    assert width(whole(values)) == pytest.approx(expected, rel=0.1)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    truth, held = 0.4, 0
    for seed in range(200):
        values = (np.random.default_rng(seed).random(150) < truth).astype(float)
        low, high = whole(values, seed=seed).interval or (0.0, 0.0)
        held += low <= truth <= high
    assert 0.9 <= held / 200 <= 0.99


def test_asking_about_one_outfit_ten_times_makes_nothing_surer() -> None:
    values = RANDOM.integers(0, 2, size=100).astype(float)
    repeated, outfits = np.repeat(values, 10), np.repeat(np.arange(100), 10)
    assert width(whole(repeated, outfits)) == pytest.approx(width(whole(values)), rel=0.15)
    assert width(whole(repeated)) < 0.5 * width(whole(values))


def test_one_seed_gives_one_interval() -> None:
    values = RANDOM.random(50)
    assert whole(values, seed=5) == whole(values, seed=5)
    assert whole(values, seed=5) != whole(values, seed=6)


def test_groups_are_means_of_their_questions() -> None:
    values, labels = RANDOM.random(60), [int(n) for n in RANDOM.integers(1, 12, size=60)]
    found = means(values, groups_of("size", labels), np.arange(60), seed=0)
    assert [label for _, label in found] == [str(n) for n in sorted(set(labels))]
    for (_, label), mean in found.items():
        chosen = values[[str(n) == label for n in labels]]
        assert mean.n == len(chosen)
        assert mean.value == pytest.approx(chosen.mean())


def test_nothing_has_no_mean() -> None:
    assert whole(np.zeros(0)) == Mean(None, None, 0)
    found = means(np.ones(3), {("a", "b"): np.zeros(3, dtype=bool)}, np.arange(3), seed=0)
    assert found["a", "b"] == Mean(None, None, 0)


def test_questions_of_one_outfit_share_a_cluster() -> None:
    keys = [frozenset("abc"), frozenset("ab"), frozenset("cba")]
    assert clusters_of(keys).tolist() == [0, 1, 0]


def test_a_scorer_is_no_better_than_itself() -> None:
    values = RANDOM.random(80)
    found = paired_difference(values, values, np.arange(80), seed=0)
    assert (found.value, found.interval, found.p_value) == (0.0, (0.0, 0.0), 1.0)


def test_a_clear_difference_is_told_from_noise() -> None:
    base = RANDOM.random(400)
    better = paired_difference(base + 0.1 + 0.2 * RANDOM.normal(size=400), base, np.arange(400), 0)
    assert better.p_value is not None and better.interval is not None
    assert better.p_value < 0.001
    assert better.interval[0] > 0
    noise = paired_difference(base + 0.2 * RANDOM.normal(size=400), base, np.arange(400), 0)
    assert noise.p_value is not None
    assert noise.p_value > 0.01


def test_chance_finds_differences_as_often_as_it_should() -> None:
    found = []
    for seed in range(60):
        random = np.random.default_rng(seed)
        gain = paired_difference(random.random(40), random.random(40), np.arange(40), seed)
        found.append(gain.p_value or 0.0)
    assert np.mean(np.array(found) < 0.05) < 0.15
    assert 0.35 < np.mean(found) < 0.65


@given(
    gains=st.lists(
        st.sampled_from([-1.0, -0.5, -0.1, 0.0, 0.1, 0.3, 1.0]), min_size=1, max_size=60
    ),
    outfits=st.integers(1, 30),
)
@settings(max_examples=40, deadline=None)
def test_an_interval_excludes_nothing_exactly_where_the_test_rejects_it(
    gains: list[float], outfits: int
) -> None:
    clusters = clusters_of([n % outfits for n in range(len(gains))])
    found = paired_difference(np.array(gains), np.zeros(len(gains)), clusters, seed=0)
    assert found.value is not None and found.p_value is not None
    if found.interval is None:
        assert found.p_value >= 0.05
        return
    low, high = found.interval
    assert low <= found.value + 1e-9 and found.value - 1e-9 <= high
    assert (low > 0 or high < 0) == (found.p_value < 0.05)


def test_the_difference_of_a_few_outfits_is_what_all_their_signs_say() -> None:
    gain = np.array([0.3, 0.1, 0.4, 0.2, 0.5, 0.6, 0.7, 0.1])
    signs = np.array(list(product([-1, 1], repeat=8)))
    exact = np.mean(np.abs(signs @ gain) >= gain.sum() - 1e-9)
    found = paired_difference(gain, np.zeros(8), np.arange(8), seed=0)
    assert found.p_value == pytest.approx(exact, abs=0.005)
    few = paired_difference(gain[:4], np.zeros(4), np.arange(4), seed=0)
    assert few.interval is None  # four outfits rule nothing out


def test_an_interval_holds_the_true_difference_as_often_as_it_says() -> None:
    held = 0
    for seed in range(100):
        random = np.random.default_rng(seed)
        outfits = random.normal(0.05, 0.2, size=30)
        clusters = np.repeat(np.arange(30), 3)
        gain = outfits[clusters] + random.normal(0, 0.1, size=90)
        low, high = paired_difference(gain, np.zeros(90), clusters, seed).interval or (0, 0)
        held += low <= 0.05 <= high
    assert 88 <= held <= 99
