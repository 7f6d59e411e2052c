"""umBERT: what is masked stays hidden; targets that fit teach, misaligned ones do not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from modiste.data.batches import collate
from modiste.data.training_batches import BatchConfig, CandidatePools, TrainingBatches
from modiste.errors import Misuse
from modiste.models.items import FrozenItems
from modiste.models.umbert import UmBert, UmBertConfig, _misaligned
from modiste.outfit import OutfitBatch
from tests.models.styled import OUTFITS, PUBLISHED, SLOTS, TABLE, WIDTH, right_style


def umbert(**settings: Any) -> UmBert:
    torch.manual_seed(0)
    small = {"block_dims": (WIDTH,), "categories": SLOTS, "width": WIDTH, "layers": 1, "heads": 2}
    small |= {"ff": 32, "decoder_dim": 32, "dropout": 0.0, "popularity": 0.0, "references": 8}
    return UmBert(UmBertConfig(**(small | settings)))


def prepared(model: UmBert) -> UmBert:
    features, category = torch.from_numpy(TABLE.features), torch.from_numpy(TABLE.category)
    model.prepare(features, category)
    with torch.no_grad():
        model.eval().settle(features, category)
    return model


def batches(size: int = 32) -> TrainingBatches:
    worn = np.bincount(np.concatenate(OUTFITS), minlength=len(TABLE.ids))
    config = BatchConfig(batch_size=size, candidates=8)
    return TrainingBatches(TABLE, OUTFITS, CandidatePools(TABLE.category, worn), config)


def trained(model: UmBert, steps: int = 150) -> UmBert:
    prepared(model).train()
    drawn = batches()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for step in range(steps):
        optimizer.zero_grad()
        model.loss(drawn.batch(step)).backward()
        optimizer.step()
    return model.eval()


def test_misaligned_targets_stay_near_chance_where_aligned_ones_do_not() -> None:
    assert right_style(trained(umbert(**PUBLISHED))) > 0.9
    assert right_style(trained(umbert(**PUBLISHED, targets="misaligned"))) < 0.3  # chance .125


def test_the_contrastive_loss_learns_the_same_task() -> None:
    assert right_style(trained(umbert(hidden_dim=32, item_dropout=0.0), 120)) > 0.9


def test_of_128_outfits_of_four_slots_4_of_512_targets_are_right() -> None:
    rows = torch.arange(128).repeat_interleave(4)
    assert torch.equal(_misaligned(rows, 128), torch.arange(128).repeat(4))
    assert int((_misaligned(rows, 128) == rows).sum()) == 4


@pytest.mark.parametrize("settings", [{}, PUBLISHED], ids=["ours", "published"])
@torch.no_grad()
def test_a_masked_item_is_not_seen(settings: dict[str, Any]) -> None:
    model = prepared(umbert(**settings))
    batch = collate(TABLE, OUTFITS[:4])
    items = batch.items.clone()
    items[:, 1] = torch.randn(items[:, 1].shape)
    answers = model.answers(batch).view(4, SLOTS, -1)
    changed = model.answers(replace(batch, items=items)).view(4, SLOTS, -1)
    torch.testing.assert_close(changed[:, 1], answers[:, 1])
    assert not torch.isclose(changed[:, 0], answers[:, 0]).all()


@pytest.mark.parametrize("settings", [{}, PUBLISHED], ids=["ours", "published"])
@torch.no_grad()
def test_an_item_masked_in_its_outfit_is_wanted_as_one_that_is_missing(
    settings: dict[str, Any],
) -> None:
    model = prepared(umbert(**settings))
    answers = model.answers(collate(TABLE, OUTFITS[:4])).view(4, SLOTS, -1)
    rest = collate(TABLE, [[first, last] for first, _, last in OUTFITS[:4]])
    wanted = model.wanted(rest, torch.full((4,), 2))
    torch.testing.assert_close(wanted[:, :-1], answers[:, 1])


@torch.no_grad()
def test_the_largest_product_is_the_nearest_item() -> None:
    model = prepared(umbert(**PUBLISHED))
    category = torch.from_numpy(TABLE.category)
    features = torch.from_numpy(TABLE.features)
    wanted = model.wanted(collate(TABLE, OUTFITS[:8]), torch.ones(8, dtype=torch.int64))
    vectors = model.item_vectors(features, category)
    near = torch.cdist(wanted[:, :WIDTH], model.vectors(features, category)[1])
    assert torch.equal((wanted @ vectors.T).argsort(descending=True), near.argsort())


@torch.no_grad()
def test_each_slot_has_a_decoder_of_its_own() -> None:
    network = umbert().network
    slot = torch.tensor([2, 0, 3, 2, 1, 2])
    hidden = torch.randn(6, WIDTH)
    slow = []
    for row, index in zip(hidden, slot.tolist(), strict=True):
        inner = (row @ network.first[index] + network.first_bias.weight[index]).clamp(min=0)
        slow.append(inner @ network.second[index] + network.second_bias.weight[index])
    torch.testing.assert_close(network.decode(hidden, slot), torch.stack(slow))


@torch.no_grad()
def test_a_mask_starts_from_the_mean_of_the_slots_training_items() -> None:
    model = umbert(slots=(0, 1, 1, 2))
    worn = np.flatnonzero(np.isin(np.arange(len(TABLE.ids)), np.concatenate(OUTFITS)))
    features, category = torch.from_numpy(TABLE.features[worn]), TABLE.category[worn]
    model.prepare(features, torch.from_numpy(category))
    values = model.eval().vectors(features, torch.from_numpy(category))[1]
    for slot, kinds in ((1, (1, 2)), (2, (3,))):
        mean = values[torch.from_numpy(np.isin(category, kinds))].mean(dim=0)
        torch.testing.assert_close(model.network.masks.weight[slot], mean)
    torch.testing.assert_close(model.network.masks.weight[0], values.mean(dim=0))


def test_statistics_are_of_the_items_worn_in_training_alone() -> None:
    worn = np.unique(np.concatenate(OUTFITS[:20]))
    rest = np.setdiff1d(np.arange(len(TABLE.ids)), worn)
    states = []
    for shift in (0.0, 100.0):
        features = TABLE.features.copy()
        features[rest] += shift
        model = umbert(**PUBLISHED)
        model.prepare(torch.from_numpy(features[worn]), torch.from_numpy(TABLE.category[worn]))
        states.append(model.state_dict())
    assert all(torch.equal(tensor, states[1][name]) for name, tensor in states[0].items())


@pytest.mark.parametrize("slots", [(0, 1, 1, 1), (0, 1, 2, 3), (0, 7, 2, 7), ()])
@torch.no_grad()
def test_any_number_of_slots_and_of_items_in_a_slot_is_answered(slots: tuple[int, ...]) -> None:
    model = prepared(umbert(slots=slots))
    crowded = collate(TABLE, [[0, 1, 2, 50, 51], [], [100], list(range(0, 144, 9))])
    assert model.score(crowded).isfinite().all()
    for category in range(SLOTS + 1):
        wanted = model.wanted(crowded, torch.full((4,), category))
        assert wanted.shape == (4, WIDTH + 1)
        assert wanted.isfinite().all()


def test_pre_training_reconstructs_what_it_sees() -> None:
    model = prepared(umbert(**PUBLISHED))
    model.enter("pretrain")
    batch = collate(TABLE, OUTFITS[:5])
    values = model.vectors(batch.items, batch.category)[1]
    everywhere = torch.ones(5, SLOTS, dtype=torch.bool)
    decoded = model.network(values, batch.category, everywhere, everywhere).view(5, SLOTS, WIDTH)
    slow = sum((decoded[:, k] - values[:, k]).square().mean() for k in range(SLOTS))
    torch.testing.assert_close(model.loss(batch), slow)


def test_fine_tuning_as_published_is_about_every_slot_of_every_copy() -> None:
    def slow(model: UmBert, batch: OutfitBatch, of: list[int]) -> torch.Tensor:
        values = model.vectors(batch.items, batch.category)[1]
        total = torch.zeros(())
        for copy, aim in enumerate(of):
            outfit, place = divmod(copy, SLOTS)
            tokens, slot = values[outfit].clone(), batch.category[outfit]
            tokens[place] = model.network.mask(slot[place])
            every = torch.ones(1, SLOTS, dtype=torch.bool)
            decoded = model.network(tokens[None], slot[None], every, every)
            total = total + (decoded - values[aim]).square().mean(dim=1).sum()
        return total / len(of)

    batch = collate(TABLE, OUTFITS[:5])
    for targets, of in (
        ("aligned", [row for row in range(5) for _ in range(SLOTS)]),
        ("misaligned", [row for _ in range(SLOTS) for row in range(5)]),
    ):
        model = prepared(umbert(**PUBLISHED, targets=targets))
        torch.testing.assert_close(model.loss(batch), slow(model, batch, of))


def test_outfits_are_pre_trained_first_if_at_all() -> None:
    named = [(s.name, s.epochs) for s in umbert(pretrain=3).stages(10)]
    assert named == [("pretrain", 3), ("finetune", 10)]


@torch.no_grad()
def test_principal_components_keep_distances() -> None:
    features = torch.randn(200, 4) @ torch.randn(4, 10)  # four dimensions, ten columns
    items = FrozenItems((10,), 6)
    items.standardise(features)
    before = torch.cdist(features, features)
    after = torch.cdist(items(features), items(features))
    ratio = after[before > 0.1] / before[before > 0.1]
    assert ratio.std() / ratio.mean() < 1e-3
    assert items(features).square().mean().item() == pytest.approx(1, abs=1e-3)


@torch.no_grad()
def test_features_of_the_right_width_are_used_as_they_are() -> None:
    features = torch.randn(50, 6)
    items = FrozenItems((6,), 6)
    items.standardise(features)
    scale = (features - features.mean(dim=0)).square().mean().sqrt()
    torch.testing.assert_close(items(features), (features - features.mean(dim=0)) / scale)


@pytest.mark.parametrize(
    "settings",
    [
        {"objective": "mse", "items": "mixed"},
        {"targets": "misaligned"},
        {"heads": 3},
        {"layers": 0},
        {"norm": "between"},
        {"slots": (0, 1)},
        {"pretrain": -1},
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(Misuse):
        umbert(**settings)
