"""A catalogue of twelve items and a scorer that does what a test tells it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from modiste.arrays import Doubles, Ints
from modiste.evaluation.scoring import CandidatePool, CatalogueIndex, EvaluationContext

FINE = ("boots", "pumps", "shirts", "skirts")
SLOT = {"boots": "shoes", "pumps": "shoes", "shirts": "tops", "skirts": "bottoms"}


@dataclass
class Told:
    """Scores an outfit by a function of its rows, and an item by how the whole would score."""

    rule: Callable[[Sequence[int]], float]

    def score(self, outfits: Sequence[Sequence[int]]) -> Doubles:
        return np.array([self.rule(rows) for rows in outfits], dtype=np.float64)

    def partition(self, rows: Ints) -> CandidatePool:
        return CandidatePool(rows, 0, torch.zeros(len(rows), 1))

    def fits(self, outfits: Sequence[Sequence[int]], partition: CandidatePool) -> Doubles:
        fits = [[self.rule([*rows, int(item)]) for item in partition.rows] for rows in outfits]
        return np.array(fits, dtype=np.float64).reshape(len(outfits), len(partition.rows))


@pytest.fixture
def told() -> type[Told]:
    return Told


@pytest.fixture
def index() -> CatalogueIndex:
    """Items i0 to i11: three boots, three pumps, three shirts, three skirts."""
    fine = tuple(FINE[row // 3] for row in range(12))
    ids = tuple(f"i{row}" for row in range(12))
    return CatalogueIndex(ids, fine, tuple(SLOT[name] for name in fine))


@pytest.fixture
def terms(index: CatalogueIndex) -> EvaluationContext:
    return EvaluationContext(index, trained_on=frozenset({"i0", "i1"}))
