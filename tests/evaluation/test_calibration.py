from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from modiste.errors import DataError, RunError
from modiste.evaluation.calibration import Calibration, fit_calibration, reliability

RANDOM = np.random.default_rng(0)


def test_a_known_curve_is_found_again() -> None:
    scores = 40 + 5 * RANDOM.normal(size=6000)
    truth = expit(0.4 * (scores - 42))
    labels = (RANDOM.random(6000) < truth).astype(int)
    found = fit_calibration(scores, labels).probability(scores)
    assert np.abs(found - truth).max() < 0.05
    assert (reliability(found, labels).expected_error or 1.0) < 0.03


def test_four_separated_outfits_make_nothing_certain() -> None:
    scores = np.array([-2.0, -1.0, 1.0, 2.0])
    found = fit_calibration(scores, scores > 0).probability(scores)
    assert 0.1 < found[0] < 0.4
    assert 0.6 < found[-1] < 0.9


@given(st.integers(0, 1000), st.floats(-3, 3), st.floats(1e-6, 1e6))
def test_a_higher_score_never_means_a_lower_probability(
    seed: int, pull: float, scale: float
) -> None:
    random = np.random.default_rng(seed)
    labels = np.arange(40) % 2
    scores = scale * (random.normal(size=40) + pull * labels)
    found = fit_calibration(scores, labels).probability(np.sort(scores))
    assert (np.diff(found) >= 0).all()
    assert ((found >= 0) & (found <= 1)).all()


def test_a_scorer_that_says_nothing_gets_the_share_of_real_outfits() -> None:
    found = fit_calibration(np.zeros(40), np.arange(40) % 4 == 0)
    assert found.probability(0.0) == pytest.approx(0.25, abs=0.03)


def test_scores_that_are_no_number_are_left_out() -> None:
    scores, labels = RANDOM.normal(size=50), np.arange(50) % 2
    more = np.concatenate([scores, [np.nan, np.inf]])
    assert fit_calibration(more, [*labels, 1, 0]) == fit_calibration(scores, labels)
    assert np.isnan(fit_calibration(scores, labels).probability(np.nan))


@pytest.mark.parametrize(
    ("scores", "labels"), [([], []), ([1.0, 2.0], [1, 1]), ([np.nan, 1], [0, 1])]
)
def test_one_label_cannot_be_calibrated(scores: list[float], labels: list[int]) -> None:
    with pytest.raises(DataError, match="both labels"):
        fit_calibration(scores, labels)


def test_a_calibration_comes_back_from_plain_numbers() -> None:
    found = fit_calibration(RANDOM.normal(size=30), np.arange(30) % 2)
    assert Calibration.from_dict(found.to_dict()) == found


@pytest.mark.parametrize(
    "damage", [{"slope": "steep"}, {"scale": 0.0}, {"slope": -1.0}, {"offset": float("nan")}]
)
def test_a_damaged_calibration_is_refused(damage: dict[str, object]) -> None:
    facts = fit_calibration([0.0, 1.0], [0, 1]).to_dict() | damage
    with pytest.raises(RunError, match="calibration"):
        Calibration.from_dict(facts)
    with pytest.raises(RunError, match="calibration"):
        Calibration.from_dict({})


def test_reliability_agrees_with_a_slow_count() -> None:
    given_, real = RANDOM.random(500), RANDOM.integers(0, 2, size=500)
    given_[:3] = [0.0, 1.0, 0.1]
    found = reliability(given_, real)
    error = 0.0
    for low in range(10):
        inside = [i for i in range(500) if min(int(given_[i] * 10), 9) == low]
        error += abs(given_[inside].sum() - real[inside].sum()) / 500
    assert found.expected_error == pytest.approx(error)
    assert found.brier == pytest.approx(np.mean((given_ - real) ** 2))
    assert sum(bin.n for bin in found.bins) == found.n == 500
    for bin in found.bins:
        assert bin.interval[0] <= bin.observed <= bin.interval[1]
        assert bin.low <= bin.predicted <= bin.high


def test_always_saying_a_half_has_a_brier_score_of_a_quarter() -> None:
    found = reliability(np.full(10, 0.5), np.arange(10) % 2)
    assert (found.brier, found.expected_error) == (0.25, 0.0)


def test_nothing_said_is_nothing_to_believe() -> None:
    found = reliability([np.nan], [1])
    assert (found.n, found.brier, found.expected_error, found.bins) == (0, None, None, ())
