from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
import torch

from modiste.arrays import Bools, Floats
from modiste.catalogue.base import NOTHING
from modiste.catalogue.filters import Facts, Filter, Kind
from modiste.catalogue.in_memory import InMemory
from modiste.data.batches import ItemTable, collate
from modiste.models.base import OutfitModel, inner_product
from modiste.models.co_occurrence import CoOccurrence
from modiste.models.controls import MeanCosine

ITEMS, KINDS = 240, 5


def _table(features: Floats, seed: int = 0) -> ItemTable:
    kinds = np.random.default_rng(seed).integers(0, KINDS, ITEMS)  # 0 is the unknown category
    ids = tuple(f"item {row}" for row in range(ITEMS))
    return ItemTable(ids, features, kinds, tuple(f"kind {n}" for n in range(1, KINDS)))


def _kind(category: int) -> Kind:
    return "slot", f"kind {category}"


def _shop(model: OutfitModel, table: ItemTable) -> InMemory:
    items = {"id": table.ids, "category": "slot", "fine": [_kind(c)[1] for c in table.category]}
    return InMemory(model, table, Facts(pl.DataFrame(items)))


def _only(table: ItemTable, allowed: Bools) -> Filter:
    return Filter(exclude_items=tuple(table.ids[row] for row in np.flatnonzero(~allowed)))


@pytest.fixture(params=["dense", "sparse"])
def shop(request: pytest.FixtureRequest) -> tuple[OutfitModel, ItemTable]:
    """A model with dense and one with sparse item vectors, and what they see."""
    rng = np.random.default_rng(1)
    if request.param == "dense":
        return MeanCosine().eval(), _table(rng.normal(size=(ITEMS, 6)).astype(np.float32))
    table = _table(np.arange(ITEMS, dtype=np.float32)[:, None])
    outfits = [rng.choice(ITEMS, 4, replace=False).tolist() for _ in range(300)]
    return CoOccurrence.fitted(table, outfits).eval(), table


def _wanted(model: OutfitModel, table: ItemTable, outfits: Sequence[Sequence[int]]) -> Floats:
    batch = collate(table, outfits)
    return model.wanted(batch, torch.zeros(len(outfits), dtype=torch.int64)).numpy()


def _slowly(
    model: OutfitModel, table: ItemTable, wanted: Floats, category: int | None, allowed: Bools
) -> list[list[tuple[float, int]]]:
    vectors = model.item_vectors(torch.from_numpy(table.features), torch.from_numpy(table.category))
    scores = inner_product(torch.from_numpy(wanted), vectors).numpy()
    rows = [
        row for row in range(ITEMS) if allowed[row] and category in (None, int(table.category[row]))
    ]
    return [sorted((-float(s[row]), row) for row in rows) for s in scores]


@pytest.mark.parametrize("category", [None, 0, 3])
@pytest.mark.parametrize("share", [1.0, 0.05])
def test_a_search_finds_what_looking_at_every_item_finds(
    shop: tuple[OutfitModel, ItemTable], category: int | None, share: float
) -> None:
    model, table = shop
    allowed = np.random.default_rng(2).random(ITEMS) < share
    wanted = _wanted(model, table, [[1, 2, 3], [40], [7, 8, 9, 10]])
    kind = None if category is None else _kind(category)
    found = _shop(model, table).search(wanted, kind, 7, _only(table, allowed))
    assert found.rows.shape == found.scores.shape == (3, 7)
    for n, expected in enumerate(_slowly(model, table, wanted, category, allowed)):
        best = [-score for score, _ in expected[:7]]
        count = len(best)
        np.testing.assert_allclose(found.scores[n, :count], best, atol=1e-5)
        assert (found.rows[n, count:] == NOTHING).all()
        assert np.isneginf(found.scores[n, count:]).all()
        score_of = {row: -score for score, row in expected}
        assert [score_of[row] for row in found.rows[n, :count]] == pytest.approx(best, abs=1e-5)


def test_a_filter_never_costs_results(shop: tuple[OutfitModel, ItemTable]) -> None:
    model, table = shop
    wanted = _wanted(model, table, [[1, 2]])
    worst = _slowly(model, table, wanted, 2, np.ones(ITEMS, dtype=np.bool_))[0][-4:]
    allowed = np.zeros(ITEMS, dtype=np.bool_)
    allowed[[row for _, row in worst]] = True
    found = _shop(model, table).search(wanted, _kind(2), 4, _only(table, allowed))
    assert set(found.rows[0].tolist()) == {row for _, row in worst}


def test_a_category_without_items_and_a_k_beyond_the_pool_find_what_there_is(
    shop: tuple[OutfitModel, ItemTable],
) -> None:
    model, table = shop
    wanted = _wanted(model, table, [[1, 2]])
    catalogue = _shop(model, table)
    assert (catalogue.search(wanted, _kind(99), 3).rows == NOTHING).all()
    rows = catalogue.search(wanted, _kind(1), 10_000).rows[0]
    assert sorted(rows[rows != NOTHING].tolist()) == table.members[1].tolist()


def test_vectors_are_those_of_the_model_in_the_order_asked_for(
    shop: tuple[OutfitModel, ItemTable],
) -> None:
    model, table = shop
    vectors = model.item_vectors(torch.from_numpy(table.features), torch.from_numpy(table.category))
    expected = vectors.to_dense().numpy()
    rows = np.array([9, 3, 200, 3])
    np.testing.assert_allclose(_shop(model, table).vectors(rows), expected[rows])


def test_ties_go_to_the_lower_row() -> None:
    table = _table(np.ones((ITEMS, 4), dtype=np.float32))
    catalogue = _shop(MeanCosine().eval(), table)
    found = catalogue.search(np.ones((1, 4), dtype=np.float32), _kind(1), 500)
    rows = found.rows[0][found.rows[0] != NOTHING]
    assert rows.tolist() == table.members[1].tolist()


def test_a_kind_has_no_items_of_another_slot_that_the_model_takes_for_the_same_category(
    shop: tuple[OutfitModel, ItemTable],
) -> None:
    model, table = shop
    slot = np.arange(ITEMS) % 3 == 0
    names = ["this" if here else "that" for here in slot]
    items = {"id": table.ids, "category": names, "fine": [_kind(c)[1] for c in table.category]}
    catalogue = InMemory(model, table, Facts(pl.DataFrame(items)))
    rows = catalogue.search(_wanted(model, table, [[1, 2]]), ("this", "kind 2"), ITEMS).rows[0]
    mine = np.flatnonzero(slot & (table.category == 2))
    assert sorted(rows[rows != NOTHING].tolist()) == mine.tolist()
