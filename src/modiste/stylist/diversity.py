"""Suggestions that differ from one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from modiste.data.batches import Floats, Ints
from modiste.evaluation.calibration import Doubles


@dataclass(frozen=True)
class Limit:
    """At most `most` picks share a label.

    Args:
        label: (n,) of the candidates.
        most: at least 1.
    """

    label: Ints
    most: int


def pick_diverse(
    value: Doubles, vectors: Floats, limits: Sequence[Limit], k: int, diversity: float
) -> list[int]:
    """Pick k of n candidates by maximal marginal relevance.

    After Carbonell and Goldstein 1998: each pick has the largest (1 - diversity) * relevance -
    diversity * (largest likeness to a pick before it). Relevance is `value` on a scale of 0 to 1;
    likeness the cosine of vectors standardised over the candidates, so that no column rules.

    Args:
        value: (n,) higher is better.
        vectors: (n, H) what likeness is judged by.
        limits: what must not come too often.
        k: how many.
        diversity: 0 for the best alone, to 1 for the most unlike.

    Returns:
        Indices of candidates in the order picked; ties go to the lower index.
    """
    low, high = value.min(initial=np.inf), value.max(initial=-np.inf)
    relevance = (value - low) / ((high - low) or 1.0)
    units = standard_units(vectors) if diversity else np.zeros((len(value), 0), np.float32)
    likeness = np.full(len(value), -1.0)
    free = np.ones(len(value), dtype=np.bool_)
    picked: list[int] = []
    while free.any() and len(picked) < k:
        gain = (1 - diversity) * relevance - diversity * (likeness if picked else 0.0)
        best = int(np.where(free, gain, -np.inf).argmax())
        picked.append(best)
        free[best] = False
        for limit in limits:
            alike = limit.label == limit.label[best]
            if alike[picked].sum() >= limit.most:
                free &= ~alike
        likeness = np.maximum(likeness, units @ units[best])
    return picked


def standard_units(vectors: Floats, usual: Floats | None = None) -> Floats:
    """Columns of mean 0 and deviation 1 over the `usual` vectors, then rows of length 1.

    Args:
        vectors: (n, H).
        usual: (m, H) that say what is usual; None: all of `vectors`.
    """
    if not len(vectors):
        return vectors
    usual = vectors if usual is None else usual
    spread = usual.std(axis=0)
    standard = (vectors - usual.mean(axis=0)) / np.where(spread > 1e-9, spread, 1.0)
    length = np.linalg.norm(standard, axis=1, keepdims=True)
    units: Floats = standard / np.where(length > 0, length, 1.0)
    return units
