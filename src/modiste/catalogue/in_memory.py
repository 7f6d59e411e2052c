"""A catalogue in memory: one exact partition for each fine category.

With a category filter, a graph index that filters after its search fell to a recall of 0.09 to
0.67; partitions searched exhaustively stay at 1.0 and were the fastest.
"""

from __future__ import annotations

import threading
from typing import Any

import faiss
import numpy as np
import torch
from torch import Tensor

from modiste.arrays import Bools, Floats, Ints
from modiste.catalogue.base import NOTHING, Found
from modiste.catalogue.filters import EVERYTHING, Facts, Filter, Kind
from modiste.data.batches import ItemTable
from modiste.data.best import best_rows
from modiste.models.base import OutfitModel, inner_product

_faiss: Any = faiss  # its stubs describe the C++ side, not the Python one


class InMemory:
    """The items of a table as a model's vectors, made category by category on first use.

    Args:
        model: whose `item_vectors` to search by; in eval mode.
        table: the catalogue as `model` sees it.
        facts: of the same items.
        device: where `model` is.
        threads: of faiss, for the whole process. One is right here: a partition is searched in a
            fraction of a millisecond, which is less than it takes to wake threads up.
    """

    def __init__(
        self,
        model: OutfitModel,
        table: ItemTable,
        facts: Facts,
        *,
        device: str | torch.device = "cpu",
        threads: int = 1,
    ) -> None:
        self._model = model
        self._table = table
        self._facts = facts
        self._device = device
        self._partitions: dict[int, _Dense | _Sparse] = {}
        self._building = threading.Lock()
        faiss.omp_set_num_threads(threads)

    def search(
        self, wanted: Floats, kind: Kind | None, k: int, where: Filter = EVERYTHING
    ) -> Found:
        """Find the k items with the largest inner product; see `RowSearch.search`."""
        allowed = self._facts.met(where)
        categories = list(self._table.members)
        if kind is not None:
            rows = self._facts.partitions.get(kind, np.zeros(0, dtype=np.int64))
            categories = self._table.category[rows[:1]].tolist()
            if categories and len(rows) < len(self._table.members[categories[0]]):
                allowed, every = np.zeros_like(allowed), allowed
                allowed[rows] = every[rows]  # other kinds are of this category for the model too
        found = [
            partition.search(wanted, k, allowed[partition.rows])
            for partition in map(self._partition, categories)
        ]
        if len(found) == 1 and found[0].rows.shape[1] == k and _settled(found[0]):
            return found[0]
        nothing = np.zeros((len(wanted), 0))  # where the category has no items
        return _best(
            np.concatenate([nothing.astype(np.int64), *(f.rows for f in found)], axis=1),
            np.concatenate([nothing.astype(np.float32), *(f.scores for f in found)], axis=1),
            k,
        )

    def products(self, wanted: Floats, category: int, rows: Ints) -> Floats | None:
        """(B, n) inner products with rows of one category; None where its vectors are sparse."""
        partition = self._partition(category)
        if isinstance(partition, _Sparse):
            return None
        every: Floats = wanted @ partition.all.T
        if len(rows) == len(partition.rows):
            return every
        return every[:, np.searchsorted(partition.rows, rows)]

    def vectors(self, rows: Ints) -> Floats:
        """(n, H) float32 what the items of `rows` are searched by."""
        rows = np.asarray(rows, dtype=np.int64)
        of = self._table.category[rows]
        parts = [(of == c, self._partition(int(c))) for c in np.unique(of)]
        width = parts[0][1].width if parts else 0
        vectors = np.zeros((len(rows), width), dtype=np.float32)
        for mine, partition in parts:
            vectors[mine] = partition.vectors(np.searchsorted(partition.rows, rows[mine]))
        return vectors

    def _partition(self, category: int) -> _Dense | _Sparse:
        with self._building:
            if category not in self._partitions:
                self._partitions[category] = self._build(category)
            return self._partitions[category]

    def _build(self, category: int) -> _Dense | _Sparse:
        rows = self._table.members[category]
        parts = []
        with torch.no_grad():  # inference mode cannot coalesce sparse vectors
            for some in np.array_split(rows, len(rows) // 4096 + 1):  # bounds the memory
                features = torch.from_numpy(np.ascontiguousarray(self._table.features[some]))
                kind = torch.full((len(some),), category, dtype=torch.int64)
                vectors = self._model.item_vectors(features.to(self._device), kind.to(self._device))
                parts.append(vectors.cpu())
            vectors = torch.cat(parts)
        return _Sparse(rows, vectors) if vectors.is_sparse else _Dense(rows, vectors)


class _Dense:
    """The vectors of one category in a flat faiss index."""

    def __init__(self, rows: Ints, vectors: Tensor) -> None:
        self.rows = rows
        self.width = vectors.shape[1]
        self._index: Any = faiss.IndexFlatIP(self.width)
        self._index.add(vectors.float().contiguous().numpy())
        held = _faiss.rev_swig_ptr(self._index.get_xb(), self._index.ntotal * self.width)
        self.all: Floats = held.reshape(-1, self.width)  # faiss's own memory, not a copy

    def search(self, wanted: Floats, k: int, allowed: Bools) -> Found:
        bits = np.packbits(allowed, bitorder="little")  # must outlive the search
        parameters = _faiss.SearchParameters(sel=_faiss.IDSelectorBitmap(bits))
        scores, places = self._index.search(
            np.ascontiguousarray(wanted, dtype=np.float32),
            min(k, len(self.rows)),
            params=parameters,
        )
        nothing = places < 0
        rows = np.where(nothing, NOTHING, self.rows[places])
        return Found(rows, np.where(nothing, -np.inf, scores).astype(np.float32))

    def vectors(self, places: Ints) -> Floats:
        vectors: Floats = self._index.reconstruct_batch(places)
        return vectors


class _Sparse:
    """The vectors of one category as a sparse matrix, for models that count."""

    def __init__(self, rows: Ints, vectors: Tensor) -> None:
        self.rows = rows
        self.width = vectors.shape[1]
        self._vectors = vectors.coalesce()

    def search(self, wanted: Floats, k: int, allowed: Bools) -> Found:
        with torch.no_grad():
            scores = inner_product(torch.from_numpy(wanted), self._vectors).numpy()
        scores = np.where(allowed, scores, -np.inf)
        rows = np.broadcast_to(self.rows, scores.shape)
        return _best(np.where(np.isneginf(scores), NOTHING, rows), scores, k)

    def vectors(self, places: Ints) -> Floats:
        with torch.no_grad():
            chosen = self._vectors.index_select(0, torch.from_numpy(places)).to_dense()
        vectors: Floats = chosen.numpy()
        return vectors


def _settled(found: Found) -> bool:
    """Whether what faiss found, best first, has no ties to be ordered by row."""
    return bool((found.scores[:, 1:] < found.scores[:, :-1]).all())


def _best(rows: Ints, scores: Floats, k: int) -> Found:
    """The k best of each row, padded with nothing; ties go to the lower catalogue row."""
    rows, scores = best_rows(rows, scores, k)
    if (short := k - rows.shape[1]) > 0:
        rows = np.pad(rows, ((0, 0), (0, short)), constant_values=NOTHING)
        scores = np.pad(scores, ((0, 0), (0, short)), constant_values=-np.inf)
    return Found(rows.astype(np.int64), scores.astype(np.float32))
