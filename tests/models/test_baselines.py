from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
import torch

from modiste.data.batches import ItemTable, collate
from modiste.errors import UnknownName
from modiste.models.base import Control, inner_product
from modiste.models.controls import CONTROLS, fit_control

ITEMS, CATEGORIES = 30, 4
RANDOM = np.random.default_rng(0)
CATEGORY = (np.arange(ITEMS) % CATEGORIES + 1).astype(np.int64)
# Rows 25 and above are in no training outfit.
OUTFITS = [RANDOM.choice(25, size=2 + i % 4, replace=False).tolist() for i in range(40)]
ASKED = [RANDOM.choice(ITEMS, size=1 + i % 5, replace=False).tolist() for i in range(20)]
BLOCKS = {
    "row": np.arange(ITEMS, dtype=np.float32)[:, None],
    "popularity": RANDOM.random((ITEMS, 1), dtype=np.float32),
    "image": RANDOM.normal(size=(ITEMS, 6)).astype(np.float32),
    "text": RANDOM.normal(size=(ITEMS, 3)).astype(np.float32),
    "background": 50 + 10 * RANDOM.normal(size=(ITEMS, 3)).astype(np.float32),
}


def table_for(name: str) -> ItemTable:
    features = np.hstack([BLOCKS[block] for block in CONTROLS[name].blocks])
    ids = tuple(f"i{row}" for row in range(ITEMS))
    return ItemTable(ids, features, CATEGORY, tuple("abcd"))


def fitted(name: str, outfits: Sequence[Sequence[int]] = OUTFITS) -> Control:
    return fit_control(name, table_for(name), outfits)


def scores(
    name: str, outfits: Sequence[Sequence[int]], model: Control | None = None
) -> list[float]:
    found = (model or fitted(name)).score(collate(table_for(name), outfits))
    return [float(score) for score in found]


def pair_mean(rows: Sequence[int], of_pair: dict[tuple[int, int], float]) -> float:
    values = [of_pair[pair] for pair in permutations(rows, 2)]
    return float(np.mean(values)) if values else 0.0


def test_mean_cosine_is_the_mean_over_all_pairs() -> None:
    items = table_for("mean_cosine").features
    unit = items / np.linalg.norm(items, axis=1, keepdims=True)
    cosine = {(a, b): float(unit[a] @ unit[b]) for a, b in permutations(range(ITEMS), 2)}
    expected = [pair_mean(rows, cosine) for rows in ASKED]
    assert scores("mean_cosine", ASKED) == pytest.approx(expected, abs=1e-5)


def test_background_is_minus_the_mean_squared_distance() -> None:
    lab = BLOCKS["background"]
    near = {
        (a, b): -float(((lab[a] - lab[b]) ** 2).sum()) for a, b in permutations(range(ITEMS), 2)
    }
    expected = [pair_mean(rows, near) for rows in ASKED]
    assert scores("background", ASKED) == pytest.approx(expected, rel=1e-4)


def test_popularity_is_the_mean_of_its_block() -> None:
    expected = [float(BLOCKS["popularity"][rows].mean()) for rows in ASKED]
    assert scores("popularity", ASKED) == pytest.approx(expected, rel=1e-5)


def test_co_occurrence_is_the_mean_smoothed_log_lift_of_counted_pairs() -> None:
    worn = [sum(row in rows for rows in OUTFITS) for row in range(ITEMS)]
    lift = {}
    for a, b in permutations(range(ITEMS), 2):
        together = sum(a in rows and b in rows for rows in OUTFITS)
        lift[a, b] = np.log((together + 1) / (worn[a] * worn[b] / len(OUTFITS) + 1))
    expected = [pair_mean(rows, lift) for rows in ASKED]
    assert any(expected)
    assert scores("co_occurrence", ASKED) == pytest.approx(expected, abs=1e-5)


def test_category_only_is_the_mean_smoothed_log_lift_of_counted_categories() -> None:
    met = np.zeros((CATEGORIES + 1, CATEGORIES + 1))
    for rows in OUTFITS:
        for a, b in permutations(rows, 2):
            met[CATEGORY[a], CATEGORY[b]] += 1
    expected_times = np.outer(met.sum(1), met.sum(1)) / met.sum()
    table = np.log((met + 1) / (expected_times + 1))
    lift = {
        (a, b): float(table[CATEGORY[a], CATEGORY[b]]) for a, b in permutations(range(ITEMS), 2)
    }
    expected = [pair_mean(rows, lift) for rows in ASKED]
    assert scores("category_only", ASKED) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("name", list(CONTROLS))
def test_what_is_wanted_ranks_items_as_the_completed_outfits_score(name: str) -> None:
    model, table = fitted(name), table_for(name)
    vectors = model.item_vectors(torch.from_numpy(table.features), torch.from_numpy(CATEGORY))
    for rows in ASKED:
        batch = collate(table, [rows])
        fits = inner_product(model.wanted(batch, torch.zeros(1, dtype=torch.int64)), vectors)[0]
        others = [row for row in range(ITEMS) if row not in rows]
        whole = np.array(scores(name, [[*rows, row] for row in others], model))
        fit = fits[others].numpy()
        # The score is a rising straight line of the fit: same order, same ties.
        share = 1.0 if name == "popularity" else 2.0
        rise = share / (len(rows) + 1)
        np.testing.assert_allclose(whole - whole[0], rise * (fit - fit[0]), rtol=1e-3, atol=2e-4)


def test_category_only_cannot_tell_items_of_one_category_apart() -> None:
    found = scores("category_only", [[0, 1, row] for row in range(2, ITEMS, CATEGORIES)])
    assert len(set(found)) == 1


def test_an_unknown_category_is_as_if_independent() -> None:
    table = replace(table_for("category_only"), category=np.where(CATEGORY == 2, 0, CATEGORY))
    model = fit_control("category_only", table, OUTFITS)
    assert model.score(collate(table, [[0, 1], [1, 5]])).tolist() == [0.0, 0.0]
    assert model.score(collate(table, [[0, 2]])).item() != 0.0


def test_chance_finds_everything_equal() -> None:
    assert set(scores("chance", ASKED)) == {0.0}


def test_items_worn_together_outscore_items_that_never_were() -> None:
    first, second = OUTFITS[1][:2]
    apart = next(
        row for row in range(25) if not any(first in rows and row in rows for rows in OUTFITS)
    )
    together, never = scores("co_occurrence", [[first, second], [first, apart]])
    assert together > 0 > never


def test_an_item_of_no_training_outfit_is_as_if_independent() -> None:
    assert scores("co_occurrence", [[0, 27], [28, 29]]) == [0.0, 0.0]


@pytest.mark.parametrize("row", [-1.0, float(ITEMS), 1e6])
def test_a_row_beyond_the_catalogue_is_as_if_never_worn(row: float) -> None:
    model, batch = fitted("co_occurrence"), collate(table_for("co_occurrence"), [OUTFITS[1]])
    batch.items[0, 0, 0] = row
    vectors = model.item_vectors(torch.tensor([[row]]), torch.tensor([1]))
    assert model.score(batch).isfinite().all()
    wanted = model.wanted(batch, torch.zeros(1, dtype=torch.int64))
    assert inner_product(wanted, vectors).item() == 0.0


@pytest.mark.parametrize("name", list(CONTROLS))
def test_a_control_can_be_fitted_on_no_outfit(name: str) -> None:
    model, table = fitted(name, []), table_for(name)
    vectors = model.item_vectors(torch.from_numpy(table.features), torch.from_numpy(CATEGORY))
    wanted = model.wanted(collate(table, ASKED), torch.zeros(len(ASKED), dtype=torch.int64))
    assert inner_product(wanted, vectors).isfinite().all()
    if name in ("co_occurrence", "category_only"):
        assert set(scores(name, ASKED, model)) == {0.0}


def test_an_item_twice_in_an_outfit_counts_once() -> None:
    once, twice = fitted("co_occurrence", [[0, 1], [2, 3]]), [[0, 1, 1], [2, 2, 3]]
    assert scores("co_occurrence", ASKED, fitted("co_occurrence", twice)) == scores(
        "co_occurrence", ASKED, once
    )


@pytest.mark.parametrize("name", list(CONTROLS))
def test_a_control_has_nothing_to_learn(name: str) -> None:
    model = fitted(name)
    loss = model.loss(collate(table_for(name), ASKED))
    assert loss.shape == ()
    assert not loss.requires_grad
    assert list(model.parameters()) == []


def test_an_unknown_control_is_named_with_its_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'popularity'"):
        fit_control("popularty", table_for("chance"), OUTFITS)
