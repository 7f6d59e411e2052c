"""WumBERT: umBERT over items that are learnt, each a row of a table."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from modiste.errors import Misuse
from modiste.models.items import ItemEncoder, hide
from modiste.models.umbert import UmBert
from modiste.models.umbert_config import UmBertConfig


@dataclass(frozen=True, kw_only=True)
class WumBertConfig(UmBertConfig):
    """Settings of `WumBert`: those of `UmBert`, and of its table."""

    known_items: int = 0
    """How many items have a row; their numbers, from 1, stand after the blocks."""
    forget: float = 0.3
    """How often an item's row is hidden in training, so that new items are understood."""
    aims_learn: bool = False
    """Whether what `mse` aims at moves to meet it, as published: all items then become one."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.known_items < 1:
            raise Misuse("wumbert learns the items worn in training, and there are none.")


class WumBert(UmBert):
    """`UmBert` with a learnt row for every item worn in training.

    A row says how an item differs from what its features say, and starts at zero: the item starts
    as its features, as published, but what shrinks rows draws it there and not to zero. An item
    without a row, or with one that no gradient reached, is what its features say.
    """

    config: WumBertConfig

    def __init__(self, config: WumBertConfig) -> None:
        super().__init__(config)
        both = 2 if config.items == "mixed" else 1  # a key and a value
        self.table = nn.Embedding(config.known_items + 1, both * config.width)
        nn.init.zeros_(self.table.weight)

    def vectors(self, features: Tensor, category: Tensor) -> tuple[Tensor, Tensor]:
        """(M, D) features, (M,) categories -> (M, W) of unit length to search by, (M, W) tokens."""
        number = features[..., sum(self.config.block_dims)].long()
        if self.training:
            number = hide(number, self.config.forget)
        own = self.table(number) * (number > 0).unsqueeze(-1)
        if isinstance(self.items, ItemEncoder):
            found = torch.cat(self.items(features, category), dim=-1) + own
            key, value = found.chunk(2, dim=-1)
            keys, values = F.normalize(key, dim=-1), F.normalize(value, dim=-1)
            return keys, values * self.config.width**0.5
        values = self.items(features) + own
        return F.normalize(values, dim=-1), values

    def _aims(self, values: Tensor) -> Tensor:
        return values if self.config.aims_learn else values.detach()

    @property
    def _numbers(self) -> int:
        return 1
