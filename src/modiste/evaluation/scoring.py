"""One way to ask any model about outfits: rows of a catalogue in, numbers out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from modiste.arrays import Bools, Doubles, Ints
from modiste.data.batches import ItemTable, collate
from modiste.models.base import OutfitModel, inner_product

SAME = 1e-6
"""Scores that differ by less, relative to the larger, are tied: it is rounding, not opinion."""


@dataclass(frozen=True)
class CatalogueIndex:
    """What there is to choose from: the items of a catalogue and their categories, row by row.

    Args:
        ids: M item ids.
        fine: their fine categories.
        coarse: their coarse categories (slots).
        worn: ids of the items that occur in outfits of any split.
    """

    ids: tuple[str, ...]
    fine: tuple[str, ...]
    coarse: tuple[str, ...]
    worn: frozenset[str] = frozenset()

    @cached_property
    def rows(self) -> dict[str, int]:
        """Item id -> row."""
        return {item_id: row for row, item_id in enumerate(self.ids)}

    @cached_property
    def of_fine(self) -> dict[str, Ints]:
        """Fine category -> its rows, ascending."""
        return _members(self.fine)

    @cached_property
    def of_coarse(self) -> dict[str, tuple[Ints, ...]]:
        """Coarse category -> the rows of each fine category in it."""
        coarse = np.array(self.coarse, dtype=object)
        pools: dict[str, list[Ints]] = {}
        for rows in self.of_fine.values():
            for slot in dict.fromkeys(coarse[rows]):
                pools.setdefault(slot, []).append(rows[coarse[rows] == slot])
        return {slot: tuple(found) for slot, found in pools.items()}

    @cached_property
    def pools(self) -> dict[str, tuple[Ints, ...]]:
        """Category, coarse or else fine -> the rows of each fine category in it."""
        return {name: (rows,) for name, rows in self.of_fine.items()} | self.of_coarse

    @cached_property
    def fine_index(self) -> Ints:
        """(M,) int64 number of each item's fine category."""
        return np.unique(np.array(self.fine, dtype=object), return_inverse=True)[1]

    def slot(self, item_id: str) -> str:
        """Coarse category of an item; `unknown` for an item that the catalogue does not have."""
        row = self.rows.get(item_id)
        return "unknown" if row is None else self.coarse[row]

    def fine_of(self, item_id: str) -> str:
        """Fine category of an item; empty for an item that the catalogue does not have."""
        row = self.rows.get(item_id)
        return "" if row is None else self.fine[row]

    def pools_among(self, ids: Collection[str]) -> dict[str, tuple[Ints, ...]]:
        """`pools` with the items of `ids` alone; a category that has none of them is left out."""
        offered = np.zeros(len(self.ids), dtype=bool)
        offered[[self.rows[item_id] for item_id in ids if item_id in self.rows]] = True
        fewer = {
            name: tuple(rows[offered[rows]] for rows in parts if offered[rows].any())
            for name, parts in self.pools.items()
        }
        return {name: parts for name, parts in fewer.items() if parts}

    def known(self, ids: Sequence[str]) -> list[int] | None:
        """Rows of `ids`, or None if one of them is unknown."""
        rows = [self.rows.get(item_id, -1) for item_id in ids]
        return None if -1 in rows else rows


@dataclass(frozen=True)
class EvaluationContext:
    """On what terms scorers are measured; the same for a model and for its controls.

    Args:
        index: the catalogue that questions are about.
        trained_on: ids of the items in outfits that the model was trained on.
        seed: of every resampling.
        fitb_by: what answers fill-in-the-blank questions: `score` of the completed outfits, or
            the inner product of each candidate with the item `wanted` where all candidates share
            a fine category, and `score` where they do not.
    """

    index: CatalogueIndex
    trained_on: frozenset[str] = frozenset()
    seed: int = 0
    fitb_by: Literal["score", "wanted"] = "score"


@dataclass(frozen=True)
class CandidatePool:
    """Items of one fine category, ready to be searched.

    Args:
        rows: (P,) int64 their rows.
        category: the scorer's own index of their fine category, 0 where it knows none.
        vectors: (P, H) what is searched by, dense or sparse.
    """

    rows: Ints
    category: int
    vectors: Tensor


class Scorer(Protocol):
    """Whatever can be measured. Outfits are sequences of catalogue rows."""

    def score(self, outfits: Sequence[Sequence[int]]) -> Doubles:
        """(n,) how well each outfit goes together; higher is better."""

    def partition(self, rows: Ints) -> CandidatePool:
        """Prepare items of one fine category to be searched."""

    def fits(self, outfits: Sequence[Sequence[int]], partition: CandidatePool) -> Doubles:
        """(n, P) how well each item of the partition completes each outfit; higher is better."""


@dataclass
class ModelScorer:
    """A model with the catalogue that it sees.

    Args:
        model: any model of the contract; asked in eval mode, left in the mode that it was in.
        table: the catalogue; its rows are the rows that outfits are given in.
        device: where `model` is.
        batch_size: outfits at once.
    """

    model: OutfitModel
    table: ItemTable
    device: str | torch.device = "cpu"
    batch_size: int = 512

    def score(self, outfits: Sequence[Sequence[int]]) -> Doubles:
        """(n,) logits. Outfits of one length share a batch, so that no padding is computed."""
        scores = np.zeros(len(outfits))
        with self._asking():
            for places in self._batches(outfits, mixed=False):
                batch = collate(self.table, [outfits[i] for i in places]).to(self.device)
                scores[places] = self.model.score(batch).double().cpu().numpy()
        return scores

    def partition(self, rows: Ints) -> CandidatePool:
        """The items' vectors; `rows` are of one fine category, at least one."""
        category = int(self.table.category[rows[0]])
        features = torch.from_numpy(np.ascontiguousarray(self.table.features[rows]))
        with self._asking():
            vectors = self.model.item_vectors(
                features.to(self.device), torch.full((len(rows),), category, device=self.device)
            )
        return CandidatePool(rows, category, vectors)

    def fits(self, outfits: Sequence[Sequence[int]], partition: CandidatePool) -> Doubles:
        """(n, P) inner products of the wanted items with those on the partition."""
        fits = np.zeros((len(outfits), len(partition.rows)))
        with self._asking():
            for places in self._batches(outfits, mixed=True):
                batch = collate(self.table, [outfits[i] for i in places]).to(self.device)
                category = torch.full((len(batch),), partition.category, device=self.device)
                wanted = self.model.wanted(batch, category)
                fits[places] = inner_product(wanted, partition.vectors).double().cpu().numpy()
        return fits

    def _batches(self, outfits: Sequence[Sequence[int]], *, mixed: bool) -> Iterator[Ints]:
        """Places of outfits in order of length; those of one batch are equally long or `mixed`."""
        lengths = np.array([len(rows) for rows in outfits])
        order = np.argsort(lengths, kind="stable")
        new_length = np.flatnonzero(np.diff(lengths[order])) + 1
        for part in [order] if mixed else np.split(order, new_length):
            for start in range(0, len(part), self.batch_size):
                yield part[start : start + self.batch_size]

    @contextmanager
    def _asking(self) -> Iterator[None]:
        training = self.model.training
        self.model.eval()
        try:
            with torch.inference_mode():
                yield
        finally:
            self.model.train(training)


def tied(scores: Doubles, reference: Doubles) -> Bools:
    """Where scores are the same as a reference but for rounding; NaN is the same as nothing."""
    with np.errstate(invalid="ignore"):
        size = np.maximum(np.abs(scores), np.abs(reference))
        near = (np.abs(scores - reference) <= SAME * size) & np.isfinite(size)
    same: Bools = near | (scores == reference)
    return same


def worst_first(scores: Doubles) -> Doubles:
    """Scores with NaN as minus infinity: no answer is the worst answer."""
    return np.where(np.isnan(scores), -np.inf, scores)


def _members(names: Sequence[str]) -> dict[str, Ints]:
    values, index = np.unique(np.array(names, dtype=object), return_inverse=True)
    order = np.argsort(index, kind="stable")
    starts = np.searchsorted(index[order], np.arange(1, len(values)))
    return dict(zip(values.tolist(), np.split(order, starts), strict=True))


def products(rows: Tensor, columns: Tensor) -> Tensor:
    """Inner products of (R, W) with (P, W) float32 vectors: (R, P).

    On a CPU as a convolution of one pixel: oneDNN, which computes those, ran at 448 GFLOP/s where
    MKL's matrix product, which treats processors of other makers less well, ran at 207 (two threads
    of a Zen 5 core); where MKL is at home the two are alike.
    """
    if rows.device.type != "cpu" or not (len(rows) and len(columns)):
        return rows @ columns.T
    width = rows.shape[1]
    pixels = rows.view(1, len(rows), 1, width).permute(0, 3, 1, 2)  # (1, W, R, 1), in place
    kernels = columns.view(len(columns), 1, 1, width).permute(0, 3, 1, 2)  # (P, W, 1, 1)
    found = F.conv2d(pixels, kernels)  # (1, P, R, 1)
    return found.permute(0, 2, 3, 1).reshape(len(rows), len(columns))
