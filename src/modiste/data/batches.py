"""What a model sees of a catalogue, and outfits as padded batches of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from modiste.arrays import Floats, Ints
from modiste.outfit import OutfitBatch


@dataclass(frozen=True)
class ItemTable:
    """The items of a catalogue as a model sees them, row by row.

    Args:
        ids: M item ids.
        features: (M, D) float32; may be memory-mapped.
        category: (M,) int64 index into `vocabulary` plus one; 0 for a category not in it.
        vocabulary: the fine categories that the model knows, sorted.
    """

    ids: tuple[str, ...]
    features: Floats
    category: Ints
    vocabulary: tuple[str, ...]

    @cached_property
    def rows(self) -> dict[str, int]:
        """Item id -> row."""
        return {item_id: row for row, item_id in enumerate(self.ids)}

    def tensors(self, rows: Ints) -> tuple[Tensor, Tensor]:
        """(n, D) features and (n,) int64 categories of some rows."""
        features = np.ascontiguousarray(self.features[rows])
        return torch.from_numpy(features), torch.from_numpy(self.category[rows])

    @cached_property
    def members(self) -> dict[int, Ints]:
        """Category index -> the rows of that category, ascending."""
        order = np.argsort(self.category, kind="stable")
        values, starts = np.unique(self.category[order], return_index=True)
        return dict(zip(values.tolist(), np.split(order, starts[1:]), strict=True))


def category_index(names: Sequence[str], vocabulary: Sequence[str]) -> Ints:
    """Names as indices into `vocabulary` plus one; 0 for a name that is not in it."""
    known = {name: index + 1 for index, name in enumerate(vocabulary)}
    return np.array([known.get(name, 0) for name in names], dtype=np.int64)


def collate(table: ItemTable, outfits: Sequence[Sequence[int]]) -> OutfitBatch:
    """Outfits, given as catalogue rows, as one padded batch (B, N, D); N is at least 1."""
    longest = max((len(rows) for rows in outfits), default=0)
    row = np.full((len(outfits), max(longest, 1)), -1, dtype=np.int64)
    for place, rows in enumerate(outfits):
        row[place, : len(rows)] = rows
    present = row >= 0
    items = np.zeros((*row.shape, table.features.shape[1]), dtype=np.float32)
    items[present] = table.features[row[present]]
    category = np.zeros_like(row)
    category[present] = table.category[row[present]]
    return OutfitBatch(
        items=torch.from_numpy(items),
        present=torch.from_numpy(present),
        category=torch.from_numpy(category),
        row=torch.from_numpy(row),
    )
