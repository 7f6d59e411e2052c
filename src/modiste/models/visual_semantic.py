"""Photographs and words in one space (Han et al. 2017, arXiv:1707.05691, section 3.2)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from modiste.errors import Misuse
from modiste.models.base import OutfitModel, mean_pairwise_cosine
from modiste.models.items import Standardised
from modiste.models.losses import semantic_loss
from modiste.outfit import OutfitBatch

FEWEST_WORDS = 2
"""Titles with fewer words than this teach nothing, as published."""


@dataclass(frozen=True, kw_only=True)
class VisualSemanticConfig:
    """Settings of `VisualSemantic` and of its space."""

    block_dims: tuple[int, ...]
    """Widths of the feature blocks in the order in which they are joined."""
    categories: int
    """How many fine categories are known; not used."""
    words: int = 0
    """How many words are known; at least 1."""
    word_columns: int = 0
    """Columns of word numbers after the blocks."""
    width: int = 512
    margin: float = 0.2
    """Of the hinge, in cosines."""
    init: float = 0.08
    """Weights start uniformly between minus and plus this."""

    def __post_init__(self) -> None:
        if not self.block_dims or self.width < 1 or self.margin < 0 or self.init <= 0:
            raise Misuse("block_dims is empty, or width, margin or init is out of range.")
        if self.words < 1 or self.word_columns < 1:
            raise Misuse(
                "visual_semantic learns from titles, and the wardrobe has none; import it with "
                "titles, or train another model."
            )


class VisualSemanticSpace(Standardised):
    """One linear map for items, one vector a word; a title is the sum of its words."""

    def __init__(self, config: VisualSemanticConfig) -> None:
        super().__init__(config.block_dims)
        self.config = config
        self.image = nn.Linear(sum(config.block_dims), config.width, bias=False)
        self.word = nn.Embedding(config.words + 1, config.width, padding_idx=0)
        for weight in (self.image.weight, self.word.weight):
            nn.init.uniform_(weight, -config.init, config.init)
        with torch.no_grad():
            self.word.weight[0].zero_()

    def share(self, image: nn.Linear) -> None:
        """Use a map that belongs to another module, which saves it and trains it."""
        del self.image
        object.__setattr__(self, "image", image)  # past the registration as a part of this one

    def image_vectors(self, features: Tensor) -> Tensor:
        """(M, D) features to (M, W) vectors of unit length."""
        return F.normalize(self.image(self.standard(features)), dim=-1)

    def text_vectors(self, indices: Tensor) -> Tensor:
        """(n, T) int64 word numbers, 0 for none, to (n, W) of unit length; zero without a word."""
        return F.normalize(self.word(indices).sum(dim=-2), dim=-1)

    def indices(self, features: Tensor) -> Tensor:
        """(M, T) int64 word numbers in the features."""
        start = sum(self.dims)
        return features[..., start : start + self.config.word_columns].long()

    def loss(self, features: Tensor) -> Tensor:
        """Hinge loss of (M, D) items whose titles have two known words or more: a scalar."""
        indices = self.indices(features)
        told = (indices > 0).sum(dim=-1) >= FEWEST_WORDS
        images, texts = self.image_vectors(features[told]), self.text_vectors(indices[told])
        return semantic_loss(images, texts, self.config.margin)


class VisualSemantic(OutfitModel):
    """The visual-semantic embedding alone: outfits are never looked at, only titles.

    An outfit is as good as its items are alike in the space that photographs share with words
    (Han et al. 2017, table 1, "VSE").
    """

    def __init__(self, config: VisualSemanticConfig) -> None:
        super().__init__()
        self.config = config
        self.space = VisualSemanticSpace(config)

    def prepare(self, features: Tensor, category: Tensor) -> None:
        """Take the statistics of the features from items worn in training."""
        self.space.standardise(features)

    def score(self, batch: OutfitBatch) -> Tensor:
        """(B,) mean cosine of the pairs of an outfit; 0 for fewer than two items."""
        return mean_pairwise_cosine(self.space.image_vectors(batch.items), batch.present)

    def wanted(self, batch: OutfitBatch, category: Tensor) -> Tensor:
        """(B, W) mean of the items' vectors; zero for an empty outfit."""
        present = batch.present.unsqueeze(-1)
        vectors = self.space.image_vectors(batch.items) * present
        return vectors.sum(dim=1) / present.sum(dim=1).clamp(min=1)

    def item_vectors(self, features: Tensor, category: Tensor) -> Tensor:
        """(M, W) of unit length."""
        return self.space.image_vectors(features)

    def loss(self, batch: OutfitBatch) -> Tensor:
        """The hinge loss over the titles in the batch."""
        return self.space.loss(batch.items[batch.present])
