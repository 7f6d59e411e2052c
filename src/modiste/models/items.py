"""Item features to vectors: learnt, or as they are but for their size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
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


@dataclass(frozen=True, kw_only=True)
class ItemEncoderConfig:
    """Settings of `ItemEncoder`."""

    block_dims: tuple[int, ...]
    """Widths of the feature blocks."""
    categories: int
    """How many fine categories are known; index 0, unknown, comes on top."""
    hidden_dim: int
    item_dim: int
    """Length of a key and of a value."""
    dropout: float
    block_dropout: float
    """How often a block of an item is hidden in training."""
    unknown: float
    """How often a category is hidden in training."""


class ItemEncoder(Standardised):
    """Item features and category -> a key (as the missing item) and a value (as a worn one)."""

    def __init__(self, config: ItemEncoderConfig) -> None:
        super().__init__(config.block_dims)
        self.block_dropout, self.unknown = config.block_dropout, config.unknown
        self.width = config.item_dim
        self.blocks = nn.ModuleList(nn.Linear(dim, config.hidden_dim) for dim in self.dims)
        self.category = nn.Embedding(config.categories + 1, config.hidden_dim)
        self.mix = nn.Sequential(
            nn.GELU(),
            nn.LayerNorm(config.hidden_dim),
            nn.Dropout(config.dropout),
            nn.Linear(config.hidden_dim, 2 * config.item_dim),
        )

    def forward(self, features: Tensor, category: Tensor) -> tuple[Tensor, Tensor]:
        """(M, D) features and (M,) categories -> (M, H) keys and (M, H) values of unit length."""
        features = self.standard(features)
        category = hide(category, self.unknown if self.training else 0.0)
        hidden = self.category(category)  # (M, hidden)
        for linear, block in zip(self.blocks, features.split(self.dims, dim=1), strict=True):
            if self.training and self.block_dropout:
                keep = torch.rand(len(block), 1, device=block.device) >= self.block_dropout
                block = block * keep
            hidden = hidden + linear(block)
        key, value = self.mix(hidden).chunk(2, dim=-1)
        return F.normalize(key, dim=-1), F.normalize(value, dim=-1)

    @property
    def row_width(self) -> int:
        """Length of a row of an item's own: of a key and a value."""
        return 2 * self.width

    def vectors(
        self, features: Tensor, category: Tensor, own: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """(M, H) keys of unit length and (M, H) values for a network to read, entries of about 1.

        Args:
            features: (M, D).
            category: (M,) int64.
            own: (M, 2 H) how each item differs from what its features say; None: in nothing.
        """
        keys, values = self(features, category)
        if own is not None:
            key, value = (torch.cat([keys, values], dim=-1) + own).chunk(2, dim=-1)
            keys, values = F.normalize(key, dim=-1), F.normalize(value, dim=-1)
        return keys, values * values.shape[-1] ** 0.5


def hide(category: Tensor, share: float) -> Tensor:
    """A copy in which a random share of the categories is 0, unknown."""
    if not share:
        return category
    return category * (torch.rand(category.shape, device=category.device) >= share)


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

    @property
    def row_width(self) -> int:
        """Length of a row of an item's own: of a value."""
        return self.map.shape[1]

    def vectors(
        self, features: Tensor, category: Tensor, own: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """(M, W) keys of unit length and (M, W) values; arguments as those of `ItemEncoder`'s."""
        values = self(features) if own is None else self(features) + own
        return F.normalize(values, dim=-1), values
