"""The published evaluation in plain NumPy: one step at a time, one outfit at a time.

A transcription, for tests and benchmarks, of what the code of Han et al. 2017 (arXiv:1707.05691)
computes with TensorFlow 0.11: `BasicLSTMCell` without batch, from zero states, its output through
one linear layer, and inner products with the items. Everything is float32.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from modiste.models.recurrence import Recurrence

Floats = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class PlainLstm:
    """One direction as NumPy arrays, laid out as TensorFlow does.

    Args:
        weight: (2 W, 4 W) of the item and the state side by side; gates input, new, forget, output.
        bias: (4 W,) without the forget bias.
        forget_bias: added to the forget gate at every step.
        out_weight: (W, W).
        out_bias: (W,).
    """

    weight: Floats
    bias: Floats
    forget_bias: float
    out_weight: Floats
    out_bias: Floats

    @classmethod
    def of(cls, recurrence: Recurrence) -> PlainLstm:
        """The weights of one of ours; the forget bias of 1 is taken out of its bias."""
        plain = {name: value.detach().numpy() for name, value in recurrence.cell.named_parameters()}
        gates = np.concatenate([plain["weight_ih_l0"], plain["weight_hh_l0"]], axis=1)  # (4W, 2W)
        i, f, j, o = np.split(np.arange(len(gates)), 4)  # ours: input, forget, new, output
        order = np.concatenate([i, j, f, o])
        bias = plain["bias_ih_l0"] + plain["bias_hh_l0"]
        bias[f] -= 1.0
        return cls(
            np.ascontiguousarray(gates[order].T),
            bias[order],
            1.0,
            np.ascontiguousarray(recurrence.out.weight.detach().numpy().T),
            recurrence.out.bias.detach().numpy(),
        )

    def step(self, item: Floats, state: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
        """(1, W) an item and the state, cell and output, before it; the state after it."""
        cell, output = state
        gates = np.concatenate([item, output], axis=1) @ self.weight + self.bias
        i, j, f, o = np.split(gates, 4, axis=1)
        cell = cell * _sigmoid(f + self.forget_bias) + _sigmoid(i) * np.tanh(j)
        return cell, np.tanh(cell) * _sigmoid(o)

    def read(self, items: Floats) -> list[Floats]:
        """(n, W) items, one at a time, to n of (1, W): what is expected after each."""
        zero = np.zeros((1, items.shape[1]), dtype=np.float32)
        state: tuple[Floats, Floats] = (zero, zero)
        expected: list[Floats] = []
        for item in items:
            state = self.step(item[None], state)
            expected.append(state[1] @ self.out_weight + self.out_bias)
        return expected


def answer(
    forward: PlainLstm, backward: PlainLstm, items: Floats, question: Sequence[int], blank: int
) -> tuple[Floats | None, Floats | None]:
    """(1, W) what each direction expects in the blank, 0-based; None where it has read nothing."""
    before, after = items[list(question[:blank])], items[list(question[blank:])]
    onwards = forward.read(before)[-1] if len(before) else None
    backwards = backward.read(after[::-1])[-1] if len(after) else None
    return onwards, backwards


def fitb_scores(
    expected: tuple[Floats | None, Floats | None], candidates: Floats, direction: int = 2
) -> npt.NDArray[np.float64] | None:
    """(C,) what each candidate scores; None where the published code drops the question.

    Args:
        expected: by `answer`.
        candidates: (C, W).
        direction: 2 both, 1 forward, -1 backward.
    """
    shares = []
    for way, wanted in zip((1, -1), expected, strict=True):
        if direction in (2, way) and wanted is not None:
            with np.errstate(over="ignore", invalid="ignore"):
                raised = np.exp((wanted @ candidates.T)[0].astype(np.float64))
                shares.append(raised / raised.sum())
    return np.mean(shares, axis=0) if shares else None


def compatibility_scores(
    forward: PlainLstm, backward: PlainLstm, items: Floats, outfit: Sequence[int]
) -> tuple[float, float]:
    """Mean log-likelihood of an outfit in each direction.

    Args:
        forward: the one direction.
        backward: the other.
        items: (P + 1, W) all items and, last, the zero vector that stands for the end.
        outfit: rows of its items.
    """
    found = []
    for direction, rows in ((forward, list(outfit)), (backward, list(outfit)[::-1])):
        expected = np.concatenate(direction.read(items[rows]))  # (n, W)
        logits = expected @ items.T  # (n, P + 1)
        target = [*rows[1:], len(items) - 1]
        found.append(-float(np.mean(_cross_entropy(logits, target))))
    return found[0], found[1]


def _cross_entropy(logits: Floats, target: Sequence[int]) -> Floats:
    highest = logits.max(axis=1, keepdims=True)
    total = np.log(np.exp(logits - highest).sum(axis=1)) + highest[:, 0]
    nats: Floats = total - logits[np.arange(len(logits)), target]
    return nats


def _sigmoid(x: Floats) -> Floats:
    raised: Floats = 1 / (1 + np.exp(-x))
    return raised
