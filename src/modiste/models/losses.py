"""Losses as pure functions."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from modiste.outfit import Candidates


def choice_loss(
    logits: Tensor, place: Tensor, present: Tensor, category: Tensor, candidates: Candidates
) -> Tensor:
    """Cross-entropy of picking the item worn, among its category plus among its group.

    InfoNCE (van den Oord et al. 2018, arXiv:1807.03748) twice: wrong items of the same category
    teach most of what there is to know, those of the same group (season, ...) what is left when
    the rest is equal. Items of the outfit itself are never wrong answers.

    Args:
        logits: (M, P) of every candidate for each of the M items present.
        place: (B, N) int64 index of the item worn among the P candidates.
        present: (B, N) bool, M of them True.
        category: (B, N) int64.
        candidates: the P items.

    Returns:
        Scalar, in nats: the sum of the two means over M.
    """
    target = place[present]  # (M,)
    outfit = present.nonzero()[:, 0]  # (M,)
    worn = torch.zeros(len(present), logits.shape[1], dtype=torch.bool, device=logits.device)
    worn[outfit, target] = True
    also_worn = worn[outfit].scatter(1, target.unsqueeze(1), False)  # (M, P)
    wrong_category = candidates.category != category[present].unsqueeze(1)
    wrong_group = candidates.group != candidates.group[target].unsqueeze(1)
    by_category = logits.masked_fill(wrong_category | also_worn, -torch.inf)
    by_group = logits.masked_fill(wrong_group | also_worn, -torch.inf)
    return F.cross_entropy(by_category, target) + F.cross_entropy(by_group, target)


def outfit_loss(real: Tensor, swapped: Tensor) -> Tensor:
    """Telling (B,) real outfits from (B,) corrupted copies: a scalar, in nats.

    Binary cross-entropy, which calibrates, plus the logistic loss of every real score less every
    swapped one, a smooth bound on 1 - AUC (Gao and Zhou 2015, arXiv:1208.0645, section 3).
    """
    ranking = F.softplus(swapped.unsqueeze(0) - real.unsqueeze(1)).mean()
    return F.softplus(-real).mean() + F.softplus(swapped).mean() + ranking
