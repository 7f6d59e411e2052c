"""The contract that every model keeps, so that one loop, one evaluator and one index serve all."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from modiste.outfit import OutfitBatch


@dataclass(frozen=True)
class Stage:
    """A part of training with a loss of its own."""

    name: str
    epochs: int
    rate: float = 1.0
    """Its learning rate over that of the run."""


class OutfitModel(nn.Module, ABC):
    """Scores outfits and says which item is missing; tensors in, tensors out.

    In eval mode padding never changes a result, and item order does only where `ordered` is True.
    """

    ordered: bool = False
    """Whether the order of the items matters (sequence models)."""

    @abstractmethod
    def score(self, batch: OutfitBatch) -> Tensor:
        """Score whole outfits.

        Returns:
            (B,) float32 logits of "these go together"; unbounded, higher is better.
        """

    @abstractmethod
    def wanted(self, batch: OutfitBatch, category: Tensor) -> Tensor:
        """The item that is missing from each outfit.

        Args:
            batch: the incomplete outfits; a row may be all padding (an empty outfit).
            category: (B,) int64 fine category that the missing item is to have, 0 for any.

        Returns:
            (B, H) float32 in the space of `item_vectors`: the better an item fits, the larger
            the inner product.
        """

    @abstractmethod
    def item_vectors(self, features: Tensor, category: Tensor) -> Tensor:
        """What the catalogue is searched by.

        Args:
            features: (M, D) float32 item features.
            category: (M,) int64 their fine categories.

        Returns:
            (M, H) float32, possibly sparse (COO).
        """

    def encoded(self, features: Tensor, category: Tensor) -> Tensor:
        """What `score` and `wanted` read of items, so that it need be made only once an item.

        Args:
            features: (M, D) float32 item features.
            category: (M,) int64 their fine categories.

        Returns:
            (M, E) float32, row by row; a batch of such rows says so by `OutfitBatch.encoded`. The
            features themselves where a model has nothing to save.
        """
        return features

    def prepare(self, features: Tensor, category: Tensor) -> None:  # noqa: B027
        """Take statistics of (M, D) features of items worn in training, once, before training."""

    def settle(self, features: Tensor, category: Tensor) -> None:  # noqa: B027 - most need nothing
        """Take note of the catalogue's usual items, after the weights changed and before scoring.

        Args:
            features: (M, D) float32 features of items worn in training.
            category: (M,) int64 their fine categories.
        """

    def stages(self, epochs: int) -> tuple[Stage, ...]:
        """What is learnt in turn where `epochs` are asked for; the last stage counts.

        Its evaluations alone choose weights; others may come on top of the epochs asked for.
        """
        return (Stage("train", epochs),)

    def enter(self, stage: str) -> None:  # noqa: B027 - most have one
        """Learn what belongs to the stage of that name from now on."""

    def forward(self, batch: OutfitBatch) -> Tensor:
        """The loss: what data-parallel wrappers call."""
        return self.loss(batch)

    @abstractmethod
    def loss(self, batch: OutfitBatch) -> Tensor:
        """The training loss of a batch with candidates: a scalar, in nats."""


def inner_product(wanted: Tensor, vectors: Tensor) -> Tensor:
    """(B, H) wanted items against (M, H) item vectors, dense or sparse: (B, M)."""
    if vectors.is_sparse:
        product: Tensor = torch.sparse.mm(vectors, wanted.T)
        return product.T
    return wanted @ vectors.T


def log_frequency(features: Tensor, read: int) -> Tensor:
    """(M, 1) the log frequency behind the `read` columns that a model reads; 0 where there is none.

    Args:
        features: (M, D) float32.
        read: how many columns come before it.
    """
    rest = features[..., read:]
    return rest[..., :1] if rest.shape[-1] else features.new_zeros((*features.shape[:-1], 1))
