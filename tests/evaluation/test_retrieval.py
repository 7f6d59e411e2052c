from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest

from modiste.evaluation.retrieval import Ranks, measure_retrieval
from modiste.evaluation.scoring import CatalogueIndex, EvaluationContext
from modiste.outfit import FitbQuestion


def ask(context: str, answer: int, wrong: str = "i99") -> FitbQuestion:
    items = tuple(f"i{row}" for row in context.split())
    return FitbQuestion(question=items, candidates=(wrong, f"i{answer}"), answer=1)


@pytest.mark.parametrize(("better", "ties"), [(0, 0), (2, 0), (0, 3), (1, 2), (3, 3)])
def test_ties_earn_what_breaking_them_at_random_would(better: int, ties: int) -> None:
    pool = better + ties + 1
    ranks = Ranks(np.array([better]), np.array([ties]), np.array([pool]))
    orders = list(permutations(range(ties + 1)))  # the right item is 0
    places = [better + order.index(0) + 1 for order in orders]
    for k in range(1, pool + 2):
        assert ranks.recall(k)[0] == pytest.approx(np.mean([place <= k for place in places]))
    assert ranks.reciprocal()[0] == pytest.approx(np.mean([1 / place for place in places]))


def test_a_constant_scorer_finds_k_of_the_pool(told: Any) -> None:
    ids = tuple(f"i{row}" for row in range(40))
    index = CatalogueIndex(ids, ("boots",) * 40, ("shoes",) * 40)
    found = measure_retrieval(told(lambda rows: 0.0), [ask("0 1", 5)], EvaluationContext(index))
    assert found.ranks.pool.tolist() == [38]
    assert found.recall[10].value == pytest.approx(10 / 38)
    assert found.mrr.value == pytest.approx(np.mean([1 / rank for rank in range(1, 39)]))


def test_ranks_agree_with_a_slow_count(told: Any) -> None:
    random = np.random.default_rng(0)
    ids = tuple(f"i{row}" for row in range(60))
    fine = tuple(random.choice(["a", "b", "c"], size=60))
    worth = random.integers(0, 8, size=60).astype(float)
    scorer = told(lambda rows: worth[rows[-1]])
    questions = []
    for _ in range(30):
        rows = random.choice(60, size=4, replace=False)
        questions.append(ask(" ".join(map(str, rows[:3])), int(rows[3])))
    found = measure_retrieval(
        scorer, questions, EvaluationContext(CatalogueIndex(ids, fine, fine))
    ).ranks
    for place, question in enumerate(questions):
        answer = int(question.candidates[1][1:])
        pool = [
            row
            for row in range(60)
            if fine[row] == fine[answer] and f"i{row}" not in question.question
        ]
        assert found.pool[place] == len(pool)
        assert found.better[place] == sum(worth[row] > worth[answer] for row in pool)
        assert found.ties[place] == sum(worth[row] == worth[answer] for row in pool) - 1


def test_wrong_candidates_play_no_part_known_or_not(told: Any, terms: EvaluationContext) -> None:
    scorer = told(lambda rows: float(rows[-1]))
    known = measure_retrieval(scorer, [ask("6 9", 1, wrong="i2")], terms)
    unknown = measure_retrieval(scorer, [ask("6 9", 1, wrong="i99")], terms)
    assert known.ranks.better.tolist() == unknown.ranks.better.tolist() == [1]
    assert unknown.unknown == 0


def test_an_unknown_outfit_earns_chance_and_an_unknown_answer_nothing(
    told: Any, terms: EvaluationContext
) -> None:
    questions = [ask("99 6", 0), ask("6 9", 98)]
    found = measure_retrieval(told(lambda rows: float(rows[-1])), questions, terms)
    assert found.unknown == 2
    assert found.ranks.recall(1).tolist() == pytest.approx([1 / 3, 0.0])
    assert found.ranks.reciprocal()[1] == 0.0


def test_a_fit_that_is_no_number_comes_last(told: Any, terms: EvaluationContext) -> None:
    scorer = told(lambda rows: float("nan") if rows[-1] == 0 else -1.0)
    found = measure_retrieval(scorer, [ask("6 9", 0), ask("6 9", 1)], terms)
    assert found.ranks.better.tolist() == [2, 0]
    assert found.ranks.ties.tolist() == [0, 1]


def test_no_question_is_no_figure(told: Any, terms: EvaluationContext) -> None:
    found = measure_retrieval(told(lambda rows: 0.0), [], terms).to_json()
    assert found["n"] == 0
    assert found["recall@10"] is found["recall@50"] is found["mrr"] is None
