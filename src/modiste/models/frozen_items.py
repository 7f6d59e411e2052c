"""Item features as they are, but for their size: what is aimed at cannot come to meet the aim."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from modiste.models.standardise import Standardised


class FrozenItems(Standardised):
    """Standardised features through one fixed map that keeps distances.

    Nothing where the features are as wide as they should be; else their principal components,
    taken from items worn in training, the largest first.
    """

    map: Tensor

    def __init__(self, block_dims: Sequence[int], width: int) -> None:
        super().__init__(block_dims)
        self.register_buffer("map", torch.eye(sum(block_dims), width))

    def standardise(self, features: Tensor) -> None:
        """Take statistics, and the map, of (M, D) training features."""
        super().standardise(features)
        wide, width = self.map.shape
        seen = self.standard(features).double()
        if wide != width:
            spread, axes = torch.linalg.eigh(seen.T @ seen)  # ascending
            axes = axes.flip(1)[:, :width]
            sign = axes.gather(0, axes.abs().argmax(dim=0, keepdim=True)).sign()
            self.map.zero_()
            self.map[:, : axes.shape[1]] = axes * sign
        size = (seen @ self.map.double()).square().mean().sqrt().clamp(min=1e-6)
        self.map.div_(size)

    def forward(self, features: Tensor) -> Tensor:
        """(..., D) features to (..., W), entries of about 1."""
        mapped: Tensor = self.standard(features) @ self.map
        return mapped
