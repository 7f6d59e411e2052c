"""How sure a measurement is: bootstrap intervals and paired comparisons, vectorised and seeded.

What is drawn with replacement is the outfit: questions about one outfit come and go together,
because they are right or wrong together. Intervals are percentile intervals at 95 %.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from modiste.arrays import Bools, Doubles, Ints

Interval = tuple[float, float]

LEVEL = 0.95
RESAMPLES = 1000
ALL = ("all", "")
"""The group of all questions."""
_CHUNK = 2_000_000  # numbers held at once while resampling


@dataclass(frozen=True)
class Mean:
    """A mean with its interval; both None where there was nothing to average."""

    value: float | None
    interval: Interval | None
    n: int

    def to_json(self, name: str) -> dict[str, Any]:
        """The mean under `name`, its interval and its n; null where there was nothing."""
        return {name: rounded(self.value), "interval": rounded_interval(self.interval), "n": self.n}


def rounded(value: float | None) -> float | None:
    """Four decimals: an interval is never narrower than that; None for None and for no number."""
    return None if value is None or not np.isfinite(value) else round(float(value), 4)


def rounded_interval(interval: Interval | None) -> list[float | None] | None:
    """Both ends with four decimals."""
    return None if interval is None else [rounded(end) for end in interval]


def clusters_of(keys: Sequence[Hashable]) -> Ints:
    """Number the distinct keys: questions of one outfit get one number."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)


def groups_of(kind: str, labels: Sequence[object]) -> dict[tuple[str, str], Bools]:
    """(kind, label) -> (n,) which questions have that label, in order of the labels."""
    distinct = sorted(set(labels), key=lambda label: (not isinstance(label, int), label))
    array = np.array(labels, dtype=object)
    return {(kind, str(label)): array == label for label in distinct}


def means(
    values: Doubles, groups: Mapping[tuple[str, str], Bools], clusters: Ints, seed: int
) -> dict[tuple[str, str], Mean]:
    """Means over groups of questions, all from the same resamples of their outfits.

    Args:
        values: (n,) what each question earned.
        groups: (kind, label) -> (n,) which questions belong; groups may overlap.
        clusters: (n,) int64 number of the outfit behind each question, from 0.
        seed: of the resampling.
    """
    if not len(values):
        return {name: Mean(None, None, 0) for name in groups}
    member = np.stack([groups[name] for name in groups], axis=1).astype(np.float64)  # (n, G)
    columns = np.concatenate([member * values[:, None], member], axis=1)  # (n, 2G)
    totals = np.zeros((int(clusters.max()) + 1, columns.shape[1]))
    np.add.at(totals, clusters, columns)
    drawn = np.concatenate([w @ totals for w in resample_counts(len(totals), seed)])  # (R, 2G)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratios = drawn[:, : len(groups)] / drawn[:, len(groups) :]  # (R, G)
    found = {}
    for column, (name, chosen) in enumerate(groups.items()):
        n = int(chosen.sum())
        value = float(values[chosen].mean()) if n else None
        found[name] = Mean(value, interval_of(ratios[:, column]), n)
    return found


def interval_of(resampled: Doubles) -> Interval | None:
    """The middle 95 % of resampled values; None if none of them is a number."""
    known = resampled[np.isfinite(resampled)]
    if not len(known):
        return None
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def resample_counts(n: int, seed: int, resamples: int = RESAMPLES) -> Iterator[Doubles]:
    """Draw n of n with replacement, again and again.

    Yields:
        (r, n) how often each was drawn; r varies, it sums to `resamples`.
    """
    random = np.random.default_rng(seed)
    rows = max(1, min(resamples, _CHUNK // max(n, 1)))
    for start in range(0, resamples, rows):
        r = min(rows, resamples - start)
        drawn = random.integers(n, size=(r, n)) + np.arange(r)[:, None] * n
        yield np.bincount(drawn.ravel(), minlength=r * n).reshape(r, n).astype(np.float64)


FLIPS = 9_999
"""Flips of signs behind a paired comparison."""


@dataclass(frozen=True)
class Difference:
    """How much better one scorer is than another on the same questions.

    One test stands behind both figures: the interval holds the differences that it does not
    reject, so that 0 is outside exactly where the p-value is below .05.

    Args:
        value: mean of first minus second.
        interval: at 95 %; None with fewer than some six outfits, which rule nothing out.
        p_value: two-sided; None without data.
    """

    value: float | None
    interval: Interval | None
    p_value: float | None


def paired_difference(first: Doubles, second: Doubles, clusters: Ints, seed: int) -> Difference:
    """Compare two scorers question by question, by flipping the signs of whole outfits.

    Under the difference d an outfit's gain less d is as often above 0 as below. With T the sum of
    all gains, N their number, A and B the same after a flip of signs, the flip is as extreme as
    what was seen where |A - d B| >= |T - d N|: for d between (T - A) / (N - B) and
    (T + A) / (N + B). Counting these stretches gives the p-value of every d at once (the inversion
    of a permutation test: Fisher 1935, The Design of Experiments, section 21).

    Args:
        first: (n,) what each question earned the first scorer.
        second: (n,) the same questions, in the same order, for the second.
        clusters: (n,) int64 number of the outfit behind each question.
        seed: of the sign flips.
    """
    if not len(first):
        return Difference(None, None, None)
    gain = first - second
    each = [np.bincount(clusters, weights=weight) for weight in (gain, np.ones(len(gain)))]
    sums: Doubles = np.stack(each, axis=1)  # (C, 2)
    ends = np.concatenate([_stretches(signs, sums) for signs in _flips(len(sums), seed)])
    low, high = np.sort(ends[:, 0]), np.sort(ends[:, 1])
    extreme = int(((ends[:, 0] <= 0) & (ends[:, 1] >= 0)).sum())
    kept = int((1 - LEVEL) * (FLIPS + 1)) - 1  # so many as extreme, and it is not rejected
    interval = float(low[kept - 1]), float(high[-kept])
    return Difference(
        float(gain.mean()),
        interval if np.isfinite(interval).all() else None,
        (extreme + 1) / (FLIPS + 1),
    )


def _flips(n: int, seed: int) -> Iterator[npt.NDArray[np.int8]]:
    """(r, n) signs, again and again; r varies, it sums to `FLIPS`."""
    random = np.random.default_rng(seed)
    rows = max(1, min(FLIPS, _CHUNK // n))
    for start in range(0, FLIPS, rows):
        size = (min(rows, FLIPS - start), n)
        yield random.integers(0, 2, size=size, dtype=np.int8) * 2 - 1


def _stretches(signs: npt.NDArray[np.int8], sums: Doubles) -> Doubles:
    """(r, 2) the differences between which each flip is as extreme as what was seen."""
    total, count = sums.sum(axis=0)
    flipped = signs @ sums  # (r, 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.stack(
            [
                (total - flipped[:, 0]) / (count - flipped[:, 1]),
                (total + flipped[:, 0]) / (count + flipped[:, 1]),
            ],
            axis=1,
        ).round(12)  # sums of the same numbers in another order are the same
    every = np.abs(flipped[:, 1]) == count  # all signs alike: extreme for any difference
    ends[every] = [-np.inf, np.inf]
    ends.sort(axis=1)
    return ends
