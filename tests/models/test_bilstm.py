"""The Bi-LSTM: how outfits are read, what is wanted, what is learnt from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from modiste.data.batches import ItemTable, collate
from modiste.errors import Misuse
from modiste.models.bilstm import BiLstm, BiLstmConfig
from modiste.models.losses import next_item_loss
from modiste.outfit import OutfitBatch

DIM, CATEGORIES = 6, 4
FEATURES = np.random.default_rng(0).normal(size=(12, DIM + 1)).astype(np.float32)
CATEGORY = np.array([1, 2, 3, 4] * 3, dtype=np.int64)
TABLE = ItemTable(tuple("abcdefghijkl"), FEATURES, CATEGORY, ("bag", "shoe", "skirt", "top"))
RANK = (4, 2, 1, 3, 0)  # unknown last; top, shoe, bag, skirt


def bilstm(**settings: Any) -> BiLstm:
    torch.manual_seed(0)
    config = {
        "block_dims": (DIM,),
        "categories": CATEGORIES,
        "category_rank": RANK,
        "width": 8,
        "semantic_weight": 0.0,
        "init": 0.4,
        "references": 4,
    }
    model = BiLstm(BiLstmConfig(**(config | settings))).eval()
    model.settle(torch.from_numpy(FEATURES), torch.from_numpy(CATEGORY))
    return model


def batch_of(*outfits: list[int]) -> OutfitBatch:
    return collate(TABLE, outfits)


def expected(model: BiLstm, rows: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """What each direction expects at the gaps of one outfit, as it is given."""
    features, category = torch.from_numpy(FEATURES[rows]), torch.from_numpy(CATEGORY[rows])
    values = model.values(features, category).unsqueeze(0)
    onwards, backwards = model.predictions(values, torch.tensor([len(rows)]))
    return onwards[0], backwards[0]


@torch.no_grad()
def test_by_category_an_outfit_is_read_in_the_order_of_ranks() -> None:
    index = bilstm().order.places(batch_of([0, 1, 2, 3], [2, 3]))
    assert index[0].tolist() == [3, 1, 0, 2]
    assert index[1, :2].tolist() == [1, 0]


@torch.no_grad()
def test_as_given_an_outfit_is_read_as_it_is_given() -> None:
    model = bilstm(order="given")
    assert model.ordered
    assert not bilstm().ordered
    assert model.order.places(batch_of([3, 0, 2])).tolist() == [[0, 1, 2]]
    assert not torch.allclose(model.score(batch_of([3, 0, 2])), model.score(batch_of([0, 3, 2])))


@torch.no_grad()
def test_what_is_wanted_stands_in_its_place_among_the_ranks() -> None:
    model = bilstm()
    wanted = model.wanted(batch_of([2, 3]), torch.tensor([2]))  # a shoe: top, SHOE, skirt
    before, _ = expected(model, [3])
    _, after = expected(model, [2])
    torch.testing.assert_close(wanted[0, :-1], before[1] + after[0])


@torch.no_grad()
def test_as_given_what_is_wanted_comes_last() -> None:
    model = bilstm(order="given")
    wanted = model.wanted(batch_of([2, 3]), torch.tensor([2]))
    onwards, backwards = expected(model, [2, 3])
    torch.testing.assert_close(wanted[0, :-1], onwards[2])
    assert not backwards[2].any()


@torch.no_grad()
@pytest.mark.parametrize("objective", ["next", "next_once"])
def test_the_loss_is_that_of_both_directions_and_of_every_end(objective: str) -> None:
    model = bilstm(order="given", objective=objective)
    outfits = [[0, 1, 2], [5, 4]]
    keys = model.keys(torch.from_numpy(FEATURES), torch.from_numpy(CATEGORY))
    end = torch.zeros(8)
    ways = [expected(model, rows) for rows in outfits]
    forward = [(ways[0][0][t], keys[r]) for t, r in ((1, 1), (2, 2))] + [(ways[0][0][3], end)]
    forward += [(ways[1][0][1], keys[4]), (ways[1][0][2], end)]
    backward = [(ways[0][1][0], end), (ways[0][1][1], keys[0]), (ways[0][1][2], keys[1])]
    backward += [(ways[1][1][0], end), (ways[1][1][1], keys[5])]
    loss = torch.zeros(())
    for steps in (forward, backward):
        predicted, actual = (torch.stack(side) for side in zip(*steps, strict=True))
        if objective == "next":
            loss += next_item_loss(predicted, actual)
        else:
            ends = [i for i, row in enumerate(actual) if not row.any()]
            classes = torch.stack([row for i, row in enumerate(actual) if i != ends[1]])
            target = torch.tensor(
                [ends[0] if i in ends else i - (i > ends[1]) for i in range(len(actual))]
            )
            loss += F.cross_entropy(predicted @ classes.T, target)
    torch.testing.assert_close(model.loss(batch_of(*outfits)), loss)


@torch.no_grad()
def test_a_score_is_the_likelihood_among_the_references() -> None:
    model = bilstm(order="given")
    keys = model.keys(torch.from_numpy(FEATURES), torch.from_numpy(CATEGORY))
    shown = keys[torch.linspace(0, 11, 4).long()]  # what `References` keeps of all
    classes = torch.cat([shown, torch.zeros(1, 8)])
    onwards, backwards = expected(model, [1, 7])

    def gain(predicted: torch.Tensor, actual: torch.Tensor) -> float:
        return float(predicted @ actual - (classes @ predicted).logsumexp(0))

    forward = gain(onwards[1], keys[7]) + gain(onwards[2], torch.zeros(8))
    backward = gain(backwards[1], keys[1]) + gain(backwards[0], torch.zeros(8))
    assert model.score(batch_of([1, 7])).item() == pytest.approx((forward + backward) / 2, rel=1e-5)


@torch.no_grad()
@pytest.mark.parametrize(("directions", "silent"), [("forward", 1), ("backward", 0)])
def test_one_direction_alone_leaves_the_other_silent(directions: str, silent: int) -> None:
    found = expected(bilstm(directions=directions), [0, 1, 2])
    assert not found[silent].any()
    assert found[1 - silent].any()


@torch.no_grad()
def test_an_outfit_of_sixty_items_and_of_one_are_scored() -> None:
    for settings in ({}, {"objective": "choice", "items": "mixed"}):
        scores = bilstm(**settings).score(batch_of([0], [n % 12 for n in range(60)], []))
        assert scores.isfinite().all()
        assert scores[2].item() == 0.0


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"cell": "transformer"}, "lstm, gru, rnn"),
        ({"order": "random"}, "category, given"),
        ({"semantic_weight": 1.0}, "semantic_weight=0"),
        ({"category_rank": (1, 2)}, "category_rank"),
    ],
)
def test_a_setting_that_cannot_be_is_named(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(Misuse, match=said):
        bilstm(**settings)


def test_words_bear_on_what_is_read_only_through_a_shared_map() -> None:
    spoken = np.concatenate([FEATURES[:, :DIM], np.tile([[1.0, 2.0]], (12, 1)), FEATURES[:, :1]], 1)
    spoken[::2, DIM] = 3.0
    table = ItemTable(TABLE.ids, spoken.astype(np.float32), CATEGORY, TABLE.vocabulary)
    gradients = {}
    for kind in ("own", "shared"):
        settings = {"semantic_weight": 1.0, "words": 3, "word_columns": 2, "semantic_map": kind}
        model = bilstm(**settings)
        assert model.semantic is not None
        model.semantic.loss(collate(table, [[0, 1, 2]]).items[0]).backward()
        gradients[kind] = model.items.map.weight.grad  # type: ignore[union-attr]
    assert gradients["own"] is None
    assert gradients["shared"] is not None and gradients["shared"].any()
    assert "semantic.image.weight" not in model.state_dict()
    assert len(list(model.parameters())) == len({id(p) for p in model.parameters()})
    with pytest.raises(Misuse, match="linear"):
        bilstm(semantic_map="shared", items="mixed")
