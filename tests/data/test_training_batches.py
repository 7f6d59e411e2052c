"""Training batches: stateless, drawn like questions, shared out between processes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from modiste.data.batches import ItemTable
from modiste.data.training_batches import BatchConfig, CandidatePools, TrainingBatches
from modiste.errors import DataError, Misuse

ITEMS = 30
GROUP = (np.arange(ITEMS) % 5).astype(np.int64)
WORN = np.arange(ITEMS) % 4  # a quarter of the items is never worn
TABLE = ItemTable(
    ids=tuple(map(str, range(ITEMS))),
    features=np.arange(ITEMS * 2, dtype=np.float32).reshape(ITEMS, 2),
    category=GROUP + 1,
    vocabulary=tuple("abcde"),
)
OUTFITS = [[1, 2, 3], [5, 6], [7, 9, 10, 11], [13, 14, 15], [17, 18], [21, 22, 23]]


def batches(**settings: object) -> TrainingBatches:
    share = settings.pop("share", (0, 1))
    config = BatchConfig(**({"batch_size": 2, "candidates": 3, "seed": 1} | settings))  # type: ignore[arg-type]
    return TrainingBatches(TABLE, OUTFITS, CandidatePools(GROUP, WORN), config, share=share)  # type: ignore[arg-type]


def test_items_are_drawn_from_their_group_as_often_as_they_are_worn() -> None:
    pools = CandidatePools(GROUP, WORN)
    drawn = pools.draw(np.full(40_000, 2), np.random.default_rng(0))
    assert set(GROUP[drawn]) == {2}
    share = np.bincount(drawn, minlength=ITEMS) / len(drawn)
    expected = np.where(GROUP == 2, WORN, 0) / WORN[GROUP == 2].sum()
    np.testing.assert_allclose(share, expected, atol=0.01)


def test_a_group_of_items_never_worn_offers_none() -> None:
    pools = CandidatePools(np.array([0, 0, 1]), np.array([1, 2, 0]))
    assert pools.draw(np.array([1, 1]), np.random.default_rng(0)).tolist() == [-1, -1]
    assert (pools.size(0), pools.size(1)) == (2, 0)


def test_a_step_gives_the_same_batch_in_any_order_and_process() -> None:
    forward = [batches().batch(step) for step in range(7)]
    backward = batches()
    for step in reversed(range(7)):
        again = backward.batch(step)
        assert torch.equal(again.items, forward[step].items)
        assert again.candidates is not None and forward[step].candidates is not None
        assert torch.equal(again.candidates.row, forward[step].candidates.row)
        assert torch.equal(again.candidates.swapped, forward[step].candidates.swapped)


def test_an_epoch_shows_every_outfit_once_and_the_next_in_another_order() -> None:
    made = batches()
    epochs = [
        [
            tuple(r[r >= 0].tolist())
            for step in range(start, start + 3)
            for r in made.batch(step).row
        ]
        for start in (0, 3)
    ]
    assert sorted(epochs[0]) == sorted(epochs[1]) == sorted(map(tuple, OUTFITS))
    assert epochs[0] != epochs[1]


def test_swapped_items_share_the_group_and_at_least_one_place_is_exchanged() -> None:
    made, exchanged = batches(), 0
    for step in range(60):
        batch = made.batch(step)
        assert batch.candidates is not None
        real, swapped = batch.row[batch.present], batch.candidates.swapped[batch.present]
        assert (GROUP[real] == GROUP[swapped]).all()
        assert (batch.candidates.swapped[~batch.present] == -1).all()
        exchanged += int((real != swapped).sum())
    assert exchanged > 100


def test_candidates_hold_all_that_is_worn_or_swapped_in_row_order() -> None:
    batch = batches().batch(4)
    assert batch.candidates is not None
    rows = batch.candidates.row
    assert torch.equal(rows, rows.unique())
    needed = torch.cat([batch.row[batch.present], batch.candidates.swapped[batch.present]])
    assert torch.isin(needed, rows).all()
    assert torch.equal(batch.candidates.items, torch.from_numpy(TABLE.features)[rows])


def test_processes_share_a_batch_without_loss_and_see_the_same_candidates() -> None:
    whole = batches(batch_size=4).batch(0)
    halves = [batches(batch_size=4, share=(index, 2)).batch(0) for index in (0, 1)]
    rows = [tuple(row.tolist()) for half in halves for row in half.row]
    assert sorted(rows) == sorted(tuple(row.tolist()) for row in whole.row)
    for half in halves:
        assert half.candidates is not None and whole.candidates is not None
        assert torch.equal(half.candidates.row, whole.candidates.row)


def test_outfits_of_one_item_are_left_out_and_none_at_all_is_an_error() -> None:
    pools, config = CandidatePools(GROUP, WORN), BatchConfig()
    assert TrainingBatches(TABLE, [[1], [2, 3]], pools, config).outfits == [[2, 3]]
    with pytest.raises(DataError, match="two items"):
        TrainingBatches(TABLE, [[1]], pools, config)


def test_sizes_below_one_are_misuse() -> None:
    with pytest.raises(Misuse, match="1 or more outfits"):
        BatchConfig(batch_size=0)


def test_without_candidates_the_choice_is_among_what_is_worn_and_nothing_is_exchanged() -> None:
    batch = batches(candidates=0).batch(0)
    assert batch.candidates is not None
    assert batch.candidates.row.tolist() == sorted(set(batch.row[batch.present].tolist()))
    assert torch.equal(batch.candidates.swapped, batch.row)


def test_outfits_are_cut_after_the_longest() -> None:
    made = batches(longest=2)
    rows = [r for step in range(3) for r in made.batch(step).row.tolist()]
    assert sorted(rows) == [[1, 2], [5, 6], [7, 9], [13, 14], [17, 18], [21, 22]]
    with pytest.raises(Misuse, match="longest"):
        batches(longest=1)
