"""Completion: where does the right item stand among the items of its slot, all or those worn?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from modiste.arrays import Bools, Ints
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
from modiste.evaluation.scoring import EvaluationContext, Scorer
from modiste.outfit import CompletionQuestion


@dataclass(frozen=True, kw_only=True)
class Placed:
    """How early right answers come in pools of one kind.

    Args:
        ranks: of the n questions.
        hit: k -> category -> share of right answers among the first k; ALL for all of them.
        mrr: category -> mean reciprocal rank.
    """

    ranks: Ranks
    hit: dict[int, dict[tuple[str, str], Mean]]
    mrr: dict[tuple[str, str], Mean]

    def to_json(self) -> dict[str, Any]:
        """The headline figures, over all questions and by category."""
        return {
            **self._figures(ALL),
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


@dataclass(frozen=True, kw_only=True)
class CompletionResult(Placed):
    """How early right answers come among all items of a coarse category.

    Args:
        clusters: (n,) number of the outfit behind each question.
        unknown: questions with an unknown item in the outfit (they count as chance), or whose
            answer is unknown or not of the category asked for (they earn nothing).
        among_worn: the same among those items of the category that occur in outfits.
    """

    clusters: Ints
    unknown: int
    among_worn: Placed

    def to_json(self) -> dict[str, Any]:
        """The headline figures, over all questions and by category, and those `among_worn`."""
        worn = self.among_worn.to_json()
        sizes = self.among_worn.ranks.pool[self.among_worn.ranks.pool > 0]
        worn["pool"] = "items of the category in outfits of the wardrobe or of the questions" + (
            f" (median {int(np.median(sizes)):,})" if len(sizes) else ""
        )
        return {**super().to_json(), "unknown": self.unknown, "among_worn": worn}


def measure_completion(
    scorer: Scorer, questions: Sequence[CompletionQuestion], terms: EvaluationContext
) -> CompletionResult:
    """Ask for an item of a slot among all items of all fine categories in it, and those worn.

    The scorer is asked for each fine category in turn and the inner products are compared. A
    category that is not coarse but fine is looked for among its own items. An item counts as
    worn if it occurs in an outfit of the wardrobe, whichever its split, or in a question.
    """
    index = terms.index
    asks = [
        Ask(
            items=index.known(q.question),
            answer=index.rows.get(q.answer, -1),
            pool=q.category,
        )
        for q in questions
    ]
    worn = index.worn.union(*((*q.question, q.answer) for q in questions))
    clusters = clusters_of([frozenset((*q.question, q.answer)) for q in questions])
    groups = {ALL: np.ones(len(asks), dtype=bool)}
    groups |= groups_of("category", [q.category for q in questions])
    everywhere = _placed(rank(scorer, asks, index.pools), groups, clusters, terms.seed)
    ranks = everywhere.ranks
    lost = np.array([ask.items is None for ask in asks], dtype=bool) | (ranks.pool == 0)
    return CompletionResult(
        ranks=ranks,
        hit=everywhere.hit,
        mrr=everywhere.mrr,
        clusters=clusters,
        unknown=int(np.sum(lost)),
        among_worn=_placed(
            rank(scorer, asks, index.pools_among(worn)), groups, clusters, terms.seed
        ),
    )


def _placed(
    ranks: Ranks, groups: Mapping[tuple[str, str], Bools], clusters: Ints, seed: int
) -> Placed:
    return Placed(
        ranks=ranks,
        hit={k: means(ranks.recall(k), groups, clusters, seed) for k in (1, 10)},
        mrr=means(ranks.reciprocal(), groups, clusters, seed),
    )
