"""What a model makes of the items of outfits that it sees, and of one that it does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from torch import Tensor

from modiste.outfit import OutfitBatch


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
