"""What is chosen among in training: the candidates of a batch, by place."""

from __future__ import annotations

import torch
from torch import Tensor


def places(row: Tensor, present: Tensor, rows: Tensor) -> Tensor:
    """(B, N) where each item stands among the candidates' ascending `rows`; 0 on padding."""
    return torch.searchsorted(rows, row.clamp(min=0)).clamp(max=len(rows) - 1) * present


def against_category(logits: Tensor, place: Tensor, category: Tensor, categories: Tensor) -> Tensor:
    """Each item's own logit less the log-mean-exp over the candidates of its category.

    Args:
        logits: (M, P) of every candidate for each of M items.
        place: (M,) int64 which candidate is the item itself.
        category: (M,) int64 of the items.
        categories: (P,) int64 of the candidates.

    Returns:
        (M,) how much better than usual each item fits.
    """
    same = categories == category.unsqueeze(1)  # (M, P)
    usual = logits.masked_fill(~same, -torch.inf).logsumexp(dim=1) - same.sum(dim=1).log()
    return logits.gather(1, place.unsqueeze(1)).squeeze(1) - usual
