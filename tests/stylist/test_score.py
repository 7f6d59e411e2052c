from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from torch import Tensor

from modiste.data.batches import ItemTable, collate
from modiste.data.wardrobe import Wardrobe
from modiste.errors import Misuse
from modiste.evaluation.calibration import Calibration
from modiste.models.controls import MeanCosine, fit_control
from modiste.outfit import OutfitBatch
from modiste.stylist.stylist import Stylist

RED = ["shirts-red-0", "trousers-red-1", "boots-red-2", "handbags-red-0"]
MOTLEY = ["shirts-red-0", "trousers-green-1", "boots-blue-2", "handbags-red-0"]


class Procession(MeanCosine):
    """A model that minds the order: it only looks at neighbours, from left to right."""

    ordered = True

    def score(self, batch: OutfitBatch) -> Tensor:
        weight = torch.arange(1.0, batch.items.shape[1] + 1).unsqueeze(1)
        return (batch.items * weight).sum(dim=(1, 2))


def test_the_verdict_is_the_models_logit_calibrated(wardrobe: Wardrobe, table: ItemTable) -> None:
    calibration = Calibration(slope=2.0, offset=-0.3, centre=0.5, scale=0.25, n=100)
    stylist = Stylist(MeanCosine(), table, wardrobe, calibration=calibration)
    for outfit in (RED, MOTLEY):
        verdict = stylist.score(outfit).verdict
        logit = MeanCosine().score(collate(table, [[table.rows[i] for i in outfit]])).item()
        assert verdict.logit == pytest.approx(logit, abs=1e-6)
        assert verdict.probability == pytest.approx(float(calibration.probability(logit)))
        assert verdict.calibrated
    assert stylist.score(RED).verdict.words == "goes together"
    assert stylist.score(MOTLEY).verdict.words == "fights itself"


def test_without_a_calibration_the_answer_says_so(stylist: Stylist) -> None:
    assert not stylist.score(RED).verdict.calibrated


@pytest.mark.parametrize("pieces", [[], ["boots-red-0"]])
def test_an_outfit_of_one_item_is_none(stylist: Stylist, pieces: list[str]) -> None:
    for ask in (stylist.score, stylist.explain, stylist.revise):
        with pytest.raises(Misuse, match="two items or more"):
            ask(pieces)


def test_the_order_of_the_pieces_does_not_matter_even_to_a_model_that_minds_it(
    wardrobe: Wardrobe, table: ItemTable
) -> None:
    stylist = Stylist(Procession(), table, wardrobe)
    batch = collate(table, [[table.rows[i] for i in outfit] for outfit in (RED, RED[::-1])])
    forwards, backwards = Procession().score(batch)
    assert forwards != backwards
    for order in (RED, RED[::-1], [RED[2], RED[0], RED[3], RED[1]]):
        # The training outfits go from tops to bags.
        assert stylist.score(order).verdict.logit == pytest.approx(forwards.item(), abs=1e-5)


def test_a_batch_of_outfits_is_scored_as_one_by_one(stylist: Stylist, table: ItemTable) -> None:
    scorer = stylist.item("boots-red-0"), stylist.item("shirts-blue-1")
    board = stylist._board(scorer)
    rng = np.random.default_rng(0)
    outfits = [rng.choice(len(table.ids), rng.integers(1, 6), False).tolist() for _ in range(600)]
    together = board.score(outfits)
    alone = [board.score([outfit])[0] for outfit in outfits]
    np.testing.assert_allclose(together, alone, atol=1e-6)
    wanted = board.scorer.wanted([[], outfits[0]], 1)
    assert wanted.shape == (2, 8) and not wanted[0].any()


def test_an_unknown_category_and_a_large_outfit_are_noted(
    wardrobe: Wardrobe, table: ItemTable
) -> None:
    vocabulary = tuple(name for name in table.vocabulary if name != "boots")
    index = {name: place + 1 for place, name in enumerate(vocabulary)}
    category = np.array([index.get(fine, 0) for fine in wardrobe.items["fine"]])
    narrow = ItemTable(table.ids, table.features, category, vocabulary)
    stylist = Stylist(MeanCosine(), narrow, wardrobe)
    assert "'boots'" in stylist.score(RED).notes[0]
    assert len(stylist.complete(RED[:2], "boots", k=3)) == 3
    many = wardrobe.items["id"].to_list()[:20]
    assert "at most" not in stylist.score(many).notes[-1]
    assert "20" in stylist.score(many).notes[-1]


@pytest.mark.parametrize("name", ["chance", "popularity", "category_only", "co_occurrence"])
def test_every_control_can_be_a_stylist(name: str, wardrobe: Wardrobe, table: ItemTable) -> None:
    rows = np.arange(len(table.ids), dtype=np.float32)[:, None]
    counted = ItemTable(table.ids, rows, table.category, table.vocabulary)
    outfits = [[counted.rows[i] for i in o.items] for o in wardrobe.outfits_of("train")]
    stylist = Stylist(fit_control(name, counted, outfits), counted, wardrobe)
    assert 0 <= stylist.score(RED).probability <= 1
    for answer in (
        stylist.complete(RED[:3], "bags", k=4, diversity=0.5),
        stylist.complete(RED[:2], k=4),
        stylist.compose(RED[:1]),
        stylist.compose(),
        stylist.explain(RED),
        stylist.revise(RED),
    ):
        assert json.loads(json.dumps(answer.to_json(), allow_nan=False))
        assert answer.to_text()
