"""Outfits as a sequence model has read them."""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Reading:
    """B outfits in the order of reading, padding last, and what is expected at their gaps.

    Args:
        keys: (B, N, W) what expectations are compared with.
        onwards: (B, N + 1, W) expected after the first t items, given those.
        backwards: (B, N + 1, W) expected before item t, given the items from t on.
        present: (B, N) bool.
        length: (B,) int64.
        categories: (B, N) int64.
        rows: (B, N) int64 what tells items apart.
    """

    keys: Tensor
    onwards: Tensor
    backwards: Tensor
    present: Tensor
    length: Tensor
    categories: Tensor
    rows: Tensor

    @property
    def expected(self) -> Tensor:
        """(M, W) in the place of each item present, given all others: both directions' sum."""
        return (self.onwards[:, :-1] + self.backwards[:, 1:])[self.present]

    @property
    def category(self) -> Tensor:
        """(M,) of the items present."""
        return self.categories[self.present]

    def onward_steps(self) -> tuple[Tensor, Tensor, Tensor]:
        """(M, W) expected after each item, (M, W) what comes: a key, zero at the end, (M,) row."""
        coming = F.pad(self.present[:, 1:], (0, 1))  # whether there is a next item
        keys = F.pad(self.keys[:, 1:], (0, 0, 0, 1)) * coming.unsqueeze(-1)
        rows = F.pad(self.rows[:, 1:], (0, 1)).masked_fill(~coming, -1)
        return self.onwards[:, 1:][self.present], keys[self.present], rows[self.present]

    def backward_steps(self) -> tuple[Tensor, Tensor, Tensor]:
        """The same from the last item on; before the first one the outfit ends."""
        keys = F.pad(self.keys[:, :-1], (0, 0, 1, 0))
        rows = F.pad(self.rows[:, :-1], (1, 0), value=-1)
        return self.backwards[:, :-1][self.present], keys[self.present], rows[self.present]
