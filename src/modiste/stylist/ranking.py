"""The best of many, without sorting them all."""

from __future__ import annotations

import numpy as np

from modiste.data.batches import Floats, Ints
from modiste.evaluation.calibration import Doubles


def highest(values: Doubles | Floats, count: int) -> Ints:
    """Places of the `count` highest, the highest first; ties go to the lower place.

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
