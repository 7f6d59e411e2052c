"""Compatibility: do real outfits score higher than spoilt ones?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from modiste.arrays import Bools, Doubles, Ints
from modiste.evaluation.intervals import (
    Mean,
    interval_of,
    resample_counts,
    rounded,
    rounded_interval,
)
from modiste.evaluation.scoring import EvaluationContext, Scorer, worst_first
from modiste.outfit import CompatibilityQuestion


@dataclass(frozen=True, kw_only=True)
class CompatibilityResult:
    """How well scores tell outfits that people made from spoilt ones.

    Args:
        scores: (n,) NaN where the outfit could not be asked about, or scored NaN.
        labels: (n,) 1 for outfits that people made, 0 for the others.
        asked: (n,) False for outfits with an unknown item or of fewer than two items.
        sizes: (n,) number of items.
        unknown: number of outfits with an item that the catalogue does not have.
        seed: of the resampling.
    """

    scores: Doubles
    labels: Ints
    asked: Bools
    sizes: Ints
    unknown: int
    seed: int

    @cached_property
    def areas(self) -> Areas:
        """Over all outfits."""
        return measure_areas(self.scores, self.labels, self.asked, self.seed)

    @cached_property
    def by_size(self) -> dict[str, Areas]:
        """By the number of items; ascending."""
        return {
            str(size): measure_areas(self.scores[of], self.labels[of], self.asked[of], self.seed)
            for size in np.unique(self.sizes)
            for of in [self.sizes == size]
        }

    def to_json(self) -> dict[str, Any]:
        """The headline figures."""
        precision = self.areas.average_precision
        return {
            "auc": rounded(self.areas.auc.value),
            "average_precision": rounded(precision.value),
            "interval": rounded_interval(self.areas.auc.interval),
            "average_precision_interval": rounded_interval(precision.interval),
            "n": len(self.labels),
            "positives": int(self.labels.sum()),
            "unknown": self.unknown,
            "too_small": int((~self.asked).sum()) - self.unknown,
            "not_a_number": int(np.isnan(self.scores[self.asked]).sum()),
        }

    def breakdowns(self) -> dict[str, Any]:
        """AUC by outfit size."""
        return {"by_size": {size: areas.auc.to_json("auc") for size, areas in self.by_size.items()}}


@dataclass(frozen=True)
class Areas:
    """Areas under two curves; None without outfits of both labels.

    Args:
        auc: under the ROC curve: how often a real outfit outscores a spoilt one, ties half.
        average_precision: under the precision-recall curve, as steps.
    """

    auc: Mean
    average_precision: Mean


def measure_compatibility(
    scorer: Scorer, questions: Sequence[CompatibilityQuestion], terms: EvaluationContext
) -> CompatibilityResult:
    """Score whole outfits and rank them.

    An outfit with an unknown item, or of fewer than two items, counts as chance: half of it ranks
    above and half of it below all others. A score that is NaN ranks below all that are numbers.
    """
    rows = [terms.index.known(q.items) for q in questions]
    sizes = np.array([len(q.items) for q in questions], dtype=np.int64)
    unknown = np.array([found is None for found in rows], dtype=bool)
    asked = ~unknown & (sizes >= 2)
    scores = np.full(len(questions), np.nan)
    scores[asked] = scorer.score([rows[i] or [] for i in np.flatnonzero(asked)])
    return CompatibilityResult(
        scores=scores,
        labels=np.array([q.label for q in questions], dtype=np.int64),
        asked=asked,
        sizes=sizes,
        unknown=int(unknown.sum()),
        seed=terms.seed,
    )


def measure_areas(scores: Doubles, labels: Ints, asked: Bools, seed: int) -> Areas:
    """Areas with their intervals; what was not asked stands half above and half below the rest."""
    ranking = _Ranking(scores, labels, asked)
    auc, precision = ranking.areas(np.ones((1, len(labels))))
    if not len(labels) or not np.isfinite(auc[0]):
        nothing = Mean(None, None, len(labels))
        return Areas(nothing, nothing)
    resampled = [ranking.areas(drawn) for drawn in resample_counts(len(labels), seed)]
    intervals = [interval_of(np.concatenate(found)) for found in zip(*resampled, strict=True)]
    return Areas(
        Mean(float(auc[0]), intervals[0], len(labels)),
        Mean(float(precision[0]), intervals[1], len(labels)),
    )


class _Ranking:
    """Outfits from the best to the worst, sorted once for all resamples."""

    def __init__(self, scores: Doubles, labels: Ints, asked: Bools) -> None:
        level = np.unique(worst_first(scores), return_inverse=True)[1] + 1  # 1, 2, ...: 1 is worst
        apart = np.flatnonzero(~asked)
        outfit = np.concatenate([np.flatnonzero(asked), apart, apart])
        level = np.concatenate(
            [level[asked], np.zeros(len(apart)), np.full(len(apart), len(scores) + 1)]
        )
        order = np.argsort(-level, kind="stable")
        self.outfit = outfit[order]
        self.weight = np.where(asked, 1.0, 0.5)[self.outfit]
        self.real = labels[self.outfit] == 1
        self.starts = np.flatnonzero(np.diff(level[order], prepend=np.inf))

    def areas(self, counts: Doubles) -> tuple[Doubles, Doubles]:
        """(r,) AUC and (r,) average precision when outfit i occurs `counts[:, i]` times."""
        if not len(self.outfit):
            return np.full(len(counts), np.nan), np.full(len(counts), np.nan)
        weight = counts[:, self.outfit] * self.weight  # (r, entries)
        real = np.add.reduceat(weight * self.real, self.starts, axis=1)  # (r, levels)
        spoilt = np.add.reduceat(weight * ~self.real, self.starts, axis=1)
        real_so_far, spoilt_so_far = real.cumsum(axis=1), spoilt.cumsum(axis=1)
        reals, spoilts = real_so_far[:, -1:], spoilt_so_far[:, -1:]
        with np.errstate(invalid="ignore", divide="ignore"):
            auc = (real * (spoilts - spoilt_so_far + spoilt / 2)).sum(axis=1, keepdims=True)
            auc = auc / (reals * spoilts)
            share = np.nan_to_num(real_so_far / (real_so_far + spoilt_so_far))
            precision = (real * share).sum(axis=1, keepdims=True) / reals
        return auc[:, 0], np.where(spoilts > 0, precision, np.nan)[:, 0]
