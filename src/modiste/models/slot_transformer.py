"""The network of umBERT and WumBERT: tokens of slots, a mask for each, a decoder for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True, kw_only=True)
class SlotTransformerConfig:
    """Settings of `SlotTransformer`."""

    slots: int
    """How many slots there are; slot 0, unknown or any, comes on top."""
    width: int
    """Of tokens and of what is decoded."""
    layers: int
    heads: int
    ff: int
    """Width of the feed-forward layers."""
    dropout: float
    norm: Literal["pre", "post"]
    """Where layers normalise: `post` as published, `pre` trains more easily when deep."""
    types: Literal["none", "slot"]
    """Whether tokens say which slot they are of."""
    masks: Literal["slot", "shared"]
    """One mask for each slot, or one for all."""
    masks_learn: bool
    """Whether masks are learnt; else they stay as they are set."""
    decoder_dim: int
    """Of the hidden layer of a slot's decoder."""


class SlotTransformer(nn.Module):
    """Self-attention over the items of an outfit, order-free; what is in a slot from its token.

    What belongs to one slot alone (mask, type, decoder) is a row of a tensor, so that any number
    of slots takes the same few operations.
    """

    def __init__(self, config: SlotTransformerConfig) -> None:
        super().__init__()
        self.config = config
        count, width, hidden = config.slots + 1, config.width, config.decoder_dim
        layer = nn.TransformerEncoderLayer(
            width,
            config.heads,
            config.ff,
            config.dropout,
            "gelu",
            batch_first=True,
            norm_first=config.norm == "pre",
        )
        self.attend = nn.TransformerEncoder(layer, config.layers, enable_nested_tensor=False)
        self.masks = nn.Embedding(count if config.masks == "slot" else 1, width)
        self.masks.requires_grad_(config.masks_learn)
        self.types = nn.Embedding(count, width) if config.types == "slot" else None
        if self.types is not None:
            nn.init.normal_(self.types.weight, std=0.3)
        # biases are embeddings, so that weight decay leaves them alone as it does all others
        self.first, self.first_bias = _weights(count, width, hidden)
        self.second, self.second_bias = _weights(count, hidden, width)

    @torch.no_grad()
    def set_masks(self, values: Tensor, slot: Tensor, noise: float) -> None:
        """Start each mask from the mean of its slot's items.

        Args:
            values: (M, W) items worn in training.
            slot: (M,) int64 their slots; masks of others, and of slot 0, take the mean of all.
            noise: standard deviation of what is added to every entry.
        """
        means = values.mean(dim=0).repeat(len(self.masks.weight), 1)
        for index in range(1, len(means)):
            if (slot == index).any():
                means[index] = values[slot == index].mean(dim=0)
        self.masks.weight.copy_(means + noise * torch.randn(means.shape).to(means.device))

    def mask(self, slot: Tensor) -> Tensor:
        """(...) slots -> (..., W) tokens that stand for a missing item."""
        masks: Tensor = self.masks(slot if self.config.masks == "slot" else torch.zeros_like(slot))
        return masks

    def forward(self, tokens: Tensor, slot: Tensor, present: Tensor, asked: Tensor) -> Tensor:
        """What belongs at the places asked for.

        Args:
            tokens: (M, N, W) items, masks among them.
            slot: (M, N) int64.
            present: (M, N) bool, False on padding; no row without an item.
            asked: (M, N) bool, K of them True.

        Returns:
            (K, W) in the order of `asked.nonzero()`.
        """
        if not asked.any():
            return tokens.new_zeros((0, tokens.shape[-1]))
        if self.types is not None:
            tokens = tokens + self.types(slot)
        attended = self.attend(tokens, src_key_padding_mask=~present)
        return self.decode(attended[asked], slot[asked])

    def decode(self, hidden: Tensor, slot: Tensor) -> Tensor:
        """(K, W) through the decoder of the slot of each: (K, W)."""
        count = torch.bincount(slot, minlength=len(self.first))
        order = slot.argsort(stable=True)
        group = slot[order]
        within = torch.arange(len(slot), device=slot.device) - (count.cumsum(0) - count)[group]
        each = hidden.new_zeros((len(count), int(count.max()), hidden.shape[1]))
        each = each.index_put((group, within), hidden[order])  # (S, most of a slot, W)
        inner = F.relu(torch.baddbmm(self.first_bias.weight.unsqueeze(1), each, self.first))
        decoded = torch.baddbmm(self.second_bias.weight.unsqueeze(1), inner, self.second)
        return decoded[group, within][order.argsort()]


def _weights(count: int, inputs: int, outputs: int) -> tuple[nn.Parameter, nn.Embedding]:
    """A linear layer for each slot, started as torch starts one."""
    bound = inputs**-0.5
    bias = nn.Embedding(count, outputs)
    nn.init.uniform_(bias.weight, -bound, bound)
    return nn.Parameter(torch.empty(count, inputs, outputs).uniform_(-bound, bound)), bias
