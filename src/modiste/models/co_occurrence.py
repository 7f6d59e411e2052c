"""Two controls that count what was worn together in training.

Both use the smoothed log lift of a pair, log((together + 1) / (expected + 1)), where `expected`
is how often the two would meet if items were drawn independently. It is pointwise mutual
information that shrinks to 0 where there is little to count, and falls below 0 where two popular
items were hardly ever worn together. On matched questions about Mango outfits it beat raw and
logarithmic counts, cosine-normalised counts and conditional probabilities on the validation split.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Self

import numpy as np
import torch
from torch import Tensor

from modiste.data.batches import Ints, ItemTable
from modiste.models.control import Control, mean_over_pairs
from modiste.outfit import OutfitBatch


class CategoryOnly(Control):
    """Knows which fine categories are worn together; blind to the items of one category.

    Args:
        lift: (C + 1, C + 1) float32 log lift of two fine categories; row and column 0, the
            unknown category, are zero.
    """

    blocks = ("row",)

    def __init__(self, lift: Tensor) -> None:
        super().__init__()
        self.lift: Tensor
        self.register_buffer("lift", lift)

    @classmethod
    def fitted(cls, table: ItemTable, outfits: Sequence[Sequence[int]]) -> Self:
        """Count the pairs of fine categories in training outfits, given as rows of `table`."""
        width = len(table.vocabulary) + 1
        first, second = _ordered_pairs(outfits)
        pair = table.category[first] * width + table.category[second]
        together = np.bincount(pair, minlength=width**2).reshape(width, width).astype(np.float64)
        each = together.sum(axis=1)
        lift = np.log1p(together) - np.log1p(np.outer(each, each) / max(each.sum(), 1.0))
        lift[0, :] = lift[:, 0] = 0.0
        return cls(torch.from_numpy(lift.astype(np.float32)))

    def score(self, batch: OutfitBatch) -> Tensor:
        """(B,) the mean log lift over pairs of items; 0 for fewer than two."""
        lift = self.lift[batch.category.unsqueeze(2), batch.category.unsqueeze(1)]  # (B, N, N)
        return mean_over_pairs(lift, batch.present)

    def wanted(self, batch: OutfitBatch, category: Tensor) -> Tensor:
        """(B, C + 1) each category's mean log lift with the items; padding adds its zero row."""
        total = self.lift[batch.category].sum(dim=1)
        return total / batch.present.sum(dim=1, keepdim=True).clamp(min=1)

    def item_vectors(self, features: Tensor, category: Tensor) -> Tensor:
        """(M, C + 1) sparse: a one in the column of the item's category."""
        return _one_hot(category, len(self.lift))


class CoOccurrence(Control):
    """Knows which items were worn together in training, and nothing of any other.

    The items that training outfits have get columns 1 to H - 1; all others share column 0, which
    was never worn: their lift with anything is 0, as if independent. Storage is sparse, one
    number for each pair that occurs.

    Args:
        column: (M,) int64 column of each catalogue row.
        worn: (H,) float32 number of training outfits with the item of each column.
        pair: (P,) int64, ascending: `a * H + b` for the ordered pairs of columns that occur.
        together: (P,) float32 number of training outfits with both.
        outfits: () float32 number of training outfits, at least 1.
    """

    blocks = ("row",)

    def __init__(
        self, *, column: Tensor, worn: Tensor, pair: Tensor, together: Tensor, outfits: Tensor
    ) -> None:
        super().__init__()
        self.column: Tensor
        self.worn: Tensor
        self.pair: Tensor
        self.together: Tensor
        self.outfits: Tensor
        self.register_buffer("column", column)
        self.register_buffer("worn", worn)
        self.register_buffer("pair", pair)
        self.register_buffer("together", together)
        self.register_buffer("outfits", outfits)

    @classmethod
    def fitted(cls, table: ItemTable, outfits: Sequence[Sequence[int]]) -> Self:
        """Count items and pairs in training outfits, given as rows of `table`."""
        rows = np.fromiter(chain.from_iterable(set(o) for o in outfits), dtype=np.int64)
        known, worn = np.unique(rows, return_counts=True)
        column = np.zeros(len(table.ids), dtype=np.int64)
        column[known] = np.arange(1, len(known) + 1)
        first, second = _ordered_pairs(outfits)
        key = column[first] * (len(known) + 1) + column[second]
        pair, together = np.unique(key, return_counts=True)
        return cls(
            column=torch.from_numpy(column),
            worn=torch.from_numpy(np.concatenate([[0], worn]).astype(np.float32)),
            pair=torch.from_numpy(pair),
            together=torch.from_numpy(together.astype(np.float32)),
            outfits=torch.tensor(float(max(len(outfits), 1))),
        )

    def score(self, batch: OutfitBatch) -> Tensor:
        """(B,) the mean log lift over pairs of items; 0 for fewer than two."""
        column = self._columns(batch.items, batch.present)  # (B, N)
        first, second = column.unsqueeze(2), column.unsqueeze(1)
        expected = self.worn[first] * self.worn[second] / self.outfits  # (B, N, N)
        together = self._times_together(first * len(self.worn) + second)
        return mean_over_pairs(together.log1p() - expected.log1p(), batch.present)

    def wanted(self, batch: OutfitBatch, category: Tensor) -> Tensor:
        """(B, H) the mean log lift of every item that was worn in training with these items."""
        column = self._columns(batch.items, batch.present)  # (B, N)
        lift = self._log_together(column) - self._log_expected(column)  # (B, H)
        return lift / batch.present.sum(dim=1, keepdim=True).clamp(min=1)

    def item_vectors(self, features: Tensor, category: Tensor) -> Tensor:
        """(M, H) sparse: a one in the item's column."""
        present = torch.ones(len(features), dtype=torch.bool, device=features.device)
        return _one_hot(self._columns(features, present), len(self.worn))

    def _columns(self, items: Tensor, present: Tensor) -> Tensor:
        """Columns of (..., D) items by their feature `row`; 0 for padding and unknown rows."""
        row = items[..., 0].long()
        known = present & (row >= 0) & (row < len(self.column))
        return torch.where(known, self.column[torch.where(known, row, 0)], 0)

    def _times_together(self, pair: Tensor) -> Tensor:
        """Number of training outfits with each pair, 0 where it never occurred."""
        if not len(self.pair):
            return torch.zeros_like(pair, dtype=self.together.dtype)
        place = torch.searchsorted(self.pair, pair).clamp(max=len(self.pair) - 1)
        return self.together[place] * (self.pair[place] == pair)

    def _log_together(self, column: Tensor) -> Tensor:
        """(B, H) sum over the items in (B, N) columns of log(1 + times together)."""
        width = len(self.worn)
        start = torch.searchsorted(self.pair, column.flatten() * width)
        length = torch.searchsorted(self.pair, (column.flatten() + 1) * width) - start
        outfit = torch.arange(column.numel(), device=column.device) // column.shape[1]
        # Each item's pairs lie side by side: walk through them all at once.
        skipped = (start - length.cumsum(0) + length).repeat_interleave(length)
        place = torch.arange(len(skipped), device=column.device) + skipped
        total = self.together.new_zeros(len(column), width)
        where = (outfit.repeat_interleave(length), self.pair[place] % width)
        total.index_put_(where, self.together[place].log1p(), accumulate=True)
        return total

    def _log_expected(self, column: Tensor) -> Tensor:
        """(B, H) sum over the items in (B, N) columns of log(1 + expected times together)."""
        # Few distinct counts occur: take the logarithm for each of them, not for each item.
        count, which = self.worn.unique(return_inverse=True)  # (U,), (H,)
        expected = self.worn[column].unsqueeze(2) * count / self.outfits  # (B, N, U)
        total: Tensor = expected.log1p().sum(dim=1)[:, which]
        return total


def _one_hot(column: Tensor, width: int) -> Tensor:
    """(M, width) sparse float32 with a one in each row."""
    index = torch.stack([torch.arange(len(column), device=column.device), column])
    ones = torch.ones(len(column), device=column.device)
    shape = (len(column), width)
    return torch.sparse_coo_tensor(index, ones, shape, is_coalesced=True, check_invariants=True)


def _ordered_pairs(outfits: Sequence[Sequence[int]]) -> tuple[Ints, Ints]:
    """All ordered pairs of two different items of an outfit, over all outfits."""
    first, second = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for rows in outfits:
        distinct = np.unique(np.asarray(rows, dtype=np.int64))
        a, b = np.repeat(distinct, len(distinct)), np.tile(distinct, len(distinct))
        first.append(a[a != b])
        second.append(b[a != b])
    return np.concatenate(first), np.concatenate(second)
