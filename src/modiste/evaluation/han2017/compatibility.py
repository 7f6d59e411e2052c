"""Compatibility as published: the likelihood of an outfit read both ways, among all items.

Han et al. 2017 (arXiv:1707.05691), section 3.1, as in their code: every step of either direction
picks the next item, and after the last the end, among all items of the test set and one zero
vector for the end.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from modiste.arrays import Doubles
from modiste.evaluation.han2017.sequences import Sequences, shown_by, states
from modiste.evaluation.scoring import products
from modiste.models.recurrence import BothWays

TILE = 1024
"""Items that a block of steps is compared with at once: the products stay in cache while they are
raised and summed, which would take as long as the products themselves from memory."""


def log_likelihoods(read: BothWays, keys: Tensor, values: Tensor, outfits: Sequences) -> Doubles:
    """How likely outfits are, among all items.

    Args:
        read: both directions, in eval mode.
        keys: (P, W) what predictions are compared with, of all items; the end comes on top.
        values: (P, W) what is read of them.
        outfits: n outfits in the order in which they are read.

    Returns:
        (n, 2) mean log-likelihood of the steps onwards and backwards, in nats; the published
        score is their sum. NaN for an empty outfit.
    """
    found = np.full((len(outfits.length), 2), np.nan)
    ways = ((read.onwards, outfits), (read.backwards, outfits.reversed()))
    with torch.inference_mode():
        for way, (recurrence, sequences) in enumerate(ways):
            for some, places, read_so_far in states(recurrence, values, sequences):
                end = places.new_full((len(places), 1), len(keys))
                target = torch.cat([places[:, 1:], end], dim=1)  # (b, L)
                expected = shown_by(recurrence, read_so_far.flatten(0, 1))  # (b L, W)
                nats = cross_entropy(expected, keys, target.flatten()).view_as(target)
                found[some, way] = -nats.double().mean(dim=1).numpy()
    return found


def cross_entropy(expected: Tensor, keys: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy of picking each target among all items and the end.

    The softmax is shifted by the target's own logit, or by the end's, 0, where that is larger:
    no pass over the products is needed to find their maximum. Where another item's logit is so
    far above (some 80) that its exponential overflows, those rows are done again with the maximum.

    Args:
        expected: (R, W) float32.
        keys: (P, W) float32; the end is a zero vector after them.
        target: (R,) int64 in 0 to P; P is the end.

    Returns:
        (R,) in nats.
    """
    own = _own_logits(expected, keys, target)
    shift = own.clamp(min=0)
    total = torch.exp(-shift)  # the end
    for tile in keys.split(TILE):
        total += products(expected, tile).sub_(shift.unsqueeze(1)).exp_().sum(dim=1)
    nats = shift + total.log() - own
    beyond = torch.isinf(total).nonzero()[:, 0]
    for some in beyond.split(256):
        logits = torch.nn.functional.pad(expected[some] @ keys.T, (0, 1))
        nats[some] = logits.logsumexp(dim=1) - own[some]
    return nats


def _own_logits(expected: Tensor, keys: Tensor, target: Tensor) -> Tensor:
    """(R,) logits of the targets; 0 for the end."""
    if not len(keys):
        return expected.new_zeros(len(expected))
    own = (expected * keys[target.clamp(max=len(keys) - 1)]).sum(dim=1)
    return own * (target < len(keys))
