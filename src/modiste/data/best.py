"""The best of many; of equals the lower place, or row, comes first."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from modiste.arrays import Ints

Real = TypeVar("Real", np.float32, np.float64)


def highest(values: npt.NDArray[np.floating[Any]], count: int) -> Ints:
    """Places of the `count` highest of (n,) values, the highest first.

    As a stable sort of all has it, in a fraction of the time.
    """
    if count >= len(values):
        return np.argsort(-values, kind="stable")
    bar = np.partition(values, -count)[-count]
    above = np.flatnonzero(values > bar)
    level = np.flatnonzero(values == bar)[: count - len(above)]
    chosen = np.concatenate([above, level])
    best: Ints = chosen[np.argsort(-values[chosen], kind="stable")]
    return best


def best_rows(rows: Ints, scores: npt.NDArray[Real], k: int) -> tuple[Ints, npt.NDArray[Real]]:
    """(B, n) catalogue rows and their (B, n) scores -> the up to k best of each line, of both."""
    order = np.lexsort((rows, -scores), axis=1)[:, :k]
    return np.take_along_axis(rows, order, 1), np.take_along_axis(scores, order, 1)
