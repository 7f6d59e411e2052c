"""Recurrences over many outfits at once: those of one length together, without padding."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from modiste.data.batches import Ints
from modiste.evaluation.han2017_items import Sequences
from modiste.models.recurrence import Recurrence

ROWS = 2048
"""Steps read at once: what they need stays in cache."""


def states(
    recurrence: Recurrence, values: Tensor, sequences: Sequences, *, without_last: int = 0
) -> Iterator[tuple[Ints, Tensor, Tensor]]:
    """Read sequences from zero states, as many at once as fit; empty ones are left out.

    Args:
        recurrence: one direction, in eval mode.
        values: (P, W) what it reads of each item of the pool.
        sequences: in the order in which they are read.
        without_last: so many items at each end are not read; sequences no longer are left out.

    Yields:
        (b,) numbers of sequences of one length L; (b, L) their places; (b, L - without_last, W)
        the state after each item read.
    """
    for length in np.unique(sequences.length[sequences.length > without_last]).tolist():
        alike = np.flatnonzero(sequences.length == length)
        size = max(1, ROWS // length)
        for at in range(0, len(alike), size):
            some = alike[at : at + size]
            places = torch.from_numpy(sequences.places[some, :length])
            read, _ = recurrence.cell(values[places[:, : length - without_last]])
            yield some, places, read


def expected_after(recurrence: Recurrence, values: Tensor, sequences: Sequences) -> Tensor:
    """(n, W) what is expected after each whole sequence; zero after an empty one."""
    expected = values.new_zeros((len(sequences.length), values.shape[1]))
    for some, _, read in states(recurrence, values, sequences):
        expected[torch.from_numpy(some)] = recurrence.out(read[:, -1])
    return expected
