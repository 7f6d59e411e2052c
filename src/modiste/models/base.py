"""The contract that every model keeps, so that one loop, one evaluator and one index serve all."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, Self, runtime_checkable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from modiste.data.batches import ItemTable
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


@dataclass(frozen=True)
class Reconstruction:
    """The items of a batch (B, N) of outfits, decoded from outfits with one item masked.

    Args:
        vectors: (K, H) float32 in the space of `item_vectors`; the item that is nearest to what
            was decoded has the largest inner product.
        outfit: (K,) int64 which outfit each is of.
        place: (K,) int64 which of its items each is.
        masked: (K,) bool whether that item was the masked one.
    """

    vectors: Tensor
    outfit: Tensor
    place: Tensor
    masked: Tensor


@runtime_checkable
class Reconstructs(Protocol):
    """A model that says of every item of an outfit which it is, seen or not."""

    def reconstruct(self, batch: OutfitBatch) -> Reconstruction:
        """Mask each item in turn, and decode all items of the outfit every time."""
        ...


def mean_pairwise_cosine(vectors: Tensor, present: Tensor) -> Tensor:
    """Mean cosine over the pairs of distinct items of each outfit.

    Args:
        vectors: (B, N, W), of any length.
        present: (B, N) bool, False on padding.

    Returns:
        (B,) -1 to 1; 0 for fewer than two items.
    """
    unit = F.normalize(vectors, dim=-1) * present.unsqueeze(-1)
    count = present.sum(dim=1).to(unit.dtype)
    total = unit.sum(dim=1).square().sum(dim=-1)  # over all ordered pairs, self-pairs included
    own = unit.square().sum(dim=(1, 2))
    return (total - own) / (count * (count - 1)).clamp(min=1)


class Control(OutfitModel):
    """A model that is fitted by counting, or not at all; its loss is zero without a gradient."""

    blocks: ClassVar[tuple[str, ...]]
    """Names of the feature blocks that it sees, in the order in which they stand side by side."""

    @classmethod
    def fitted(cls, table: ItemTable, outfits: Sequence[Sequence[int]]) -> Self:
        """Fit on training outfits, given as rows of `table`; here there is nothing to fit."""
        return cls()

    def loss(self, batch: OutfitBatch) -> Tensor:
        """Nothing to learn: a zero that requires no gradient."""
        return batch.items.new_zeros(())


def mean_over_pairs(pairs: Tensor, present: Tensor) -> Tensor:
    """Mean of (B, N, N) over the pairs of two different present items.

    Args:
        pairs: (B, N, N) float, one value for each ordered pair of places.
        present: (B, N) bool, False on padding.

    Returns:
        (B,) float; 0 for an outfit of fewer than two items.
    """
    both = present.unsqueeze(2) & present.unsqueeze(1)  # (B, N, N)
    both = both & ~torch.eye(present.shape[1], dtype=torch.bool, device=present.device)
    total = pairs.masked_fill(~both, 0.0).sum(dim=(1, 2))  # (B,)
    return total / both.sum(dim=(1, 2)).clamp(min=1)
