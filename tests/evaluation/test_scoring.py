from __future__ import annotations

import numpy as np
import torch

from modiste.data.batches import ItemTable
from modiste.evaluation.scoring import CatalogueIndex, ModelScorer, tied, worst_first
from modiste.models.controls import fit_control

RANDOM = np.random.default_rng(0)
ITEMS = 40
TABLE = ItemTable(
    ids=tuple(f"i{row}" for row in range(ITEMS)),
    features=RANDOM.normal(size=(ITEMS, 5)).astype(np.float32),
    category=(np.arange(ITEMS) % 3 + 1).astype(np.int64),
    vocabulary=("a", "b", "c"),
)
OUTFITS = [RANDOM.choice(ITEMS, size=1 + i % 6, replace=False).tolist() for i in range(50)]


def scorer(batch_size: int = 512) -> ModelScorer:
    return ModelScorer(fit_control("mean_cosine", TABLE, []), TABLE, batch_size=batch_size)


def test_scores_come_in_the_order_asked_whatever_the_batches() -> None:
    one_by_one = [scorer().score([rows])[0] for rows in OUTFITS]
    for batch_size in (1, 7, 512):
        np.testing.assert_allclose(scorer(batch_size).score(OUTFITS), one_by_one, atol=1e-6)


def test_fits_are_inner_products_with_the_wanted_item() -> None:
    rows = np.flatnonzero(TABLE.category == 2)
    unit = TABLE.features / np.linalg.norm(TABLE.features, axis=1, keepdims=True)
    expected = [unit[outfit].mean(axis=0) @ unit[rows].T for outfit in OUTFITS]
    for batch_size in (3, 512):
        asked = scorer(batch_size)
        fits = asked.fits(OUTFITS, asked.partition(rows))
        np.testing.assert_allclose(fits, expected, atol=1e-5)


def test_nothing_asked_is_nothing_answered() -> None:
    asked = scorer()
    assert asked.score([]).shape == (0,)
    assert asked.fits([], asked.partition(np.array([1, 4]))).shape == (0, 2)


def test_asking_leaves_a_model_in_the_mode_it_was_in() -> None:
    asked = scorer()
    for training in (True, False):
        asked.model.train(training)
        asked.score(OUTFITS)
        assert asked.model.training is training
    assert torch.is_grad_enabled()


def test_every_item_stands_on_one_fine_and_one_coarse_shelf() -> None:
    fine = tuple("bca"[row % 3] for row in range(9))
    coarse = tuple("y" if name == "c" else "x" for name in fine)
    index = CatalogueIndex(tuple(map(str, range(9))), fine, coarse)
    by_fine = np.concatenate(list(index.of_fine.values()))
    by_coarse = np.concatenate([rows for pool in index.of_coarse.values() for rows in pool])
    assert sorted(by_fine) == sorted(by_coarse) == list(range(9))
    for name, rows in index.of_fine.items():
        assert {fine[row] for row in rows} == {name}
    for slot, pool in index.of_coarse.items():
        assert {coarse[row] for rows in pool for row in rows} == {slot}
    assert len(index.of_coarse["x"]) == 2


def test_a_fine_category_in_two_slots_is_kept_apart() -> None:
    index = CatalogueIndex(("p", "q", "r"), ("belt", "belt", "belt"), ("x", "y", "x"))
    assert [rows.tolist() for rows in index.of_coarse["x"]] == [[0, 2]]
    assert [rows.tolist() for rows in index.of_coarse["y"]] == [[1]]


def test_rounding_is_a_tie_and_no_number_is_never_one() -> None:
    scores = np.array([1.0, 1.0 + 1e-8, 1.0 + 1e-3, np.nan, -np.inf])
    assert tied(scores, np.array([1.0])).tolist() == [True, True, False, False, False]
    assert tied(worst_first(scores), np.array([-np.inf])).tolist() == [False] * 3 + [True] * 2
