"""What all controls share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import torch
from torch import Tensor

from modiste.data.batches import ItemTable
from modiste.models.base import OutfitModel
from modiste.outfit import OutfitBatch


class Control(OutfitModel):
    """A model that is fitted by counting, or not at all; its loss is zero without a gradient."""

    blocks: ClassVar[tuple[str, ...]]
    """Names of the feature blocks that it sees, in the order in which they stand side by side."""

    @classmethod
    def fitted(cls, table: ItemTable, outfits: Sequence[Sequence[int]]) -> Self:
        """Fit on training outfits, given as rows of `table`; here there is nothing to fit."""
        return cls()

    def loss(self, batch: OutfitBatch) -> Tensor:
        """Nothing to learn: a zero that requires no gradient."""
        return batch.items.new_zeros(())


def mean_over_pairs(pairs: Tensor, present: Tensor) -> Tensor:
    """Mean of (B, N, N) over the pairs of two different present items.

    Args:
        pairs: (B, N, N) float, one value for each ordered pair of places.
        present: (B, N) bool, False on padding.

    Returns:
        (B,) float; 0 for an outfit of fewer than two items.
    """
    both = present.unsqueeze(2) & present.unsqueeze(1)  # (B, N, N)
    both = both & ~torch.eye(present.shape[1], dtype=torch.bool, device=present.device)
    total = pairs.masked_fill(~both, 0.0).sum(dim=(1, 2))  # (B,)
    return total / both.sum(dim=(1, 2)).clamp(min=1)
