"""Losses as pure functions, and the candidates of a batch that they choose among."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from modiste.errors import Misuse
from modiste.outfit import Candidates, OutfitBatch


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
    wrong_category = candidates.category != category[present].unsqueeze(1)
    wrong_group = candidates.group != candidates.group[place[present]].unsqueeze(1)
    by_category = pick_loss(logits, place, present, ~wrong_category)
    return by_category + pick_loss(logits, place, present, ~wrong_group)


def pick_loss(logits: Tensor, place: Tensor, present: Tensor, offered: Tensor) -> Tensor:
    """Cross-entropy of picking the item worn among those offered but the rest of its outfit.

    Args:
        logits: (M, P) of every candidate for each of the M items present.
        place: (B, N) int64 index of the item worn among the P candidates.
        present: (B, N) bool, M of them True.
        offered: (M, P) bool; the item worn is among them.

    Returns:
        Scalar mean over M, in nats.
    """
    target = place[present]  # (M,)
    outfit = present.nonzero()[:, 0]  # (M,)
    worn = torch.zeros(len(present), logits.shape[1], dtype=torch.bool, device=logits.device)
    worn[outfit, target] = True
    also_worn = worn[outfit].scatter(1, target.unsqueeze(1), False)  # (M, P)
    return F.cross_entropy(logits.masked_fill(~offered | also_worn, -torch.inf), target)


def outfit_loss(real: Tensor, swapped: Tensor) -> Tensor:
    """Telling (B,) real outfits from (B,) corrupted copies: a scalar, in nats.

    Binary cross-entropy, which calibrates, plus the logistic loss of every real score less every
    swapped one, a smooth bound on 1 - AUC (Gao and Zhou 2015, arXiv:1208.0645, section 3).
    """
    ranking = F.softplus(swapped.unsqueeze(0) - real.unsqueeze(1)).mean()
    return F.softplus(-real).mean() + F.softplus(swapped).mean() + ranking


def semantic_loss(images: Tensor, texts: Tensor, margin: float) -> Tensor:
    """Bidirectional hinge over all pairs of (n, W) images and their (n, W) texts.

    Every wrong text should be `margin` further, in cosines, from an image than its own, and
    every wrong image from a text (Kiros et al. 2014, arXiv:1411.2539, as in Han et al. 2017,
    section 3.2); summed, and divided by n squared as their code does. 0 where n is 0.
    """
    cosines = images @ texts.T  # (n, n)
    own = cosines.diagonal().unsqueeze(1)
    wrong = ~torch.eye(len(images), dtype=torch.bool, device=images.device)
    by_image = (margin - own + cosines).clamp(min=0)
    by_text = (margin - own + cosines.T).clamp(min=0)
    return ((by_image + by_text) * wrong).sum() / max(len(images), 1) ** 2


def next_item_loss(predicted: Tensor, actual: Tensor) -> Tensor:
    """Cross-entropy of each of (m, W) predictions picking its own of the (m, W) actual items.

    The actual items of the whole batch are the classes, each place one of its own, the ends of
    outfits too (zero vectors): Han et al. 2017, equation 2, as their code does it. Ends compete
    with one another, so the loss cannot fall to 0.

    Returns:
        Scalar mean, in nats.
    """
    logits = predicted @ actual.T  # (m, m)
    return F.cross_entropy(logits, torch.arange(len(logits), device=logits.device))


def next_item_loss_once(predicted: Tensor, actual: Tensor, row: Tensor) -> Tensor:
    """The same with every item, and the end of an outfit, among the classes once.

    Args:
        predicted: (m, W).
        actual: (m, W) zero where the outfit ends.
        row: (m,) int64 catalogue row of the actual item, -1 where the outfit ends; items of no
            catalogue must be told apart by distinct numbers.

    Returns:
        Scalar mean, in nats.
    """
    kinds, target = row.unique(return_inverse=True)  # (k,), (m,)
    first = torch.full_like(kinds, len(row)).scatter_reduce(
        0, target, torch.arange(len(row), device=row.device), "amin"
    )
    return F.cross_entropy(predicted @ actual[first].T, target)


def candidates_of(batch: OutfitBatch) -> Candidates:
    """What a training batch offers to choose among.

    Raises:
        Misuse: it offers nothing.
    """
    if batch.candidates is None:
        raise Misuse("A training batch needs candidates; make it with TrainingBatches.")
    return batch.candidates


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
