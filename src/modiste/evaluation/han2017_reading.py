"""Recurrences over many outfits at once: those of one length together, without padding."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from modiste.data.batches import Ints
from modiste.evaluation.han2017_items import Sequences
from modiste.evaluation.products import products
from modiste.models.recurrence import Recurrence

ROWS = 2048
"""Steps read at once whose products with all items follow: those stay in cache."""
MANY = 4096
"""Steps read at once where only the last of each sequence counts."""


def states(
    recurrence: Recurrence,
    values: Tensor,
    sequences: Sequences,
    *,
    without_last: int = 0,
    rows: int = ROWS,
) -> Iterator[tuple[Ints, Tensor, Tensor]]:
    """Read sequences from zero states, as many at once as fit; empty ones are left out.

    Args:
        recurrence: one direction, in eval mode.
        values: (P, W) what it reads of each item of the pool.
        sequences: in the order in which they are read.
        without_last: so many items at each end are not read; sequences no longer are left out.
        rows: items at once.

    Yields:
        (b,) numbers of sequences of one length L; (b, L) their places; (b, L - without_last, W)
        the state after each item read.
    """
    for length in np.unique(sequences.length[sequences.length > without_last]).tolist():
        alike = np.flatnonzero(sequences.length == length)
        size = max(1, rows // length)
        for at in range(0, len(alike), size):
            some = alike[at : at + size]
            places = torch.from_numpy(sequences.places[some, :length])
            yield some, places, read_items(recurrence, values, places[:, : length - without_last])


def read_items(recurrence: Recurrence, values: Tensor, places: Tensor) -> Tensor:
    """(b, L, W) the state after each of (b, L) items, from zero states; L is at least 1."""
    cell = recurrence.cell
    if not isinstance(cell, torch.nn.LSTM):
        read: Tensor = cell(values[places])[0]
        return read
    memory, first = first_step(cell, values[places[:, 0]])
    if places.shape[1] == 1:
        return first.unsqueeze(1)
    rest, _ = cell(values[places[:, 1:]], (first.unsqueeze(0), memory.unsqueeze(0)))
    return torch.cat([first.unsqueeze(1), rest], dim=1)


def first_step(cell: torch.nn.LSTM, values: Tensor) -> tuple[Tensor, Tensor]:
    """(b, W) memory and (b, W) state of an LSTM after one item, from zero states.

    There is nothing to forget then, and no state to multiply: three gates of four, and half of
    the products.
    """
    own: dict[str, Tensor] = dict(cell.named_parameters())
    biases = (own["bias_ih_l0"] + own["bias_hh_l0"]).chunk(4)  # input, forget, new, output
    weights = own["weight_ih_l0"].chunk(4)
    gate, new, shown = (products(values, weights[at]).add_(biases[at]) for at in (0, 2, 3))
    memory = gate.sigmoid_().mul_(_tanh(new))
    return memory, shown.sigmoid_().mul_(_tanh(memory.clone()))


def shown_by(recurrence: Recurrence, read: Tensor) -> Tensor:
    """(m, W) states through the layer behind the recurrence: what is expected."""
    return products(read, recurrence.out.weight).add_(recurrence.out.bias)


def _tanh(values: Tensor) -> Tensor:
    """In place, by the logistic function, which takes a tenth of the time of torch's own."""
    return values.mul_(2).sigmoid_().mul_(2).sub_(1)


def expected_after(recurrence: Recurrence, values: Tensor, sequences: Sequences) -> Tensor:
    """(n, W) what is expected after each whole sequence; zero after an empty one."""
    expected = values.new_zeros((len(sequences.length), values.shape[1]))
    for some, _, read in states(recurrence, values, sequences, rows=MANY):
        expected[torch.from_numpy(some)] = shown_by(recurrence, read[:, -1].contiguous())
    return expected
