"""WumBERT: umBERT over items that are learnt, each a row of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor, nn

from modiste.errors import Misuse
from modiste.models.items import hide
from modiste.models.umbert import UmBert, UmBertConfig


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
    numbers: ClassVar[int] = 1

    def __init__(self, config: WumBertConfig) -> None:
        super().__init__(config)
        self.table = nn.Embedding(config.known_items + 1, self.items.row_width)
        nn.init.zeros_(self.table.weight)

    def vectors(self, features: Tensor, category: Tensor) -> tuple[Tensor, Tensor]:
        """(M, D) features, (M,) categories -> (M, W) of unit length to search by, (M, W) tokens."""
        number = features[..., sum(self.config.block_dims)].long()
        if self.training:
            number = hide(number, self.config.forget)
        own = self.table(number) * (number > 0).unsqueeze(-1)
        return self.items.vectors(features, category, own)

    def aims(self, values: Tensor) -> Tensor:
        """(B, N, W) the tokens, which may come to meet what is reconstructed."""
        return values if self.config.aims_learn else values.detach()
