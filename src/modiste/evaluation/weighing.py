"""How much each of several scorers is to count: weights that sum to 1, found on questions.

What every scorer says is asked once; a choice of weights is then arithmetic, so that hundreds of
them can be tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise, permutations
from math import comb

import numpy as np
from sklearn.metrics import roc_auc_score

from modiste.arrays import Bools, Doubles, Floats, Ints
from modiste.evaluation.fitb import fitb_credit
from modiste.evaluation.retrieval import Ranks
from modiste.evaluation.scoring import CatalogueIndex, Scorer
from modiste.outfit import FitbQuestion

MOST_TRIED = 300
"""Points of the first, coarse grid at most."""
MOST_CELLS = 60_000_000
"""Numbers held while weighing retrieval; beyond it evenly spaced questions stand for all."""
STEPS = (0.05, 0.02, 0.01)
"""How much weight is moved from one scorer to another while the best choice is refined."""
TOP = 10
_NEVER = -1e9
_TIED = 1e-6


@dataclass(frozen=True)
class Opinions:
    """What K scorers say of whole outfits.

    Args:
        scores: (n, K) standardised.
        labels: (n,) 1 for outfits that people made, 0 for the others.
        centre: (K,) what was taken off.
        scale: (K,) what was divided by.
    """

    scores: Doubles
    labels: Ints
    centre: Doubles
    scale: Doubles

    @classmethod
    def of(cls, scores: Sequence[Doubles], labels: Ints) -> Opinions:
        """K times (n,) raw scores of the same outfits; one that any scorer has none of is out."""
        every = np.stack(scores, axis=1)
        known = np.isfinite(every).all(axis=1)
        every, centre, scale = every[known], np.zeros(len(scores)), np.ones(len(scores))
        if len(every):
            centre, scale = every.mean(axis=0), _above_zero(every.std(axis=0))
        return cls((every - centre) / scale, labels[known], centre, scale)

    def auc(self, weights: Doubles) -> float:
        """Of the weighted sum; 0 where there are not outfits of both labels."""
        if len(np.unique(self.labels)) < 2:
            return 0.0
        return float(roc_auc_score(self.labels, self.scores @ weights))


@dataclass(frozen=True)
class Leads:
    """By how much K scorers put other items above the right one, each on a scale of its own.

    Args:
        blanks: (q, C, K) of the candidates of fill-in-the-blank questions; those absent are
            far below.
        answers: (q,) which candidate is right.
        pools: one (n, P, K) a fine category, of all of its items; those of the question itself
            are far below, and the right one too.
        scale: (K,) what was divided by: spread among the candidates of a question.
    """

    blanks: Doubles
    answers: Ints
    pools: tuple[Floats, ...]
    scale: Doubles

    def value(self, weights: Doubles) -> float:
        """Fill-in-the-blank accuracy plus recall@10 of the weighted sum, 0 to 2."""
        return self._accuracy(weights) + self._recall(weights)

    def _accuracy(self, weights: Doubles) -> float:
        credit = fitb_credit(1.0 + self.blanks @ weights, self.answers)  # the right one leads by 0
        return float(credit.mean()) if len(credit) else 0.0

    def _recall(self, weights: Doubles) -> float:
        found = [np.zeros(0)]
        for pool in self.pools:
            lead = pool @ weights.astype(np.float32)  # (n, P)
            better = (lead > _TIED).sum(axis=1)
            ties = (np.abs(lead) <= _TIED).sum(axis=1)
            found.append(Ranks(better, ties, np.full(len(pool), pool.shape[1])).recall(TOP))
        recall = np.concatenate(found)
        return float(recall.mean()) if len(recall) else 0.0


def leads_of(
    scorers: Sequence[Scorer],
    blanks: Sequence[Doubles],
    questions: Sequence[FitbQuestion],
    index: CatalogueIndex,
) -> Leads:
    """Ask K scorers for the missing items.

    Args:
        scorers: asked among all items of the right answer's fine category.
        blanks: K times (q, C), what each gave the candidates as the item that it wants; NaN where
            there is none.
        questions: the q questions.
        index: what there is to choose from.
    """
    known = [place for place, q in enumerate(questions) if _comparable(q, index)]
    chosen = [questions[place] for place in known]
    answers = np.array([q.answer for q in chosen], dtype=np.int64)
    given = np.stack(blanks, axis=2)[known]  # (q, C, K)
    scale = np.ones(len(scorers))
    if len(given):
        spread = given - np.nanmean(given, axis=1, keepdims=True)
        scale = _above_zero(np.sqrt(np.nanmean(spread**2, axis=(0, 1))))
    truth = np.take_along_axis(given, answers[:, None, None], axis=1)  # (q, 1, K)
    apart = np.nan_to_num((given - truth) / scale, nan=_NEVER)
    pools = tuple(_pools(scorers, chosen, index, scale))
    return Leads(apart, answers, pools, scale)


def find_weights(value: Callable[[Doubles], float], scorers: int) -> tuple[Doubles, int]:
    """Weights of K scorers that sum to 1 and make `value` largest; deterministic.

    A grid over all of them, equal weights among it, then moves of ever less weight from one
    scorer to another while they help. Of equally good weights those nearest to equal ones win.

    Returns:
        (K,) the weights, and how many were tried.
    """
    equal = np.full(scorers, 1 / scorers)
    tried: dict[tuple[float, ...], float] = {}

    def rank(weights: Doubles) -> tuple[float, float]:
        key = tuple(weights.round(6))
        if key not in tried:
            tried[key] = value(weights)
        return round(tried[key], 9), -round(float(((weights - equal) ** 2).sum()), 9)

    best = max([equal, *_grid(scorers)], key=rank)
    for step in STEPS:
        better: Doubles | None = best
        while better is not None:
            best = better
            better = max(_moved(best, step), key=rank, default=best)
            better = better if rank(better) > rank(best) else None
    return best.round(6), len(tried)


def _grid(scorers: int) -> Iterator[Doubles]:
    """All weights that are multiples of one step, the finest step that leaves few enough."""
    parts = next(
        (n for n in range(20, 1, -1) if comb(n + scorers - 1, scorers - 1) <= MOST_TRIED), 1
    )
    for bars in combinations(range(parts + scorers - 1), scorers - 1):  # stars and bars
        edges = [-1, *bars, parts + scorers - 1]
        yield np.array([b - a - 1 for a, b in pairwise(edges)]) / parts


def _moved(weights: Doubles, step: float) -> Iterator[Doubles]:
    """The weights with `step`, or what there is, taken from one and given to another."""
    for giver, taker in permutations(range(len(weights)), 2):
        amount = min(step, weights[giver])
        if amount > 0:
            moved = weights.copy()
            moved[giver] -= amount
            moved[taker] += amount
            yield moved


def _comparable(question: FitbQuestion, index: CatalogueIndex) -> bool:
    """Whether all is known and the candidates share a fine category."""
    rows = index.known((*question.question, *question.candidates))
    if rows is None:
        return False
    return len({index.fine[row] for row in rows[len(question.question) :]}) == 1


def _pools(
    scorers: Sequence[Scorer],
    questions: Sequence[FitbQuestion],
    index: CatalogueIndex,
    scale: Doubles,
) -> Iterator[Floats]:
    """(n, P, K) float32 leads over the right answer, one array a fine category."""
    truths = [q.candidates[q.answer] for q in questions]
    sizes = [len(index.of_fine[index.fine_of(truth)]) for truth in truths]
    every = max(1, -(-sum(sizes) * len(scorers) // MOST_CELLS))
    by_fine: dict[str, list[tuple[list[int], int]]] = {}
    for question, truth in list(zip(questions, truths, strict=True))[::every]:
        asked = (index.known(question.question) or [], index.rows[truth])
        by_fine.setdefault(index.fine_of(truth), []).append(asked)
    for fine, asks in by_fine.items():
        rows = index.of_fine[fine]
        outfits = [outfit for outfit, _ in asks]
        right = np.searchsorted(rows, [answer for _, answer in asks])
        out = _left_out(rows, asks)
        leads = np.empty((len(asks), len(rows), len(scorers)), dtype=np.float32)
        for number, scorer in enumerate(scorers):
            fits = scorer.fits(outfits, scorer.partition(rows)) / scale[number]
            leads[:, :, number] = fits - fits[np.arange(len(asks)), right][:, None]
        leads[out] = _NEVER
        yield np.nan_to_num(leads, nan=_NEVER)


def _left_out(rows: Ints, asks: Sequence[tuple[list[int], int]]) -> Bools:
    """(n, P) the items that a question holds already, and its right answer."""
    return np.array([np.isin(rows, [*outfit, answer]) for outfit, answer in asks])


def _above_zero(spread: Doubles) -> Doubles:
    """Spreads to divide by; one who always says the same is divided by 1."""
    return np.where(spread > 1e-12, spread, 1.0)
