"""Recurrences against a slow, obvious version, and their gradients by finite differences."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from modiste.models.recurrence import BothWays, Cell, Recurrence, RecurrenceConfig

WIDTH = 5
LENGTHS = [3, 1, 4, 0]


def config(cell: Cell = "lstm", *, starts: bool = False) -> RecurrenceConfig:
    return RecurrenceConfig(cell=cell, width=WIDTH, dropout=0.0, init=0.5, starts=starts)


def both_ways(cell: Cell = "lstm", *, starts: bool = False) -> BothWays:
    torch.manual_seed(0)
    module = BothWays(config(cell, starts=starts)).double().eval()
    if starts:
        torch.nn.init.normal_(module.onwards.start)
        torch.nn.init.normal_(module.backwards.start)
    return module


def outfits() -> tuple[Tensor, Tensor]:
    torch.manual_seed(1)
    values = torch.randn(len(LENGTHS), max(LENGTHS), WIDTH, dtype=torch.float64)
    for outfit, length in enumerate(LENGTHS):
        values[outfit, length:] = 7.0  # padding must not matter
    return values, torch.tensor(LENGTHS)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def slow_steps(module: Recurrence, cell: Cell, items: np.ndarray) -> list[np.ndarray]:
    """One item at a time, gate by gate, as textbooks write it."""
    state = {name: p.detach().numpy() for name, p in module.named_parameters()}
    hidden, memory = np.zeros(WIDTH), np.zeros(WIDTH)
    expected = [state["start"]]
    for item in items:
        read = state["cell.weight_ih_l0"] @ item + state["cell.bias_ih_l0"]
        kept = state["cell.weight_hh_l0"] @ hidden + state["cell.bias_hh_l0"]
        if cell == "lstm":
            enter, forget, new, leave = np.split(read + kept, 4)
            memory = sigmoid(forget) * memory + sigmoid(enter) * np.tanh(new)
            hidden = sigmoid(leave) * np.tanh(memory)
        elif cell == "gru":
            read_r, read_z, read_n = np.split(read, 3)
            kept_r, kept_z, kept_n = np.split(kept, 3)
            reset, update = sigmoid(read_r + kept_r), sigmoid(read_z + kept_z)
            hidden = (1 - update) * np.tanh(read_n + reset * kept_n) + update * hidden
        else:
            hidden = np.tanh(read + kept)
        expected.append(state["out.weight"] @ hidden + state["out.bias"])
    return expected


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("starts", [True, False])
def test_each_gap_expects_what_the_slow_version_does(cell: Cell, starts: bool) -> None:
    module = both_ways(cell, starts=starts)
    values, length = outfits()
    onwards, backwards = (found.detach().numpy() for found in module(values, length))
    for outfit, n in enumerate(LENGTHS):
        items = values[outfit, :n].numpy()
        forward = slow_steps(module.onwards, cell, items)
        backward = slow_steps(module.backwards, cell, items[::-1])[::-1]
        np.testing.assert_allclose(onwards[outfit, : n + 1], forward, atol=1e-12)
        np.testing.assert_allclose(backwards[outfit, : n + 1], backward, atol=1e-12)
        assert not onwards[outfit, n + 1 :].any()
        assert not backwards[outfit, n + 1 :].any()


def test_an_lstm_begins_by_remembering() -> None:
    bias = both_ways().onwards.cell.bias_ih_l0
    assert bias[WIDTH : 2 * WIDTH].eq(1).all()
    assert bias.count_nonzero() == WIDTH


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_gradients_are_those_of_finite_differences(cell: Cell) -> None:
    module = both_ways(cell, starts=True)
    values, length = outfits()

    def total(items: Tensor, *parameters: Tensor) -> Tensor:
        names = [name for name, _ in module.named_parameters()]
        given = dict(zip(names, parameters, strict=True))
        onwards, backwards = torch.func.functional_call(module, given, (items, length))
        return torch.stack([onwards.square().sum(), backwards.sin().sum()])

    inputs = (values.requires_grad_(), *module.parameters())
    assert torch.autograd.gradcheck(total, inputs, fast_mode=True)


def test_a_direction_never_sees_beyond_its_gap() -> None:
    module = both_ways()
    values, length = outfits()
    changed = values.clone()
    changed[2, 2] += 1.0  # the third item of the third outfit
    onwards, backwards = module(values, length)
    onwards_after, backwards_after = module(changed, length)
    assert torch.equal(onwards[2, :3], onwards_after[2, :3])
    assert not torch.equal(onwards[2, 3], onwards_after[2, 3])
    assert torch.equal(backwards[2, 3:], backwards_after[2, 3:])
    assert not torch.equal(backwards[2, 2], backwards_after[2, 2])
