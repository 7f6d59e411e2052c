"""Item features to vectors: blocks, category, one hidden layer."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from modiste.models.standardise import Standardised


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


def hide(category: Tensor, share: float) -> Tensor:
    """A copy in which a random share of the categories is 0, unknown."""
    if not share:
        return category
    return category * (torch.rand(category.shape, device=category.device) >= share)
