"""Outfits to learn from, with wrong items drawn like right ones.

Every batch follows from (seed, step) alone, so a run can go on at any step, and several
processes can each take their share of the same batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np
import torch

from modiste.arrays import Ints
from modiste.data.batches import ItemTable, collate
from modiste.errors import DataError, Misuse
from modiste.outfit import Candidates, OutfitBatch


@dataclass(frozen=True, kw_only=True)
class BatchConfig:
    """How training batches are made."""

    batch_size: int = 32
    """Outfits a step, over all processes together."""
    candidates: int = 64
    """Wrong items drawn for every group that occurs in a batch; 0: choose among the items worn
    in the batch, and corrupt no outfit."""
    longest: int = 0
    """Outfits are cut after so many items; 0: they are not."""
    seed: int = 0

    def __post_init__(self) -> None:
        if self.batch_size < 1 or self.candidates < 0:
            raise Misuse(
                f"batch_size={self.batch_size}, candidates={self.candidates}: give 1 or more "
                "outfits and 0 or more candidates."
            )
        if self.longest == 1 or self.longest < 0:
            raise Misuse(f"longest={self.longest}: give 2 or more items, or 0 for all.")


class CandidatePools:
    """Items by group, drawn as often as they are worn in training outfits.

    Args:
        group: (M,) int64 group of every catalogue item, from 0.
        worn: (M,) how often each item is worn in training outfits; items at 0 are never drawn,
            so nothing of the other splits reaches training.
    """

    def __init__(self, group: Ints, worn: Ints) -> None:
        self.group = group
        order = np.lexsort((np.arange(len(group)), group))
        self._order = order[worn[order] > 0]
        weight = worn[self._order].astype(np.float64)
        self._total = np.concatenate([[0.0], np.cumsum(weight)])
        groups = np.arange(int(group.max(initial=-1)) + 2)
        self._start = np.searchsorted(group[self._order], groups)

    def size(self, group: int) -> int:
        """How many distinct items a group offers."""
        return int(self._start[group + 1] - self._start[group])

    def draw(self, groups: Ints, rng: np.random.Generator) -> Ints:
        """One row for every entry of `groups`, by frequency; -1 where a group offers none."""
        low, high = self._total[self._start[groups]], self._total[self._start[groups + 1]]
        point = low + rng.random(len(groups)) * (high - low)
        place = np.searchsorted(self._total, point, side="right") - 1
        place = np.clip(place, self._start[groups], np.maximum(self._start[groups + 1] - 1, 0))
        drawn: Ints = np.where(high > low, self._order[np.minimum(place, len(self._order) - 1)], -1)
        return drawn


Swap: TypeAlias = Callable[[Ints, np.random.Generator], Ints]


class TrainingBatches:
    """The batches of a run, by step.

    Args:
        table: the catalogue.
        outfits: training outfits as catalogue rows; those of fewer than two items are left out.
        pools: where wrong items come from.
        config: sizes and the seed.
        swap: (n,) rows to (n,) wrong items in their place, -1 where there is none; None: from
            `pools`. Give what questions are made by, so that what is learnt is what is asked.
        share: (index, count) of this process among those that train together.

    Raises:
        DataError: no outfit has two items.
    """

    def __init__(
        self,
        table: ItemTable,
        outfits: Sequence[Sequence[int]],
        pools: CandidatePools,
        config: BatchConfig,
        *,
        swap: Swap | None = None,
        share: tuple[int, int] = (0, 1),
    ) -> None:
        self.table, self.pools, self.config, self.share = table, pools, config, share
        self._swap = swap or (lambda rows, rng: pools.draw(pools.group[rows], rng))
        cut = config.longest or None
        self.outfits = [list(rows)[:cut] for rows in outfits if len(rows) > 1]
        if not self.outfits:
            raise DataError(
                "No training outfit has two items or more; import outfits before training."
            )
        self._order: tuple[int, Ints] = (-1, np.empty(0, dtype=np.int64))

    def __len__(self) -> int:
        """Steps an epoch, the last and incomplete batch left out unless it is the only one."""
        return max(len(self.outfits) // self.config.batch_size, 1)

    @cached_property
    def worn(self) -> Ints:
        """Rows of the items worn in training, ascending."""
        return np.unique(np.concatenate([np.asarray(rows) for rows in self.outfits]))

    def batch(self, step: int) -> OutfitBatch:
        """The batch of one step, counted from 0 over all epochs."""
        epoch, place = divmod(step, len(self))
        if self._order[0] != epoch:
            shuffle = np.random.default_rng((self.config.seed, 1, epoch))
            self._order = (epoch, shuffle.permutation(len(self.outfits)))
        size = self.config.batch_size
        chosen = self._order[1][place * size : (place + 1) * size]
        rng = np.random.default_rng((self.config.seed, 2, step))
        whole = self._gather([self.outfits[i] for i in chosen], rng)
        return whole if self.share[1] == 1 else self._share_of(whole)

    def _share_of(self, batch: OutfitBatch) -> OutfitBatch:
        """This process's outfits of a batch; all choose among the same candidates."""
        index, count = self.share
        mine = slice(index, None, count) if len(batch) >= count else slice(None)
        candidates = batch.candidates
        return OutfitBatch(
            items=batch.items[mine],
            present=batch.present[mine],
            category=batch.category[mine],
            row=batch.row[mine],
            candidates=candidates and replace(candidates, swapped=candidates.swapped[mine]),
        )

    def _gather(self, outfits: list[list[int]], rng: np.random.Generator) -> OutfitBatch:
        batch = collate(self.table, outfits)
        row, present = batch.row.numpy(), batch.present.numpy()
        worn = row[present]
        swapped = np.full_like(row, -1)
        swapped[present] = self._swapped(worn, present, rng) if self.config.candidates else worn
        groups = np.unique(self.pools.group[worn])
        counts = [min(self.config.candidates, 3 * self.pools.size(int(g))) for g in groups]
        drawn = self.pools.draw(np.repeat(groups, counts), rng)
        rows = np.unique(np.concatenate([worn, swapped[present], drawn[drawn >= 0]]))
        items, category = self.table.tensors(rows)
        candidates = Candidates(
            items=items,
            category=category,
            row=torch.from_numpy(rows),
            group=torch.from_numpy(self.pools.group[rows]),
            swapped=torch.from_numpy(swapped),
        )
        return OutfitBatch(
            items=batch.items,
            present=batch.present,
            category=batch.category,
            row=batch.row,
            candidates=candidates,
        )

    def _swapped(self, worn: Ints, present: np.ndarray, rng: np.random.Generator) -> Ints:
        """Exchange items for others of their group: all in half of the outfits, else 1 to all."""
        length = present.sum(axis=1)
        how_many = np.where(rng.random(len(length)) < 0.5, length, rng.integers(1, length + 1))
        draw = np.where(present, rng.random(present.shape), np.inf)
        rank = draw.argsort(axis=1).argsort(axis=1)
        exchange = (rank < how_many[:, None])[present]
        drawn = self._swap(worn, rng)
        result: Ints = np.where(exchange & (drawn >= 0), drawn, worn)
        return result
