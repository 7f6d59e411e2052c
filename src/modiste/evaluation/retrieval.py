"""Retrieval: where does the right item stand among all items of its category?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import digamma

from modiste.arrays import Doubles, Ints
from modiste.evaluation.intervals import ALL, Mean, clusters_of, means, rounded, rounded_interval
from modiste.evaluation.scoring import CandidatePool, EvaluationContext, Scorer, tied, worst_first
from modiste.outfit import FitbQuestion

CUTOFFS = (10, 30, 50)
_CELLS = 5_000_000  # numbers held at once while ranking


@dataclass(frozen=True)
class Ranks:
    """Where right answers stand, ties undecided.

    Args:
        better: (n,) how many items of the pool scored higher.
        ties: (n,) how many others scored the same.
        pool: (n,) how many items there were, the right one included; 0 where there was no pool.
    """

    better: Ints
    ties: Ints
    pool: Ints

    def recall(self, k: int) -> Doubles:
        """(n,) the chance of standing among the first k if ties are broken at random."""
        places = np.clip(k - self.better, 0, self.ties + 1)
        found: Doubles = np.where(self.pool > 0, places / (self.ties + 1), 0.0)
        return found

    def reciprocal(self) -> Doubles:
        """(n,) the expected 1 / rank if ties are broken at random."""
        # The mean of 1/r over r = better + 1 ... better + ties + 1, by harmonic numbers.
        total = digamma(self.better + self.ties + 2.0) - digamma(self.better + 1.0)
        found: Doubles = np.where(self.pool > 0, total / (self.ties + 1), 0.0)
        return found


@dataclass(frozen=True)
class Ask:
    """One question to a pool.

    Args:
        items: rows of the incomplete outfit; None where one is unknown.
        answer: row of the right item, -1 where it is unknown.
        pool: name of the pool that it is looked for in.
    """

    items: list[int] | None
    answer: int
    pool: str


@dataclass(frozen=True, kw_only=True)
class RetrievalResult:
    """How early right answers come.

    Args:
        ranks: of the n questions.
        clusters: (n,) number of the outfit behind each question.
        recall: k -> share of right answers among the first k.
        mrr: mean reciprocal rank.
        unknown: questions with an unknown item in the outfit (they count as chance) or as the
            right answer (they earn nothing, as they have no pool).
    """

    ranks: Ranks
    clusters: Ints
    recall: dict[int, Mean]
    mrr: Mean
    unknown: int

    def to_json(self) -> dict[str, Any]:
        """The headline figures."""
        pools = self.ranks.pool[self.ranks.pool > 0]
        size = f" (median {int(np.median(pools)):,} items)" if len(pools) else ""
        facts: dict[str, Any] = {f"recall@{k}": rounded(m.value) for k, m in self.recall.items()}
        facts["mrr"] = rounded(self.mrr.value)
        facts["pool"] = "all items of the answer's fine category but those of the question" + size
        facts["n"] = self.mrr.n
        facts["unknown"] = self.unknown
        facts["intervals"] = {
            **{f"recall@{k}": rounded_interval(m.interval) for k, m in self.recall.items()},
            "mrr": rounded_interval(self.mrr.interval),
        }
        return facts


def measure_retrieval(
    scorer: Scorer, questions: Sequence[FitbQuestion], terms: EvaluationContext
) -> RetrievalResult:
    """Ask fill-in-the-blank questions among all items of the answer's fine category.

    The wrong candidates play no part. Items of the question itself are not in the pool. Where
    items tie, a right answer earns what breaking ties at random would earn on average.
    """
    index = terms.index
    truths = [q.candidates[q.answer] for q in questions]
    asks = [
        Ask(
            items=index.known(q.question),
            answer=index.rows.get(truth, -1),
            pool=index.fine_of(truth),
        )
        for q, truth in zip(questions, truths, strict=True)
    ]
    ranks = rank(scorer, asks, {name: (rows,) for name, rows in index.of_fine.items()})
    clusters = clusters_of(
        [frozenset((*q.question, truth)) for q, truth in zip(questions, truths, strict=True)]
    )

    def mean(values: Doubles) -> Mean:
        return means(values, {ALL: np.ones(len(asks), dtype=bool)}, clusters, terms.seed)[ALL]

    return RetrievalResult(
        ranks=ranks,
        clusters=clusters,
        recall={k: mean(ranks.recall(k)) for k in CUTOFFS},
        mrr=mean(ranks.reciprocal()),
        unknown=sum(ask.items is None or ask.answer < 0 for ask in asks),
    )


def rank(scorer: Scorer, asks: Sequence[Ask], pools: Mapping[str, tuple[Ints, ...]]) -> Ranks:
    """Find where each right answer stands in its pool.

    Args:
        scorer: what is asked.
        asks: questions; one whose outfit is unknown ties its answer with the whole pool, one
            whose answer is unknown or not in its pool has no pool.
        pools: name -> rows of each fine category in that pool, no row twice.
    """
    better, ties, sizes = (np.zeros(len(asks), dtype=np.int64) for _ in range(3))
    by_pool: dict[str, list[int]] = {}
    for place, ask in enumerate(asks):
        by_pool.setdefault(ask.pool, []).append(place)
    for name, places in by_pool.items():
        if name not in pools:
            continue
        partitions = [scorer.partition(rows) for rows in pools[name]]
        many = max(1, _CELLS // sum(len(partition.rows) for partition in partitions))
        for start in range(0, len(places), many):
            some = places[start : start + many]
            found = _rank_some(scorer, [asks[i] for i in some], partitions)
            better[some], ties[some], sizes[some] = found
    return Ranks(better, ties, sizes)


def _rank_some(
    scorer: Scorer, asks: Sequence[Ask], partitions: Sequence[CandidatePool]
) -> tuple[Ints, Ints, Ints]:
    """Better, tied and pool size of questions that share a pool."""
    rows = np.concatenate([partition.rows for partition in partitions])
    outfits = [ask.items or [] for ask in asks]
    fits = np.concatenate(
        [scorer.fits(outfits, partition) for partition in partitions], axis=1
    )  # (n, P)
    fits[[ask.items is None for ask in asks]] = 0.0  # nothing known: all tied
    place = {row: column for column, row in enumerate(rows.tolist())}
    own = np.array([place.get(ask.answer, -1) for ask in asks], dtype=np.int64)
    offered = np.ones(fits.shape, dtype=bool)
    for number, ask in enumerate(asks):
        worn = [place[row] for row in outfits[number] if row in place and row != ask.answer]
        offered[number, worn] = False
    truth = np.take_along_axis(fits, own[:, None], axis=1)  # (n, 1)
    lost = np.isnan(truth)
    fits, truth = worst_first(fits), worst_first(truth)
    same = tied(fits, truth) & offered & ~lost
    beaten = ((fits > truth) & offered & ~same) | lost
    pool = np.where(own < 0, 0, offered.sum(axis=1))
    ties = np.maximum(same.sum(axis=1) - 1, 0)
    return np.minimum(beaten.sum(axis=1), np.maximum(pool - 1, 0)), ties, pool
