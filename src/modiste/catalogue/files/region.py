"""Neighbouring rows of a segment, searched exactly, or by an index that proposes candidates.

The index is faiss's IVF with 4-bit codes of residuals, scanned in SIMD registers: an eighth of the
vectors' size. It names candidates; their inner products are taken from the vectors themselves.
`docs/decisions/0016` has what was measured.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import faiss
import numpy as np

from modiste.arrays import Bools, Floats, Ints
from modiste.catalogue.base import NOTHING, Found
from modiste.data.best import best_rows

_faiss: Any = faiss  # its stubs describe the C++ side, not the Python one

EXACT = 50_000
"""Up to so many rows a region is searched exactly, whatever index it has."""
CANDIDATES = 100
"""That the index proposes for a handful of answers, at least."""
_EACH = 5  # candidates an answer, where more answers are wanted
_PROBED = 48  # lists, at least
_SHARE = 0.047  # of the lists
_SAMPLE = 64  # rows a list that the clustering learns from
_ROUNDS = 8  # of the clustering
_CHUNK = 65_536  # rows that are indexed at once


def build_index(vectors: Floats) -> bytes:
    """An index over (n, H) vectors, as bytes; the same vectors give the same."""
    count, width = vectors.shape
    lists = max(int(round(count**0.5)), 1)
    index = _faiss.index_factory(width, f"IVF{lists},PQ{width}x4fsr", _faiss.METRIC_INNER_PRODUCT)
    index.cp.niter = _ROUNDS
    index.cp.max_points_per_centroid = _SAMPLE
    index.cp.min_points_per_centroid = 1
    some = np.random.default_rng(0).choice(count, min(count, lists * _SAMPLE), replace=False)
    index.train(np.ascontiguousarray(vectors[np.sort(some)]))
    for at in range(0, count, _CHUNK):
        index.add(np.ascontiguousarray(vectors[at : at + _CHUNK]))
    made: bytes = _faiss.serialize_index(index).tobytes()
    return made


class Region:
    """Rows that can be searched together.

    Args:
        vectors: (n, H) float32, C-contiguous; may be memory-mapped.
        index: a function that reads the index; None where there is none.
    """

    def __init__(self, vectors: Floats, index: Callable[[], Any] | None = None) -> None:
        self._vectors = vectors
        self._index = index

    def search(self, wanted: Floats, k: int, allowed: Bools | None) -> Found:
        """Find the k rows with the largest inner product; see `RowSearch.search`.

        Args:
            wanted: (B, H) float32, C-contiguous.
            k: how many, at least 1.
            allowed: (n,) bool; None allows all.

        Returns:
            (B, min(k, n)) rows counted from the region's first.
        """
        count = len(self._vectors)
        k = min(k, count)
        left = count if allowed is None else int(np.count_nonzero(allowed))
        if left == 0:
            return Found(
                np.full((len(wanted), k), NOTHING), np.full((len(wanted), k), -np.inf, np.float32)
            )
        if self._index is not None and left > EXACT and k * _EACH < EXACT // 10:
            found = self._proposed(self._index(), wanted, k, allowed, count / left)
            if not (found.rows[:, : min(k, left)] == NOTHING).any():
                return found
        return self._exact(wanted, k, allowed)

    def _exact(self, wanted: Floats, k: int, allowed: Bools | None) -> Found:
        scores = np.empty((len(wanted), k), dtype=np.float32)
        rows = np.empty((len(wanted), k), dtype=np.int64)
        given = [wanted, self._vectors]
        sizes = [self._vectors.shape[1], len(wanted), len(self._vectors), k]
        bits = None if allowed is None else np.packbits(allowed, bitorder="little")
        chosen = None if bits is None else _faiss.IDSelectorBitmap(bits)  # bits must outlive it
        _faiss.knn_inner_product(
            *map(_faiss.swig_ptr, given), *sizes, *map(_faiss.swig_ptr, (scores, rows)), chosen
        )
        return best(rows, scores, k)

    def _proposed(
        self, index: Any, wanted: Floats, k: int, allowed: Bools | None, sparse: float
    ) -> Found:
        """Of the candidates, the best; where few rows are allowed, more of both are looked at.

        Args:
            index: of this region.
            wanted: as `search` has it.
            k: as `search` has it.
            allowed: as `search` has it.
            sparse: rows for each that is allowed.
        """
        candidates = min(int(max(CANDIDATES, k * _EACH) * sparse), len(self._vectors))
        lists = max(_PROBED, int(_SHARE * index.nlist)) * sparse
        probing = _faiss.SearchParametersIVF(nprobe=min(int(lists), index.nlist))
        _, proposed = index.search(wanted, candidates, params=probing)
        rows = np.full((len(wanted), k), NOTHING)
        scores = np.full((len(wanted), k), -np.inf, dtype=np.float32)
        for number, some in enumerate(proposed):
            some = some[some >= 0]
            if allowed is not None:
                some = some[allowed[some]]
            exact = self._vectors[some] @ wanted[number]
            chosen = best(some[None], exact[None], k)
            rows[number, : chosen.rows.shape[1]] = chosen.rows
            scores[number, : chosen.rows.shape[1]] = chosen.scores
        return Found(rows, scores)


def best(rows: Ints, scores: Floats, k: int) -> Found:
    """The up to k best of each line, by falling score; ties go to the lower row.

    Args:
        rows: (B, n) int64, `NOTHING` where there is none.
        scores: (B, n) float32.
        k: how many.
    """
    scores = np.where(rows == NOTHING, np.float32(-np.inf), scores)
    return Found(*best_rows(rows, scores, k))
