"""From how well each item fits to how well an outfit goes together."""

from __future__ import annotations

import torch
from torch import Tensor


def judged(gain: Tensor, present: Tensor, weigh: Tensor) -> Tensor:
    """The mean and the worst of an outfit's items, weighed.

    Args:
        gain: (M,) how much better than usual each item present fits.
        present: (B, N) bool, M of them True.
        weigh: (3,) weight of the mean, of the worst, and what is added.

    Returns:
        (B,) outfit logits; 0 for an empty outfit.
    """
    each = spread(gain, present)
    worst = each.masked_fill(~present, torch.inf).amin(dim=1).nan_to_num(posinf=0.0)
    mean = each.sum(dim=1) / present.sum(dim=1).clamp(min=1)
    result: Tensor = weigh[0] * mean + weigh[1] * worst + weigh[2]
    return result * present.any(dim=1)


def spread(values: Tensor, present: Tensor) -> Tensor:
    """(M,) values of the items present back in their places: (B, N), 0 on padding."""
    return values.new_zeros(present.shape).masked_scatter(present, values)
