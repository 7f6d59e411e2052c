"""Items of one outfit close together (Veit et al. 2015), as in the code of Han et al. 2017."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from modiste.errors import Misuse, check_choices
from modiste.models.base import OutfitModel, mean_pairwise_cosine
from modiste.models.items import Standardised
from modiste.models.losses import candidates_of, choice_loss, places
from modiste.outfit import OutfitBatch


@dataclass(frozen=True, kw_only=True)
class SiameseConfig:
    """Settings of `Siamese`."""

    block_dims: tuple[int, ...]
    """Widths of the feature blocks in the order in which they are joined."""
    categories: int
    """How many fine categories are known; not used."""
    width: int = 512
    objective: Literal["margin", "choice"] = "choice"
    """`margin`, as published: cosines within outfits up, those between outfits below `margin`.
    `choice`: pick the item worn among those of its category and of its group."""
    margin: float = 0.8
    """Cosines between outfits count where they are above this."""
    repeat_last: int = 0
    """Fill outfits up to so many items with their last one, as published (8); 0: do not. The
    copies, and each item with itself, then count as pairs that go together."""
    temperature: float = 0.07
    """What cosines are divided by; of `choice` alone."""
    dropout: float = 0.2
    """Of features, in training."""
    init: float = 0.08
    """Weights start uniformly between minus and plus this."""

    def __post_init__(self) -> None:
        if not self.block_dims or self.width < 1 or self.init <= 0 or self.temperature <= 0:
            raise Misuse("block_dims is empty, or width, init or temperature is not above 0.")
        check_choices(self)


class Siamese(OutfitModel):
    """One linear map; cosines between items say how well they go together."""

    def __init__(self, config: SiameseConfig) -> None:
        super().__init__()
        self.config = config
        self.features = Standardised(config.block_dims)
        self.drop = nn.Dropout(config.dropout)
        self.map = nn.Linear(sum(config.block_dims), config.width, bias=False)
        nn.init.uniform_(self.map.weight, -config.init, config.init)

    def prepare(self, features: Tensor, category: Tensor) -> None:
        """Take the statistics of the features from items worn in training."""
        self.features.standardise(features)

    def embed(self, features: Tensor) -> Tensor:
        """(..., D) features to (..., W) vectors of any length."""
        vectors: Tensor = self.map(self.drop(self.features.standard(features)))
        return vectors

    def score(self, batch: OutfitBatch) -> Tensor:
        """(B,) mean cosine of the pairs of an outfit; 0 for fewer than two items."""
        return mean_pairwise_cosine(self.embed(batch.items), batch.present)

    def wanted(self, batch: OutfitBatch, category: Tensor) -> Tensor:
        """(B, W) mean of the items' vectors, not normalised before, as published."""
        present = batch.present.unsqueeze(-1)
        mean = (self.embed(batch.items) * present).sum(dim=1) / present.sum(dim=1).clamp(min=1)
        return F.normalize(mean, dim=-1)

    def item_vectors(self, features: Tensor, category: Tensor) -> Tensor:
        """(M, W) of unit length."""
        return F.normalize(self.embed(features), dim=-1)

    def loss(self, batch: OutfitBatch) -> Tensor:
        """See `SiameseConfig.objective`."""
        if self.config.objective == "margin":
            return self._margin_loss(batch)
        candidates = candidates_of(batch)
        vectors = self.embed(batch.items) * batch.present.unsqueeze(-1)
        others = (vectors.sum(dim=1, keepdim=True) - vectors)[batch.present]  # (M, W)
        keys = F.normalize(self.embed(candidates.items), dim=-1)  # (P, W)
        logits = F.normalize(others, dim=-1) @ keys.T / self.config.temperature
        place = places(batch.row, batch.present, candidates.row)
        return choice_loss(logits, place, batch.present, batch.category, candidates)

    def _margin_loss(self, batch: OutfitBatch) -> Tensor:
        """Mean excess over the margin between outfits, less the mean cosine within them."""
        items, present = batch.items, batch.present
        if self.config.repeat_last:
            items, present = self._filled(items, present)
        unit = F.normalize(self.embed(items[present]), dim=-1)  # (M, W)
        outfit = present.nonzero()[:, 0]
        same = outfit.unsqueeze(0) == outfit.unsqueeze(1)  # (M, M)
        itself = torch.eye(len(outfit), dtype=torch.bool, device=same.device)
        pairs = same if self.config.repeat_last else same & ~itself
        cosines = unit @ unit.T
        within = _mean(cosines, pairs)
        between = _mean((cosines - self.config.margin).clamp(min=0), ~same)
        return between - within

    def _filled(self, items: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
        """Outfits filled up with copies of their last item; empty ones stay empty."""
        length = present.sum(dim=1, keepdim=True)  # items come first, padding last
        size = max(self.config.repeat_last, present.shape[1])
        place = torch.arange(size, device=items.device).expand(len(items), size)
        place = torch.minimum(place, (length - 1).clamp(min=0))
        filled = items.gather(1, place.unsqueeze(-1).expand(*place.shape, items.shape[-1]))
        full = length.clamp(min=self.config.repeat_last)
        return filled, (length > 0) & (torch.arange(size, device=items.device) < full)


def _mean(values: Tensor, where: Tensor) -> Tensor:
    """Mean of the values where `where` is True; 0 where it never is."""
    return (values * where).sum() / where.sum().clamp(min=1)
