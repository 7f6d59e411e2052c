from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modiste.data.batches import ItemTable
from modiste.evaluation.fitb import choose_examples, fitb_credit, measure_fitb
from modiste.evaluation.scoring import CatalogueIndex, EvaluationContext, ModelScorer
from modiste.models.controls import fit_control
from modiste.outfit import FitbQuestion


def ask(context: str, candidates: str, answer: int, position: int | None = None) -> FitbQuestion:
    return FitbQuestion(
        question=tuple(f"i{row}" for row in context.split()),
        candidates=tuple(f"i{row}" for row in candidates.split()),
        answer=answer,
        position=position,
    )


QUESTIONS = [
    ask("6 9", "0 1 2 3", 0),
    ask("6 9", "4 3 2 5", 3),
    ask("7 0", "9 10 11 8", 1),
    ask("0", "6 7 8 11", 2),
]


def test_a_scorer_that_knows_nothing_gets_chance() -> None:
    assert fitb_credit(np.zeros((40, 4)), np.arange(40) % 4).mean() == 0.25


def test_every_scorer_that_says_the_same_of_all_gets_chance(
    told: Any, terms: EvaluationContext
) -> None:
    for constant in (0.0, -1e9, np.inf):
        found = measure_fitb(told(lambda rows, c=constant: c), QUESTIONS, terms)
        assert found.accuracy.value == 0.25
        assert found.accuracy.interval == (0.25, 0.25)


@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from([0.0, 1.0, 2.0, float("nan")]), min_size=1, max_size=5),
            st.integers(0, 4),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_credit_agrees_with_a_slow_count(asked: list[tuple[list[float], int]]) -> None:
    most = max(len(scores) for scores, _ in asked)
    table = np.full((len(asked), most), np.nan)
    present = np.zeros(table.shape, dtype=bool)
    answers = np.array([answer % len(scores) for scores, answer in asked])
    for row, (scores, _) in enumerate(asked):
        table[row, : len(scores)], present[row, : len(scores)] = scores, True
    expected = []
    for (scores, _), answer in zip(asked, answers, strict=True):
        truth = scores[answer]
        better = [s for s in scores if s > truth]
        same = [s for s in scores if s == truth]
        expected.append(0.0 if np.isnan(truth) or better else 1 / len(same))
    assert fitb_credit(table, answers, present).tolist() == expected


def test_the_right_answers_place_plays_no_part(told: Any, terms: EvaluationContext) -> None:
    noise = np.random.default_rng(1).normal(size=12)
    scorer = told(lambda rows: noise[list(rows)].sum())
    found = measure_fitb(scorer, QUESTIONS, terms).credit
    for shift in range(1, 4):
        turned = [
            replace(
                q,
                candidates=q.candidates[shift:] + q.candidates[:shift],
                answer=(q.answer - shift) % 4,
            )
            for q in QUESTIONS
        ]
        assert measure_fitb(scorer, turned, terms).credit.tolist() == found.tolist()


def test_a_right_answer_that_scores_no_number_earns_nothing(
    told: Any, terms: EvaluationContext
) -> None:
    found = measure_fitb(told(lambda rows: float("nan")), QUESTIONS, terms)
    assert found.accuracy.value == 0.0
    assert found.not_a_number == len(QUESTIONS)


def test_a_wrong_candidate_that_scores_no_number_is_the_worst(
    told: Any, terms: EvaluationContext
) -> None:
    scorer = told(lambda rows: -5.0 if 0 in rows else float("nan"))
    assert measure_fitb(scorer, QUESTIONS[:1], terms).accuracy.value == 1.0


def test_unknown_items_count_as_chance_and_are_counted(told: Any, terms: EvaluationContext) -> None:
    unknown = [ask("99 9", "0 1 2 3", 0), ask("6 9", "0 99", 0), ask("6 9", "99 1 2", 0)]
    wrong = told(lambda rows: -float(0 in rows))
    found = measure_fitb(wrong, [*unknown, *QUESTIONS], terms)
    assert found.credit[:3].tolist() == [1 / 4, 1 / 2, 1 / 3]
    assert found.unknown == 3
    assert found.accuracy.n == 7


def test_warm_means_that_the_right_answer_was_trained_on(
    told: Any, terms: EvaluationContext
) -> None:
    # i0 is warm and right first; i5, i10 and i8 are cold.
    found = measure_fitb(told(lambda rows: float(0 in rows)), QUESTIONS, terms)
    assert (found.warm.value, found.warm.n) == (1.0, 1)
    assert found.cold.n == 3
    total = (found.warm.value or 0) + 3 * (found.cold.value or 0)
    assert total / 4 == pytest.approx(found.accuracy.value)


def test_groups_make_up_the_whole(told: Any, terms: EvaluationContext) -> None:
    noise = np.random.default_rng(2).normal(size=12)
    found = measure_fitb(told(lambda rows: noise[list(rows)].sum()), QUESTIONS, terms)
    for groups in (found.by_size, found.by_category):
        assert sum(mean.n for mean in groups.values()) == len(QUESTIONS)
        total = sum((mean.value or 0.0) * mean.n for mean in groups.values())
        assert total / len(QUESTIONS) == pytest.approx(found.accuracy.value)
    assert list(found.by_size) == ["2", "3"]
    assert set(found.by_category) == {"shoes", "bottoms", "tops"}


@pytest.mark.parametrize(
    ("position", "expected"), [(None, [6, 9, 0]), (0, [0, 6, 9]), (1, [6, 0, 9])]
)
def test_the_blank_is_filled_where_it_is(
    told: Any, terms: EvaluationContext, position: int | None, expected: list[int]
) -> None:
    asked: list[list[int]] = []

    def rule(rows: Sequence[int]) -> float:
        asked.append(list(rows))
        return 0.0

    measure_fitb(told(rule), [ask("6 9", "0 1 2 3", 0, position)], terms)
    assert asked[0] == expected
    assert [rows for rows in asked if rows == expected] == [expected]


def test_the_wanted_item_answers_as_the_score_does_where_they_agree(index: CatalogueIndex) -> None:
    random = np.random.default_rng(3)
    table = ItemTable(
        index.ids,
        random.normal(size=(12, 4)).astype(np.float32),
        np.repeat([1, 2, 3, 4], 3).astype(np.int64),
        ("boots", "pumps", "shirts", "skirts"),
    )
    scorer = ModelScorer(fit_control("mean_cosine", table, []), table)
    by_score = measure_fitb(scorer, QUESTIONS, EvaluationContext(index))
    by_wanted = measure_fitb(scorer, QUESTIONS, EvaluationContext(index, fitb_by="wanted"))
    assert by_wanted.credit.tolist() == by_score.credit.tolist()
    assert 0 < by_score.credit.mean() < 1


def test_no_question_is_no_figure(told: Any, terms: EvaluationContext) -> None:
    found = measure_fitb(told(lambda rows: 0.0), [], terms).to_json()
    assert found["n"] == 0
    assert found["accuracy"] is None
    assert found["interval"] is None
    assert found["warm"]["accuracy"] is None


def test_examples_are_what_they_are_said_to_be(told: Any, terms: EvaluationContext) -> None:
    noise = np.random.default_rng(4).normal(size=12)
    tie, unknown = ask("6", "0 0 1", 0), ask("99", "0 1", 0)
    questions = [*QUESTIONS * 3, tie, unknown]
    result = measure_fitb(told(lambda rows: noise[list(rows)].sum()), questions, terms)
    examples = choose_examples(questions, result, each=2, seed=0)
    assert examples
    for example in examples:
        assert example.question not in (tie, unknown)
        assert len(example.scores) == 4
        assert example.right == (example.chosen == example.question.answer)
        assert example.scores[example.chosen] == max(example.scores)
    assert sum(example.right for example in examples) <= 2
    assert examples == choose_examples(questions, result, each=2, seed=0)
