from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from modiste.data.batches import ItemTable
from modiste.evaluation.completion import measure_completion
from modiste.evaluation.scoring import CatalogueIndex, EvaluationContext, ModelScorer
from modiste.models.base import Control, OutfitModel
from modiste.models.controls import fit_control
from modiste.outfit import CompletionQuestion, OutfitBatch


def ask(context: str, category: str, answer: int) -> CompletionQuestion:
    items = tuple(f"i{row}" for row in context.split())
    return CompletionQuestion(question=items, category=category, answer=f"i{answer}")


def test_items_of_all_fine_categories_of_the_slot_compete(
    told: Any, terms: EvaluationContext
) -> None:
    found = measure_completion(told(lambda rows: float(rows[-1])), [ask("6 9", "shoes", 2)], terms)
    assert found.ranks.pool.tolist() == [6]  # three boots and three pumps
    assert found.ranks.better.tolist() == [3]  # the pumps, i3 to i5


class Reversed(Control):
    """Wants the opposite in category 2: a model that listens to the category asked for."""

    blocks = ("row",)

    def score(self, batch: OutfitBatch) -> Any:
        return batch.items.new_zeros(len(batch))

    def wanted(self, batch: OutfitBatch, category: Any) -> Any:
        return (3 - 2 * category.float()).unsqueeze(1)

    def item_vectors(self, features: Any, category: Any) -> Any:
        return features[:, :1]


def test_each_fine_category_is_asked_for_by_its_own_name(index: CatalogueIndex) -> None:
    table = ItemTable(
        index.ids,
        np.arange(12, dtype=np.float32)[:, None],
        np.repeat([1, 2, 3, 4], 3).astype(np.int64),
        ("boots", "pumps", "shirts", "skirts"),
    )
    model: OutfitModel = Reversed()
    found = measure_completion(
        ModelScorer(model, table), [ask("6 9", "shoes", 3)], EvaluationContext(index)
    )
    # Fits: boots 0, 1, 2 and, the other way round, pumps -3, -4, -5.
    assert found.ranks.better.tolist() == [3]


def test_hits_and_means_are_told_by_category(told: Any, terms: EvaluationContext) -> None:
    questions = [ask("6", "shoes", 5), ask("6", "shoes", 0), ask("0", "tops", 8)]
    found = measure_completion(told(lambda rows: float(rows[-1])), questions, terms).to_json()
    assert found["hit@1"] == pytest.approx(2 / 3, abs=1e-4)
    assert found["hit@10"] == 1.0
    assert found["mrr"] == pytest.approx((1 + 1 / 6 + 1) / 3, abs=1e-4)
    assert found["n"] == 3
    assert found["by_category"]["shoes"]["hit@1"] == 0.5
    assert found["by_category"]["tops"] == {"hit@1": 1.0, "hit@10": 1.0, "mrr": 1.0, "n": 1}


def test_a_fine_category_may_be_asked_for_by_name(told: Any, terms: EvaluationContext) -> None:
    found = measure_completion(told(lambda rows: 0.0), [ask("6", "boots", 0)], terms)
    assert found.ranks.pool.tolist() == [3]


@pytest.mark.parametrize(
    "question", [ask("6", "hats", 0), ask("6", "tops", 0), ask("6", "shoes", 99)]
)
def test_an_answer_that_cannot_be_found_earns_nothing_and_is_counted(
    told: Any, terms: EvaluationContext, question: CompletionQuestion
) -> None:
    found = measure_completion(told(lambda rows: 0.0), [question], terms).to_json()
    assert found["unknown"] == 1
    assert found["hit@10"] == found["mrr"] == 0.0


def test_an_unknown_outfit_earns_chance(told: Any, terms: EvaluationContext) -> None:
    found = measure_completion(told(lambda rows: -float(0 in rows)), [ask("99", "shoes", 0)], terms)
    assert found.to_json()["hit@1"] == pytest.approx(1 / 6, abs=1e-4)
    assert found.unknown == 1


def test_category_only_ranks_across_the_slot_by_fine_category(index: CatalogueIndex) -> None:
    table = ItemTable(
        index.ids,
        np.arange(12, dtype=np.float32)[:, None],
        np.repeat([1, 2, 3, 4], 3).astype(np.int64),
        ("boots", "pumps", "shirts", "skirts"),
    )
    outfits = [[0, 6], [1, 7], [2, 8], [3, 9], [4, 10]]  # boots with shirts, pumps with skirts
    scorer = ModelScorer(fit_control("category_only", table, outfits), table)
    found = measure_completion(
        scorer, [ask("6", "shoes", 1), ask("9", "shoes", 1)], EvaluationContext(index)
    )
    assert found.ranks.better.tolist() == [0, 3]
    assert found.ranks.ties.tolist() == [2, 2]


def test_items_that_no_outfit_wears_are_left_out_among_worn(
    told: Any, index: CatalogueIndex
) -> None:
    terms = EvaluationContext(replace(index, worn=frozenset({"i2", "i3", "i9"})))
    questions = [ask("6", "shoes", 3), ask("6", "shoes", 0)]  # i0 is in an outfit of these
    found = measure_completion(told(lambda rows: float(rows[-1])), questions, terms)
    assert found.ranks.pool.tolist() == [6, 6]
    assert found.among_worn.ranks.pool.tolist() == [3, 3]  # i0, i2, i3
    assert found.among_worn.ranks.better.tolist() == [0, 2]
    facts = found.to_json()
    assert facts["hit@1"] == 0.0
    assert facts["among_worn"]["hit@1"] == 0.5
    assert facts["among_worn"]["by_category"]["shoes"]["mrr"] == pytest.approx(2 / 3, abs=1e-4)
    assert "median 3" in facts["among_worn"]["pool"]


def test_chance_among_worn_is_that_of_the_smaller_pool(told: Any, index: CatalogueIndex) -> None:
    terms = EvaluationContext(replace(index, worn=frozenset({"i0", "i1"})))
    found = measure_completion(told(lambda rows: 0.0), [ask("6", "shoes", 0)], terms).to_json()
    assert found["hit@1"] == pytest.approx(1 / 6, abs=1e-4)
    assert found["among_worn"]["hit@1"] == 0.5
