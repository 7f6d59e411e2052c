"""Calibration: from a model's logit to a probability that can be taken at its word.

The probability is of "people made this outfit" among outfits half of which were spoilt, as in
the compatibility questions that it is fitted on: other odds, other probabilities.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit, log_expit

from modiste.arrays import Bools, Doubles
from modiste.errors import DataError, RunError

BINS = 10


@dataclass(frozen=True)
class Calibration:
    """probability = sigmoid(slope * (score - centre) / scale + offset).

    Args:
        slope: not below 0: a higher score never means a lower probability.
        offset: the logit at `centre`.
        centre: the median score when fitted.
        scale: the spread of scores when fitted, above 0.
        n: number of outfits that it was fitted on.
    """

    slope: float
    offset: float
    centre: float
    scale: float
    n: int

    def probability(self, scores: npt.ArrayLike) -> Doubles:
        """Probabilities in 0 to 1, of the shape of `scores`; NaN for NaN."""
        standard = (np.asarray(scores, dtype=np.float64) - self.centre) / self.scale
        found: Doubles = expit(self.slope * standard + self.offset)
        return found

    def to_dict(self) -> dict[str, float | int]:
        """Plain numbers, for TOML or JSON."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Calibration:
        """What `to_dict` gave.

        Raises:
            RunError: a number is missing, not finite or out of range.
        """
        try:
            values = {name: float(facts[name]) for name in cls.__dataclass_fields__}
        except (KeyError, TypeError, ValueError) as error:
            raise RunError(
                f"The calibration of the run is damaged ({error}); train again."
            ) from error
        if (
            not np.isfinite(list(values.values())).all()
            or values["scale"] <= 0
            or values["slope"] < 0
        ):
            raise RunError("The calibration of the run has a number out of range; train again.")
        n = int(values.pop("n"))
        return cls(**values, n=n)


def fit_calibration(scores: npt.ArrayLike, labels: npt.ArrayLike) -> Calibration:
    """Fit a logistic curve of one score, after Platt 1999.

    His smoothed targets, (N+ + 1) / (N+ + 2) and 1 / (N- + 2), keep it finite where scores
    separate the labels perfectly; the slope is held at 0 or above, so that it stays monotone
    where a scorer is worse than chance.

    Args:
        scores: (n,) from a split that the model was not trained on; those not finite are left out.
        labels: (n,) 1 for outfits that people made, 0 for the others.

    Raises:
        DataError: fewer than one finite score of either label.
    """
    known = np.isfinite(np.asarray(scores, dtype=np.float64))
    values = np.asarray(scores, dtype=np.float64)[known]
    real = np.asarray(labels)[known] == 1
    if not real.any() or real.all():
        raise DataError("A calibration needs scored outfits of both labels; there is only one.")
    centre = float(np.median(values))
    scale = float(values.std()) or 1.0
    standard = (values - centre) / scale
    target = np.where(real, (real.sum() + 1) / (real.sum() + 2), 1 / ((~real).sum() + 2))

    def loss(parameters: Doubles) -> tuple[float, Doubles]:
        logit = parameters[0] * standard + parameters[1]
        error = expit(logit) - target
        nats = -(target * log_expit(logit) + (1 - target) * log_expit(-logit))
        return float(nats.mean()), np.array([(error * standard).mean(), error.mean()])

    best = minimize(
        loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=[(0, None), (None, None)]
    )
    return Calibration(float(best.x[0]), float(best.x[1]), centre, scale, len(values))


@dataclass(frozen=True)
class Bin:
    """Outfits whose probability lies in one tenth of the scale.

    Args:
        low: where the tenth begins.
        high: where it ends.
        n: number of outfits.
        predicted: their mean probability.
        observed: share of them that people made.
        interval: Wilson interval of `observed`, 95 %.
    """

    low: float
    high: float
    n: int
    predicted: float
    observed: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class Reliability:
    """How far probabilities can be believed.

    Args:
        bins: those that are not empty, ascending.
        expected_error: mean distance of predicted and observed, weighted by outfits, 0 to 1.
        brier: mean squared error of the probabilities, 0 to 1; 0.25 for always saying a half.
        n: number of outfits.
    """

    bins: tuple[Bin, ...]
    expected_error: float | None
    brier: float | None
    n: int

    def to_json(self) -> dict[str, Any]:
        """Numbers with four decimals."""
        return {
            "expected_error": None
            if self.expected_error is None
            else round(self.expected_error, 4),
            "brier": None if self.brier is None else round(self.brier, 4),
            "n": self.n,
            "bins": [
                {
                    "from": bin.low,
                    "to": bin.high,
                    "n": bin.n,
                    "predicted": round(bin.predicted, 4),
                    "observed": round(bin.observed, 4),
                    "interval": [round(end, 4) for end in bin.interval],
                }
                for bin in self.bins
            ],
        }


def reliability(probabilities: npt.ArrayLike, labels: npt.ArrayLike) -> Reliability:
    """Compare probabilities with what was so, in ten bins of equal width; NaN is left out."""
    given = np.asarray(probabilities, dtype=np.float64)
    real = (np.asarray(labels) == 1)[np.isfinite(given)]
    given = given[np.isfinite(given)]
    if not len(given):
        return Reliability((), None, None, 0)
    which = np.minimum((given * BINS).astype(int), BINS - 1)
    bins = tuple(_bin(b, given[which == b], real[which == b]) for b in np.unique(which).tolist())
    error = sum(bin.n * abs(bin.predicted - bin.observed) for bin in bins) / len(given)
    return Reliability(bins, float(error), float(((given - real) ** 2).mean()), len(given))


def _bin(number: int, given: Doubles, real: Bools) -> Bin:
    return Bin(
        low=number / BINS,
        high=(number + 1) / BINS,
        n=len(real),
        predicted=float(given.mean()),
        observed=float(real.mean()),
        interval=wilson(float(real.mean()), len(real)),
    )


def wilson(share: float, n: float, z: float = 1.959964) -> tuple[float, float]:
    """Wilson's interval of a share of n trials, which need be no whole number.

    Args:
        share: 0 to 1.
        n: above 0.
        z: standard deviations; 95 % unless said.
    """
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, middle - reach), min(1.0, middle + reach)
