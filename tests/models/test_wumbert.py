"""WumBERT: its table is learnt, does not collapse, and new items do without."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from modiste.data.batches import ItemTable
from modiste.data.training_batches import BatchConfig, CandidatePools, TrainingBatches
from modiste.errors import Misuse
from modiste.models.umbert import UmBert
from modiste.models.wumbert import WumBert, WumBertConfig
from modiste.training.loop import TrainConfig, _groups
from tests.models.styled import OUTFITS, PUBLISHED, SLOTS, TABLE, WIDTH, right_style

ITEMS = len(TABLE.ids)
WORN = np.unique(np.concatenate(OUTFITS))
NUMBERS = np.zeros((ITEMS, 1), dtype=np.float32)
NUMBERS[WORN, 0] = np.arange(1, len(WORN) + 1)
NUMBERED = replace(TABLE, features=np.insert(TABLE.features, [WIDTH], NUMBERS, axis=1))


def wumbert(**settings: Any) -> WumBert:
    torch.manual_seed(0)
    small = {"block_dims": (WIDTH,), "categories": SLOTS, "width": WIDTH, "layers": 1, "heads": 2}
    small |= {"ff": 32, "decoder_dim": 32, "dropout": 0.0, "popularity": 0.0, "references": 8}
    return WumBert(WumBertConfig(**(small | {"known_items": len(WORN)} | settings)))


def prepared(model: WumBert) -> WumBert:
    model.prepare(
        torch.from_numpy(NUMBERED.features[WORN]), torch.from_numpy(NUMBERED.category[WORN])
    )
    return model


def trained(model: WumBert, outfits: list[list[int]] = OUTFITS, steps: int = 200) -> WumBert:
    prepared(model).train()
    worn = np.bincount(np.concatenate(outfits), minlength=ITEMS)
    drawn = TrainingBatches(
        NUMBERED, outfits, CandidatePools(NUMBERED.category, worn), BatchConfig(candidates=8)
    )
    config = TrainConfig(weight_decay=0.5)
    optimizer = torch.optim.AdamW(_groups(model, config), lr=1e-2)
    for step in range(steps):
        optimizer.zero_grad()
        model.loss(drawn.batch(step)).backward()
        optimizer.step()
    return model.eval()


@torch.no_grad()
def tokens(model: UmBert, table: ItemTable = NUMBERED) -> torch.Tensor:
    """(K, W) of the items worn in training."""
    features, category = table.features[WORN], table.category[WORN]
    return model.eval().vectors(torch.from_numpy(features), torch.from_numpy(category))[1]


def spread(model: WumBert) -> float:
    """How unlike one another the items of a slot are, over how unlike they were at first."""
    now = _within_slots(tokens(model))
    with torch.no_grad():
        model.table.weight.zero_()
    return now / _within_slots(tokens(model))


def _within_slots(values: torch.Tensor) -> float:
    slots = [torch.from_numpy(NUMBERED.category[WORN] == slot) for slot in (1, 2, 3)]
    return sum(float(values[slot].var(dim=0).sum()) for slot in slots)


def random_outfits() -> list[list[int]]:
    """Nothing can be told of an item from the others, so that only cheating pays."""
    rng = np.random.default_rng(3)
    each = ITEMS // SLOTS
    return [[slot * each + int(rng.integers(each)) for slot in range(SLOTS)] for _ in range(160)]


def test_items_collapse_if_they_may_come_to_meet_the_aim_as_published_and_ours_do_not() -> None:
    settings = PUBLISHED | {"masks": "shared", "forget": 0.0}
    outfits = random_outfits()
    assert spread(trained(wumbert(**settings, aims_learn=True), outfits, 300)) < 0.3
    assert spread(trained(wumbert(**settings), outfits, 300)) > 0.8
    assert spread(trained(wumbert(hidden_dim=32, forget=0.0), outfits, 100)) > 0.8


def test_the_learnt_table_completes_outfits() -> None:
    model = trained(wumbert(hidden_dim=32, item_dropout=0.0, forget=0.1), steps=100)
    assert right_style(model, NUMBERED) > 0.9


def test_items_start_as_their_features() -> None:
    model = prepared(wumbert(**PUBLISHED))
    features = torch.from_numpy(NUMBERED.features[WORN])
    torch.testing.assert_close(tokens(model), model.items(features))


def test_a_new_item_is_what_its_features_say_however_long_the_table_has_learnt() -> None:
    model = trained(wumbert(**PUBLISHED), steps=30)
    unknown = NUMBERED.features[WORN].copy()
    unknown[:, WIDTH] = 0
    new = model.vectors(torch.from_numpy(unknown), torch.from_numpy(NUMBERED.category[WORN]))[1]
    torch.testing.assert_close(new, model.items(torch.from_numpy(NUMBERED.features[WORN])))
    assert not torch.isclose(new, tokens(model)).all()


def test_rows_that_are_never_seen_do_not_shrink() -> None:
    model = wumbert(**PUBLISHED)
    with torch.no_grad():
        model.table.weight.fill_(1.0)
    seen = np.unique(np.concatenate(OUTFITS[:8]))
    trained(model, OUTFITS[:8], steps=5)
    unseen = [int(n) for n in NUMBERS[np.setdiff1d(WORN, seen), 0]]
    assert unseen
    assert (model.table.weight[unseen] == 1).all()


def test_a_table_of_no_items_is_refused() -> None:
    with pytest.raises(Misuse, match="there are none"):
        wumbert(known_items=0)
