from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from modiste.evaluation.compatibility import measure_areas, measure_compatibility
from modiste.evaluation.scoring import EvaluationContext
from modiste.outfit import CompatibilityQuestion

RANDOM = np.random.default_rng(0)


def judge(rows: str, label: int) -> CompatibilityQuestion:
    return CompatibilityQuestion(items=tuple(f"i{row}" for row in rows.split()), label=label)


@pytest.mark.parametrize("levels", [3, 20, 100_000])
def test_areas_agree_with_scikit_learn_ties_and_all(levels: int) -> None:
    labels = RANDOM.integers(0, 2, size=300)
    scores = (RANDOM.integers(0, levels, size=300) + 0.2 * levels * labels).round().astype(float)
    found = measure_areas(scores, labels, np.ones(300, dtype=bool), seed=0)
    assert found.auc.value == pytest.approx(roc_auc_score(labels, scores))
    assert found.average_precision.value == pytest.approx(average_precision_score(labels, scores))
    for area in (found.auc, found.average_precision):
        assert area.value is not None and area.interval is not None
        assert area.interval[0] < area.value < area.interval[1]


def test_what_cannot_be_asked_counts_as_chance_in_every_pair() -> None:
    labels, asked = np.array([1, 1, 1, 0, 0, 0, 0]), np.array([True, True, False] * 2 + [True])
    scores = np.array([3.0, 1.0, np.nan, 2.0, 1.0, np.nan, 0.0])
    wins = []
    for real, spoilt in product(np.flatnonzero(labels == 1), np.flatnonzero(labels == 0)):
        if not (asked[real] and asked[spoilt]) or scores[real] == scores[spoilt]:
            wins.append(0.5)
        else:
            wins.append(float(scores[real] > scores[spoilt]))
    assert measure_areas(scores, labels, asked, seed=0).auc.value == pytest.approx(np.mean(wins))


def test_only_the_order_of_scores_matters() -> None:
    labels, scores = RANDOM.integers(0, 2, size=80), RANDOM.normal(size=80)
    asked = np.ones(80, dtype=bool)
    assert measure_areas(scores, labels, asked, 0) == measure_areas(
        np.exp(3 * scores), labels, asked, 0
    )


def test_a_scorer_that_knows_nothing_gets_a_half(told: Any, terms: EvaluationContext) -> None:
    questions = [judge("0 6", 1), judge("0 6 9", 0), judge("1 7", 1), judge("2 8", 0)]
    found = measure_compatibility(told(lambda rows: 7.0), questions, terms).to_json()
    assert found["auc"] == 0.5
    assert found["average_precision"] == 0.5


def test_unknown_and_lonely_items_are_counted_not_dropped(
    told: Any, terms: EvaluationContext
) -> None:
    questions = [judge("0 6", 1), judge("0 99", 1), judge("3", 0), judge("1 6", 0)]
    found = measure_compatibility(told(lambda rows: float(0 in rows)), questions, terms).to_json()
    assert (found["n"], found["unknown"], found["too_small"]) == (4, 1, 1)
    assert found["auc"] == pytest.approx((1 + 3 * 0.5) / 4)


def test_a_score_that_is_no_number_is_the_worst(told: Any, terms: EvaluationContext) -> None:
    questions = [judge("0 6", 1), judge("1 6", 0), judge("2 6", 0)]
    found = measure_compatibility(
        told(lambda rows: float("nan") if 0 in rows else -1e9), questions, terms
    )
    assert found.to_json()["auc"] == 0.0
    assert found.to_json()["not_a_number"] == 1


@pytest.mark.parametrize("labels", [[], [1], [0, 0]])
def test_outfits_of_one_label_have_no_area(
    told: Any, terms: EvaluationContext, labels: list[int]
) -> None:
    questions = [judge("0 6", label) for label in labels]
    found = measure_compatibility(told(lambda rows: 0.0), questions, terms).to_json()
    assert found["auc"] is found["average_precision"] is found["interval"] is None
    assert found["n"] == len(labels)


def test_each_size_is_measured_by_itself(told: Any, terms: EvaluationContext) -> None:
    questions = [judge("0 6", 1), judge("1 6", 0), judge("0 6 9", 0), judge("1 6 9", 1)]
    found = measure_compatibility(told(lambda rows: float(0 in rows)), questions, terms)
    assert {size: areas.auc.value for size, areas in found.by_size.items()} == {"2": 1.0, "3": 0.0}
    assert found.areas.auc.value == 0.5
