"""Weights: found where one can see which they must be, and the arithmetic is the evaluator's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from modiste.arrays import Doubles, Ints
from modiste.evaluation.fitb import measure_fitb
from modiste.evaluation.retrieval import measure_retrieval
from modiste.evaluation.scoring import CandidatePool, CatalogueIndex, EvaluationContext
from modiste.evaluation.weighing import Opinions, find_weights, leads_of
from modiste.outfit import FitbQuestion

ITEMS = 40
rng = np.random.default_rng(0)
ASSORTMENT = CatalogueIndex(
    ids=tuple(f"i{n}" for n in range(ITEMS)),
    fine=tuple("ab"[n % 2] for n in range(ITEMS)),
    coarse=("tops",) * ITEMS,
)


class Fixed:
    """Scores pairs of items by a table: no model."""

    def __init__(self, table: Doubles) -> None:
        self.table = table

    def score(self, outfits: Sequence[Sequence[int]]) -> Doubles:
        return np.array([self.table[rows[0], rows[1]] for rows in outfits])

    def partition(self, rows: Ints) -> CandidatePool:
        return CandidatePool(rows, 0, torch.zeros(len(rows), 1))

    def fits(self, outfits: Sequence[Sequence[int]], partition: CandidatePool) -> Doubles:
        fits: Doubles = self.table[[rows[0] for rows in outfits]][:, partition.rows]
        return fits


def questions() -> list[FitbQuestion]:
    """Four candidates of one category; the right one at any place."""
    made = []
    for number in range(30):
        chosen = 2 * rng.choice(ITEMS // 2, size=5, replace=False)  # all of category a
        context, *candidates = (f"i{row}" for row in chosen)
        question = FitbQuestion(
            question=(context,), candidates=tuple(candidates), answer=number % 4
        )
        made.append(question)
    return made


ASKED = questions()
TERMS = EvaluationContext(ASSORTMENT, fitb_by="wanted")
TABLES = [rng.normal(size=(ITEMS, ITEMS)) * size for size in (1.0, 7.0)]


def leads(tables: Sequence[Doubles]) -> tuple[list[Fixed], list[Doubles]]:
    scorers = [Fixed(table) for table in tables]
    return scorers, [measure_fitb(scorer, ASKED, TERMS).scores for scorer in scorers]


@pytest.mark.parametrize("weights", [[1.0, 0.0], [0.0, 1.0], [0.5, 0.5], [0.2, 0.8]])
def test_the_arithmetic_gives_what_the_evaluator_gives(weights: list[float]) -> None:
    scorers, blanks = leads(TABLES)
    found = leads_of(scorers, blanks, ASKED, ASSORTMENT)
    summed = sum(w / s * t for w, s, t in zip(weights, found.scale, TABLES, strict=True))
    fused = Fixed(np.asarray(summed))
    accuracy = measure_fitb(fused, ASKED, TERMS).accuracy.value
    recall = measure_retrieval(fused, ASKED, TERMS).recall[10].value
    assert accuracy is not None
    assert recall is not None
    assert found.value(np.array(weights)) == pytest.approx(accuracy + recall, abs=1e-6)


def test_the_scale_is_the_spread_among_candidates() -> None:
    scorers, blanks = leads([TABLES[0], 7 * TABLES[0] + 100])
    scale = leads_of(scorers, blanks, ASKED, ASSORTMENT).scale
    assert scale[1] == pytest.approx(7 * scale[0])


def test_ties_share_credit() -> None:
    scorers, blanks = leads([np.zeros((ITEMS, ITEMS)), TABLES[0]])
    found = leads_of(scorers, blanks, ASKED, ASSORTMENT)
    assert found.value(np.array([1.0, 0.0])) == pytest.approx(0.25 + 10 / 19)


def test_questions_across_categories_are_left_out() -> None:
    mixed = FitbQuestion(question=("i0",), candidates=("i1", "i2"), answer=0)
    scorers, blanks = leads(TABLES)
    blanks = [np.vstack([each, [0, 0, np.nan, np.nan]]) for each in blanks]
    found = leads_of(scorers, blanks, [*ASKED, mixed], ASSORTMENT)
    assert len(found.answers) == len(ASKED)


def test_scores_are_standardised_and_those_unknown_left_out() -> None:
    first, second = np.array([1.0, 3.0, np.nan, 5.0]), np.array([10.0, 30.0, 1.0, 20.0])
    found = Opinions.of([first, second], np.array([0, 1, 1, 1]))
    np.testing.assert_allclose(found.centre, [3, 20])
    np.testing.assert_allclose(found.scores.std(axis=0), 1)
    assert found.labels.tolist() == [0, 1, 1]
    assert found.auc(np.array([1.0, 0.0])) == 1.0


def test_one_who_always_says_the_same_has_no_say() -> None:
    found = Opinions.of([np.ones(4), np.arange(4.0)], np.array([0, 0, 1, 1]))
    assert np.isfinite(found.scores).all()
    assert found.auc(np.array([1.0, 0.0])) == 0.5
    assert Opinions.of([np.ones(2)] * 2, np.array([1, 1])).auc(np.array([1.0, 0.0])) == 0.0


def test_all_weight_goes_to_the_only_one_who_knows() -> None:
    def value(weights: Doubles) -> float:
        return float(weights[1])

    weights, tried = find_weights(value, 3)
    np.testing.assert_allclose(weights, [0, 1, 0], atol=1e-9)
    assert tried >= 231


def test_a_peak_between_grid_points_is_found_to_a_hundredth() -> None:
    peak = np.array([0.13, 0.58, 0.29])
    weights, _ = find_weights(lambda w: -float(((w - peak) ** 2).sum()), 3)
    np.testing.assert_allclose(weights, peak, atol=0.011)
    assert weights.sum() == pytest.approx(1)


@pytest.mark.parametrize("scorers", [2, 3, 4, 7, 12])
def test_where_weights_do_not_matter_they_are_equal(scorers: int) -> None:
    weights, tried = find_weights(lambda weights: 1.0, scorers)
    np.testing.assert_allclose(weights, 1 / scorers, atol=1e-6)
    assert tried < 1000


def test_the_search_is_the_same_every_time() -> None:
    found = [find_weights(lambda w: round(float(w[0] * w[1]), 1), 3) for _ in range(2)]
    np.testing.assert_array_equal(found[0][0], found[1][0])
