"""Pairs of items within an outfit."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def mean_pairwise_cosine(vectors: Tensor, present: Tensor) -> Tensor:
    """Mean cosine over the pairs of distinct items of each outfit.

    Args:
        vectors: (B, N, W), of any length.
        present: (B, N) bool, False on padding.

    Returns:
        (B,) -1 to 1; 0 for fewer than two items.
    """
    unit = F.normalize(vectors, dim=-1) * present.unsqueeze(-1)
    count = present.sum(dim=1).to(unit.dtype)
    total = unit.sum(dim=1).square().sum(dim=-1)  # over all ordered pairs, self-pairs included
    own = unit.square().sum(dim=(1, 2))
    return (total - own) / (count * (count - 1)).clamp(min=1)
