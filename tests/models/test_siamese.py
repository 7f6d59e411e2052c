"""The Siamese network, as published and as it does better."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from modiste.data.batches import ItemTable, collate
from modiste.errors import Misuse
from modiste.models.siamese import Siamese, SiameseConfig
from modiste.outfit import OutfitBatch

WIDTH = 6
OUTFITS = [[0, 1, 2], [3, 4], [5]]


def siamese(**settings: Any) -> Siamese:
    torch.manual_seed(0)
    config = SiameseConfig(block_dims=(WIDTH,), categories=2, width=4, dropout=0.0, **settings)
    return Siamese(config)


@pytest.fixture
def batch() -> OutfitBatch:
    features = np.random.default_rng(0).normal(size=(6, WIDTH + 1)).astype(np.float32)
    table = ItemTable(tuple("abcdef"), features, np.ones(6, dtype=np.int64), ("x",))
    return collate(table, OUTFITS)


def test_the_published_loss_counts_copies_of_the_last_item_and_items_with_themselves(
    batch: OutfitBatch,
) -> None:
    model = siamese(objective="margin", margin=0.1, repeat_last=4)
    rows = [[0, 1, 2, 2], [3, 4, 4, 4], [5, 5, 5, 5]]
    vectors = F.normalize(model.embed(batch.items), dim=-1).detach()
    flat = {0: vectors[0, 0], 1: vectors[0, 1], 2: vectors[0, 2], 3: vectors[1, 0]}
    flat |= {4: vectors[1, 1], 5: vectors[2, 0]}
    items = [(outfit, flat[row]) for outfit, rows_ in enumerate(rows) for row in rows_]
    within = [float(a @ b) for i, a in items for k, b in items if i == k]
    between = [max(0.0, float(a @ b) - 0.1) for i, a in items for k, b in items if i != k]
    slow = float(np.mean(between) - np.mean(within))
    assert model.loss(batch).item() == pytest.approx(slow, rel=1e-5)


def test_without_copies_an_item_is_no_pair_with_itself(batch: OutfitBatch) -> None:
    model = siamese(objective="margin", margin=0.1)
    vectors = F.normalize(model.embed(batch.items[batch.present]), dim=-1).detach()
    outfit = [0, 0, 0, 1, 1, 2]
    pairs = [(i, k) for i in range(6) for k in range(6) if i != k]
    within = [float(vectors[i] @ vectors[k]) for i, k in pairs if outfit[i] == outfit[k]]
    between = [
        max(0.0, float(vectors[i] @ vectors[k]) - 0.1) for i, k in pairs if outfit[i] != outfit[k]
    ]
    slow = float(np.mean(between) - np.mean(within))
    assert model.loss(batch).item() == pytest.approx(slow, rel=1e-5)


def test_a_score_is_the_mean_cosine_of_pairs(batch: OutfitBatch) -> None:
    model = siamese().eval()
    a, b, c = F.normalize(model.embed(batch.items[0]), dim=-1).detach()
    scores = model.score(batch)
    assert scores[0].item() == pytest.approx(float(a @ b + a @ c + b @ c) / 3, abs=1e-6)
    assert scores[2].item() == 0.0


def test_what_is_wanted_points_along_the_mean_of_unnormalised_vectors(batch: OutfitBatch) -> None:
    model = siamese().eval()
    wanted = model.wanted(batch, torch.ones(3, dtype=torch.int64))
    mean = model.embed(batch.items[0]).mean(dim=0)
    torch.testing.assert_close(wanted[0], F.normalize(mean, dim=0))


def test_an_unknown_objective_is_named() -> None:
    with pytest.raises(Misuse, match="margin, choice"):
        siamese(objective="triplet")
