"""The controls: what knows nothing, or next to nothing, and still must be beaten.

A control is a model like any other, fitted by counting or not at all. What it sees of an item is
declared in `blocks`, the names of the feature blocks that stand side by side in its
`ItemTable.features`:

    row         (M, 1) the item's row in the catalogue: tells items apart
    popularity  (M, 1) log(1 + number of training outfits that the item is in)
    image       (M, D) unit vectors, zero where there is none
    text        (M, D) unit vectors, zero where there is none
    background  (M, 3) CIE Lab of the photograph's border

What all controls share.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from modiste.data.batches import ItemTable
from modiste.errors import UnknownName
from modiste.models.base import Control, mean_over_pairs
from modiste.models.co_occurrence import CategoryOnly, CoOccurrence
from modiste.outfit import OutfitBatch


class Chance(Control):
    """Knows nothing: every outfit and every item gets the same score."""

    blocks = ("row",)

    def score(self, batch: OutfitBatch) -> Tensor:
        """(B,) zeros."""
        return batch.items.new_zeros(len(batch))

    def wanted(self, batch: OutfitBatch, category: Tensor) -> Tensor:
        """(B, 1) zeros."""
        return batch.items.new_zeros(len(batch), 1)

    def item_vectors(self, features: Tensor, category: Tensor) -> Tensor:
        """(M, 1) zeros."""
        return features.new_zeros(len(features), 1)


class Popularity(Control):
    """Likes what is in many training outfits, whatever it is worn with."""

    blocks = ("popularity",)

    def score(self, batch: OutfitBatch) -> Tensor:
        """(B,) the items' mean log(1 + count)."""
        return batch.items[:, :, 0].sum(dim=1) / batch.present.sum(dim=1).clamp(min=1)

    def wanted(self, batch: OutfitBatch, category: Tensor) -> Tensor:
        """(B, 1) ones: the more popular the better."""
        return batch.items.new_ones(len(batch), 1)

    def item_vectors(self, features: Tensor, category: Tensor) -> Tensor:
        """(M, 1) log(1 + count)."""
        return features[:, :1]


class MeanCosine(Control):
    """Likes items that look and read alike: the mean cosine of frozen features."""

    blocks = ("image", "text")

    def score(self, batch: OutfitBatch) -> Tensor:
        """(B,) mean cosine over pairs of items, in -1 to 1; 0 for fewer than two items."""
        items = F.normalize(batch.items, dim=-1)  # (B, N, D), padding stays zero
        return mean_over_pairs(items @ items.mT, batch.present)

    def wanted(self, batch: OutfitBatch, category: Tensor) -> Tensor:
        """(B, D) mean of the items' unit vectors."""
        total = F.normalize(batch.items, dim=-1).sum(dim=1)  # (B, D)
        return total / batch.present.sum(dim=1, keepdim=True).clamp(min=1)

    def item_vectors(self, features: Tensor, category: Tensor) -> Tensor:
        """(M, D) unit vectors."""
        return F.normalize(features, dim=-1)


class Background(Control):
    """Likes photographs on the same background: shows how much the shoot gives away.

    Distances are squared, so that one inner product ranks as the score does:
    -|a - b|^2 = 2 a.b - |b|^2 - |a|^2.
    """

    blocks = ("background",)

    def score(self, batch: OutfitBatch) -> Tensor:
        """(B,) minus the mean squared distance over pairs of items; 0 for fewer than two."""
        apart = batch.items.unsqueeze(2) - batch.items.unsqueeze(1)  # (B, N, N, 3)
        return -mean_over_pairs(apart.square().sum(dim=-1), batch.present)

    def wanted(self, batch: OutfitBatch, category: Tensor) -> Tensor:
        """(B, 4) twice the mean background, and what the squared length is worth."""
        number = batch.present.sum(dim=1, keepdim=True)  # (B, 1)
        mean = batch.items.sum(dim=1) / number.clamp(min=1)  # (B, 3)
        return torch.cat([2 * mean, -(number > 0).to(mean.dtype)], dim=1)  # an empty outfit: zeros

    def item_vectors(self, features: Tensor, category: Tensor) -> Tensor:
        """(M, 4) the background and its squared length."""
        return torch.cat([features, features.square().sum(dim=1, keepdim=True)], dim=1)


CONTROLS: dict[str, type[Control]] = {
    "chance": Chance,
    "popularity": Popularity,
    "category_only": CategoryOnly,
    "co_occurrence": CoOccurrence,
    "mean_cosine": MeanCosine,
    "background": Background,
}
"""Every control by name, in the order in which tables show them."""


def fit_control(name: str, table: ItemTable, outfits: Sequence[Sequence[int]]) -> Control:
    """Fit a control on training outfits.

    Args:
        name: one of `CONTROLS`.
        table: all items of the catalogue, with the features that the control's `blocks` name.
        outfits: the training outfits as rows of `table`.

    Raises:
        UnknownName: no such control.
    """
    if name not in CONTROLS:
        raise UnknownName("control", name, CONTROLS)
    return CONTROLS[name].fitted(table, outfits).eval()
