"""Completion: where does the right item stand among all items of its slot?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from modiste.data.batches import Ints
from modiste.evaluation.intervals import (
    ALL,
    Mean,
    clusters_of,
    groups_of,
    means,
    rounded,
    rounded_interval,
)
from modiste.evaluation.retrieval import Ask, Ranks, rank
from modiste.evaluation.scoring import Scorer, Terms
from modiste.outfit import CompletionQuestion


@dataclass(frozen=True, kw_only=True)
class CompletionResult:
    """How early right answers come among all items of a coarse category.

    Args:
        ranks: of the n questions.
        clusters: (n,) number of the outfit behind each question.
        hit: k -> category -> share of right answers among the first k; ALL for all of them.
        mrr: category -> mean reciprocal rank.
        unknown: questions with an unknown item in the outfit (they count as chance), or whose
            answer is unknown or not of the category asked for (they earn nothing).
    """

    ranks: Ranks
    clusters: Ints
    hit: dict[int, dict[tuple[str, str], Mean]]
    mrr: dict[tuple[str, str], Mean]
    unknown: int

    def to_json(self) -> dict[str, Any]:
        """The headline figures, over all questions and by category."""
        return {
            **self._figures(ALL),
            "unknown": self.unknown,
            "intervals": {
                "hit@1": rounded_interval(self.hit[1][ALL].interval),
                "hit@10": rounded_interval(self.hit[10][ALL].interval),
                "mrr": rounded_interval(self.mrr[ALL].interval),
            },
            "by_category": {key[1]: self._figures(key) for key in self.mrr if key != ALL},
        }

    def _figures(self, key: tuple[str, str]) -> dict[str, Any]:
        return {
            "hit@1": rounded(self.hit[1][key].value),
            "hit@10": rounded(self.hit[10][key].value),
            "mrr": rounded(self.mrr[key].value),
            "n": self.mrr[key].n,
        }


def measure_completion(
    scorer: Scorer, questions: Sequence[CompletionQuestion], terms: Terms
) -> CompletionResult:
    """Ask for an item of a slot among all items of all fine categories in it.

    The scorer is asked for each fine category in turn and the inner products are compared. A
    category that is not coarse but fine is looked for among its own items.
    """
    assortment = terms.assortment
    pools = {name: (rows,) for name, rows in assortment.of_fine.items()} | assortment.of_coarse
    asks = [
        Ask(
            items=assortment.known(q.question),
            answer=assortment.rows.get(q.answer, -1),
            pool=q.category,
        )
        for q in questions
    ]
    ranks = rank(scorer, asks, pools)
    clusters = clusters_of([frozenset((*q.question, q.answer)) for q in questions])
    groups = {ALL: np.ones(len(asks), dtype=bool)}
    groups |= groups_of("category", [q.category for q in questions])
    lost = np.array([ask.items is None for ask in asks], dtype=bool) | (ranks.pool == 0)
    return CompletionResult(
        ranks=ranks,
        clusters=clusters,
        hit={k: means(ranks.recall(k), groups, clusters, terms.seed) for k in (1, 10)},
        mrr=means(ranks.reciprocal(), groups, clusters, terms.seed),
        unknown=int(np.sum(lost)),
    )
