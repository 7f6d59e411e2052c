"""A fusion says what its members say, weighed: by hand, on disk, and one inside another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from modiste.data.batches import ItemTable, collate
from modiste.errors import Misuse
from modiste.models.base import OutfitModel, inner_product
from modiste.models.build import build_model, config_name, config_settings, model_config
from modiste.models.fusion import Fusion, FusionConfig, Member
from modiste.outfit import OutfitBatch

IMAGE, TEXT, ITEMS = 6, 4, 20
SETTINGS = {"categories": 3, "hidden_dim": 16, "item_dim": 8, "heads": 2, "references": 4}
rng = np.random.default_rng(0)
TABLE = ItemTable(
    ids=tuple(f"i{n}" for n in range(ITEMS)),
    features=rng.normal(size=(ITEMS, IMAGE + TEXT + 1)).astype(np.float32),
    category=(np.arange(ITEMS) % 3 + 1).astype(np.int64),
    vocabulary=tuple("abc"),
)
BATCH = collate(TABLE, [[0, 1, 2], [3, 4], [5, 6, 7, 8]])
FEATURES, CATEGORY = torch.from_numpy(TABLE.features), torch.from_numpy(TABLE.category)


def member(dim: int, columns: tuple[tuple[int, int], ...], **weights: float) -> Member:
    settings = SETTINGS | {"block_dims": [dim]}
    return Member(model="set_transformer", settings=settings, columns=columns, **weights)


CONFIG = FusionConfig(
    members=(
        member(
            TEXT,
            ((IMAGE, IMAGE + TEXT),),
            weight=0.25,
            centre=0.5,
            scale=2.0,
            wanted_weight=0.4,
            wanted_scale=3.0,
        ),
        member(
            IMAGE + TEXT,
            ((IMAGE, IMAGE + TEXT), (0, IMAGE)),
            weight=0.75,
            centre=-1.0,
            scale=0.5,
            wanted_weight=0.6,
            wanted_scale=0.2,
        ),
    )
)


@pytest.fixture
def fusion() -> Fusion:
    torch.manual_seed(0)
    model = build_model(CONFIG)
    assert isinstance(model, Fusion)
    model.prepare(FEATURES, CATEGORY)
    with torch.no_grad():
        model.eval().settle(FEATURES, CATEGORY)
    return model


def seen(number: int, features: Tensor) -> Tensor:
    """What each member is to see, written out."""
    image, text, often = features.split([IMAGE, TEXT, 1], dim=-1)
    return torch.cat([text, often] if number == 0 else [text, image, often], dim=-1)


def parts(fusion: Fusion) -> list[tuple[OutfitModel, OutfitBatch]]:
    members = [each for each in fusion.members if isinstance(each, OutfitModel)]
    return [(m, replace(BATCH, items=seen(n, BATCH.items))) for n, m in enumerate(members)]


def weighed(fusion: Fusion, score: list[float], wanted: list[float]) -> Fusion:
    """The same members, weighed otherwise."""
    members = tuple(
        replace(each, weight=a, wanted_weight=b)
        for each, a, b in zip(fusion.config.members, score, wanted, strict=True)
    )
    return Fusion(FusionConfig(members=members), [each for each, _ in parts(fusion)]).eval()


@torch.no_grad()
def test_the_score_is_the_weighted_sum_of_standardised_scores(fusion: Fusion) -> None:
    (text, its), (both, theirs) = parts(fusion)
    by_hand = 0.25 * (text.score(its) - 0.5) / 2.0 + 0.75 * (both.score(theirs) + 1.0) / 0.5
    torch.testing.assert_close(fusion.score(BATCH), by_hand)


@torch.no_grad()
def test_inner_products_are_the_weighted_sum_of_the_members(fusion: Fusion) -> None:
    category = torch.tensor([1, 2, 0])
    products = [
        inner_product(m.wanted(b, category), m.item_vectors(seen(n, FEATURES), CATEGORY))
        for n, (m, b) in enumerate(parts(fusion))
    ]
    found = inner_product(fusion.wanted(BATCH, category), fusion.item_vectors(FEATURES, CATEGORY))
    torch.testing.assert_close(found, 0.4 / 3.0 * products[0] + 0.6 / 0.2 * products[1])


@torch.no_grad()
def test_all_weight_on_one_member_ranks_as_that_member(fusion: Fusion) -> None:
    category = torch.tensor([1, 2, 0])
    for number, (alone, batch) in enumerate(parts(fusion)):
        one = [float(number == 0), float(number == 1)]
        single = weighed(fusion, one, one)
        assert torch.equal(single.score(BATCH).argsort(), alone.score(batch).argsort())
        found = inner_product(
            single.wanted(BATCH, category), single.item_vectors(FEATURES, CATEGORY)
        )
        expected = inner_product(
            alone.wanted(batch, category), alone.item_vectors(seen(number, FEATURES), CATEGORY)
        )
        assert torch.equal(found.argsort(), expected.argsort())


class Sparse(OutfitModel):
    """Wants the first item of all, by a one in a sparse row for each item."""

    ordered = True

    def score(self, batch: OutfitBatch) -> Tensor:
        return batch.items.new_zeros(len(batch))

    def wanted(self, batch: OutfitBatch, category: Tensor) -> Tensor:
        return torch.eye(ITEMS)[[0] * len(batch)]

    def item_vectors(self, features: Tensor, category: Tensor) -> Tensor:
        return torch.eye(len(features)).to_sparse()

    def loss(self, batch: OutfitBatch) -> Tensor:
        return batch.items.new_zeros(())


@torch.no_grad()
def test_dense_and_sparse_members_search_together(fusion: Fusion) -> None:
    dense = parts(fusion)[0][0]
    model = Fusion(fusion.config, [dense, Sparse()])
    vectors = model.item_vectors(FEATURES, CATEGORY)
    assert vectors.is_sparse
    found = inner_product(model.wanted(BATCH, torch.zeros(3, dtype=torch.int64)), vectors)
    alone = weighed(fusion, [1, 0], [0.4, 0])
    none = torch.zeros(3, dtype=torch.int64)
    expected = inner_product(alone.wanted(BATCH, none), alone.item_vectors(FEATURES, CATEGORY))
    expected[:, 0] += 0.6 / 0.2
    torch.testing.assert_close(found, expected)


def test_a_fusion_reads_in_order_if_a_member_does(fusion: Fusion) -> None:
    assert not fusion.ordered
    assert Fusion(fusion.config, [parts(fusion)[0][0], Sparse()]).ordered


@torch.no_grad()
def test_a_fusion_comes_back_from_plain_values_and_its_weights(
    fusion: Fusion, tmp_path: Path
) -> None:
    save_file(fusion.state_dict(), tmp_path / "weights.safetensors")
    config = model_config(config_name(CONFIG), config_settings(CONFIG))
    assert config == CONFIG
    again = build_model(config)
    again.load_state_dict(load_file(tmp_path / "weights.safetensors"))
    torch.testing.assert_close(again.eval().score(BATCH), fusion.score(BATCH))


@torch.no_grad()
def test_a_fusion_of_a_fusion_weighs_its_answer(fusion: Fusion) -> None:
    inner = Member(
        model="fusion",
        settings=config_settings(CONFIG),
        columns=((0, IMAGE + TEXT),),
        weight=0.5,
        wanted_weight=1.0,
    )
    config = FusionConfig(members=(inner, CONFIG.members[0]))
    assert model_config("fusion", config_settings(config)) == config
    outer = build_model(config).eval()
    assert isinstance(outer, Fusion)
    outer = Fusion(config, [fusion, parts(fusion)[0][0]])
    text = parts(fusion)[0]
    expected = 0.5 * fusion.score(BATCH) + 0.25 * (text[0].score(text[1]) - 0.5) / 2.0
    torch.testing.assert_close(outer.score(BATCH), expected)


def test_a_fusion_is_not_trained(fusion: Fusion) -> None:
    with pytest.raises(Misuse, match="modiste fuse"):
        fusion.loss(BATCH)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"scale": 0.0}, "scale"),
        ({"wanted_scale": float("nan")}, "not finite"),
        ({"weight": -0.1}, "below 0"),
        ({"columns": ((3, 3),)}, "no ranges"),
        ({"columns": ()}, "no ranges"),
    ],
)
def test_members_that_cannot_be_are_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(Misuse, match=said):
        replace(CONFIG.members[0], **changed)


def test_a_fusion_of_nothing_is_refused() -> None:
    with pytest.raises(Misuse, match="weight above 0"):
        FusionConfig(members=())
    with pytest.raises(Misuse, match="weight above 0"):
        FusionConfig(members=(replace(CONFIG.members[0], wanted_weight=0.0),))
