"""Feature blocks on one scale, by the statistics of items worn in training."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Standardised(nn.Module):
    """Takes each block's mean and root mean square, and keeps them with the weights."""

    mean: Tensor
    scale: Tensor

    def __init__(self, block_dims: Sequence[int]) -> None:
        super().__init__()
        self.dims = list(block_dims)
        self.register_buffer("mean", torch.zeros(sum(self.dims)))
        self.register_buffer("scale", torch.ones(sum(self.dims)))

    def standardise(self, features: Tensor) -> None:
        """Take the statistics of (M, D) training features; columns beyond the blocks are left."""
        features = features[:, : sum(self.dims)]
        self.mean.copy_(features.mean(dim=0))
        centred = (features - self.mean).split(self.dims, dim=1)
        scales = [
            block.square().mean().sqrt().clamp(min=1e-6).expand(block.shape[1]) for block in centred
        ]
        self.scale.copy_(torch.cat(scales))

    def standard(self, features: Tensor) -> Tensor:
        """(M, D) features to (M, sum of block_dims), each block about 1 in size."""
        scaled: Tensor = (features[..., : sum(self.dims)] - self.mean) / self.scale
        return scaled
