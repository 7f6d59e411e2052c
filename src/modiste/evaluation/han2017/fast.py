"""A cheaper compatibility score: how near each item is to what was expected in its place.

The README of Han et al. 2017's code wishes for one that uses the "distance between LSTM predicted
representation and the target image embedding". No item is compared with but those of the outfit,
the end is left out, and a score does not depend on what else is asked about.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from modiste.arrays import Doubles
from modiste.evaluation.han2017.sequences import Sequences, read_items, shown_by, states
from modiste.models.recurrence import BothWays, Recurrence

_ROWS = 1024  # items at once


@dataclass(frozen=True)
class Expected:
    """What each item of a pool makes expected, as if it were all that was read.

    Args:
        next: (P, W) of unit length, after it.
        previous: (P, W) of unit length, before it.
    """

    next: Tensor
    previous: Tensor


def expectations(read: BothWays, values: Tensor) -> Expected:
    """One step from the zero state for each of (P, W) items, in both directions."""
    with torch.inference_mode():
        both = [
            torch.cat([_expected_by(recurrence, some) for some in values.split(_ROWS)])
            for recurrence in (read.onwards, read.backwards)
        ]
    return Expected(*both)


def nearness_by_item(expected: Expected, keys: Tensor, outfits: Sequences) -> Doubles:
    """How near items are to what every one item before (after) them makes expected.

    It needs no recurrence, and nothing that belongs to one outfit but inner products: what an
    item makes expected is computed once for all outfits, like the item's vector.

    Args:
        expected: by `expectations`.
        keys: (P, W) what predictions are compared with.
        outfits: n outfits in the order in which they are read.

    Returns:
        (n, 2) mean cosines over the pairs, onwards and backwards; 0 for an outfit of one item,
        NaN for an empty one.
    """
    found = np.where(outfits.length[:, None] > 0, 0.0, np.full((1, 2), np.nan))
    with torch.inference_mode():
        unit = F.normalize(keys, dim=1)
        for length in np.unique(outfits.length[outfits.length > 1]).tolist():
            alike = np.flatnonzero(outfits.length == length)
            for some in np.array_split(alike, math.ceil(len(alike) * length / _ROWS)):
                places = torch.from_numpy(outfits.places[some, :length])
                worn = unit[places].mT  # (b, W, L)
                after = (expected.next[places] @ worn).triu(diagonal=1)  # (b, L, L)
                before = (expected.previous[places] @ worn).tril(diagonal=-1)
                sums = torch.stack([after.sum(dim=(1, 2)), before.sum(dim=(1, 2))], dim=1)
                found[some] = sums.double().numpy() / (length * (length - 1) / 2)
    return found


def nearness_by_outfit(read: BothWays, keys: Tensor, values: Tensor, outfits: Sequences) -> Doubles:
    """How near items are to what all items before (after) them make expected.

    Args:
        read: both directions, in eval mode.
        keys: (P, W) what predictions are compared with.
        values: (P, W) what is read.
        outfits: n outfits in the order in which they are read.

    Returns:
        (n, 2) mean cosines over the steps, onwards and backwards; 0 for an outfit of one item,
        NaN for an empty one.
    """
    found = np.where(outfits.length[:, None] > 0, 0.0, np.full((1, 2), np.nan))
    ways = ((read.onwards, outfits), (read.backwards, outfits.reversed()))
    with torch.inference_mode():
        unit = F.normalize(keys, dim=1)
        for way, (recurrence, sequences) in enumerate(ways):
            for some, places, states_read in states(recurrence, values, sequences, without_last=1):
                expected = shown_by(recurrence, states_read.flatten(0, 1)).view_as(states_read)
                expected = F.normalize(expected, dim=-1)  # (b, L - 1, W)
                cosines = (expected * unit[places[:, 1:]]).sum(dim=-1)
                found[some, way] = cosines.mean(dim=1).double().numpy()
    return found


def _expected_by(recurrence: Recurrence, values: Tensor) -> Tensor:
    """(b, W) what is expected after one item alone, of unit length."""
    places = torch.arange(len(values)).unsqueeze(1)
    return F.normalize(shown_by(recurrence, read_items(recurrence, values, places)[:, 0]), dim=1)
