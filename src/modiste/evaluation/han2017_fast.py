"""A cheaper compatibility score: how near each item is to what was expected in its place.

The README of Han et al. 2017's code wishes for one that uses the "distance between LSTM predicted
representation and the target image embedding". No item is compared with but those of the outfit,
the end is left out, and a score does not depend on what else is asked about.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from modiste.evaluation.han2017_items import Sequences
from modiste.evaluation.han2017_reading import states
from modiste.evaluation.scoring import Doubles
from modiste.models.recurrence import BothWays, Recurrence

Reach = Literal["outfit", "item"]
"""How far back an expectation looks: over all that was read so far, or at one item alone."""
REACHES: tuple[Reach, ...] = ("item", "outfit")
_ROWS = 1024  # items at once


def nearness(
    read: BothWays, keys: Tensor, values: Tensor, outfits: Sequences, reach: Reach = "item"
) -> Doubles:
    """How near items are to what is expected of them, in the mean over steps and both directions.

    Args:
        read: both directions, in eval mode.
        keys: (P, W) what predictions are compared with.
        values: (P, W) what is read.
        outfits: n outfits in the order in which they are read.
        reach: `outfit`: each item is expected by the state after all items before it. `item`:
            by the state after each one item, as if the outfit had begun with it; every item
            before another expects it. That needs no recurrence: one step for each item of
            the pool, whatever number of outfits they are in.

    Returns:
        (n, 2) cosines in -1 to 1, onwards and backwards; 0 for an outfit of one item, NaN for an
        empty one.
    """
    with torch.inference_mode():
        unit = F.normalize(keys, dim=1)
        both = ((read.onwards, outfits), (read.backwards, outfits.reversed()))
        near = _after_outfit if reach == "outfit" else _after_items
        found = [near(recurrence, unit, values, sequences) for recurrence, sequences in both]
    scores = torch.stack(found, dim=1).numpy()
    return np.where(outfits.length[:, None] > 0, scores, np.nan)


def _after_outfit(
    recurrence: Recurrence, unit: Tensor, values: Tensor, sequences: Sequences
) -> Tensor:
    found = torch.zeros(len(sequences.length), dtype=torch.float64)
    for some, places, read in states(recurrence, values, sequences, without_last=1):
        expected = F.normalize(recurrence.out(read), dim=-1)  # (b, L - 1, W)
        cosines = (expected * unit[places[:, 1:]]).sum(dim=-1)
        found[torch.from_numpy(some)] = cosines.mean(dim=1).double()
    return found


def _after_items(
    recurrence: Recurrence, unit: Tensor, values: Tensor, sequences: Sequences
) -> Tensor:
    expected = torch.cat([_expected_by(recurrence, some) for some in values.split(_ROWS)])
    found = torch.zeros(len(sequences.length), dtype=torch.float64)
    for length in np.unique(sequences.length[sequences.length > 1]).tolist():
        alike = np.flatnonzero(sequences.length == length)
        for some in np.array_split(alike, math.ceil(len(alike) * length / _ROWS)):
            places = torch.from_numpy(sequences.places[some, :length])
            cosines = expected[places] @ unit[places].mT  # (b, L, L)
            pairs = cosines.triu(diagonal=1).sum(dim=(1, 2)) / (length * (length - 1) / 2)
            found[torch.from_numpy(some)] = pairs.double()
    return found


def _expected_by(recurrence: Recurrence, values: Tensor) -> Tensor:
    """(b, W) what is expected after one item alone, of unit length.

    An LSTM has nothing to forget then, and no state to multiply: three gates of four, and half
    the products.
    """
    cell = recurrence.cell
    if not isinstance(cell, torch.nn.LSTM):
        read, _ = cell(values.unsqueeze(1))
        return F.normalize(recurrence.out(read[:, 0]), dim=1)
    own: dict[str, Tensor] = dict(cell.named_parameters())
    i, _, j, o = (own["bias_ih_l0"] + own["bias_hh_l0"]).chunk(4)
    weights = own["weight_ih_l0"].chunk(4)
    gate, new, shown = (
        F.linear(values, weights[at], bias) for at, bias in ((0, i), (2, j), (3, o))
    )
    state = gate.sigmoid_().mul_(new.tanh_()).tanh_().mul_(shown.sigmoid_())
    return F.normalize(recurrence.out(state), dim=1)
