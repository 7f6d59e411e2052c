"""Several answers by one call of the model."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import Tensor

from modiste.data.batches import ItemTable
from modiste.data.wardrobe import Wardrobe
from modiste.errors import Misuse, UnknownItem
from modiste.models.controls import MeanCosine
from modiste.outfit import OutfitBatch
from modiste.stylist.complete import CompleteRequest
from modiste.stylist.encodings import Encodings
from modiste.stylist.results import CompleteResult, ScoreResult
from modiste.stylist.stylist import Stylist

WORN = ["shirts-red-0", "trousers-red-1"]


class Counting(MeanCosine):
    """Counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def score(self, batch: OutfitBatch) -> Tensor:
        self.asked.append("score")
        return super().score(batch)

    def wanted(self, batch: OutfitBatch, category: Tensor) -> Tensor:
        self.asked.append("wanted")
        return super().wanted(batch, category)


class Reading(MeanCosine):
    """Counts the items that it reads."""

    def __init__(self) -> None:
        super().__init__()
        self.read = 0

    def encoded(self, features: Tensor, category: Tensor) -> Tensor:
        self.read += len(features)
        return features + 0


@pytest.fixture
def counting(wardrobe: Wardrobe, table: ItemTable) -> tuple[Stylist, Counting]:
    model = Counting()
    return Stylist(model, table, wardrobe), model


def test_many_completions_are_what_each_would_be_alone(stylist: Stylist) -> None:
    asked = [
        (WORN, CompleteRequest(category="shoes", k=4)),
        (["dresses-blue-0"], CompleteRequest(k=6)),
        ([*WORN, "boots-green-1"], CompleteRequest(category="bags", k=3, diversity=0.5)),
    ]
    for found, (pieces, request) in zip(stylist.complete_many(asked), asked, strict=True):
        alone = stylist.complete(pieces, request.category, k=request.k, diversity=request.diversity)
        assert isinstance(found, CompleteResult)
        assert [s.garment.id for s in found] == [s.garment.id for s in alone]
        assert [s.why for s in found] == [s.why for s in alone]
        near = [pytest.approx(s.verdict.probability, abs=1e-5) for s in alone]
        assert [s.verdict.probability for s in found] == near


def test_many_share_one_call_of_the_model(counting: tuple[Stylist, Counting]) -> None:
    stylist, model = counting
    stylist.complete_many([(WORN, CompleteRequest(category="shoes"))] * 5)
    assert model.asked == ["wanted", "score", "score"]  # try on, and say why
    model.asked.clear()
    stylist.score_many([WORN, ["boots-red-0", "shirts-blue-1"]])
    assert model.asked == ["score"]


def test_one_bad_request_spoils_no_other(stylist: Stylist) -> None:
    good, unknown, single = stylist.score_many([WORN, ["shirts-red-0", "nothing"], WORN[:1]])
    assert isinstance(good, ScoreResult)
    assert good.probability == pytest.approx(stylist.score(WORN).probability)
    assert isinstance(unknown, UnknownItem)
    assert isinstance(single, Misuse)
    assert stylist.score_many([]) == []


def test_encodings_are_made_once_an_item(wardrobe: Wardrobe, table: ItemTable) -> None:
    model = Reading()
    stylist = Stylist(model, table, wardrobe)
    first = stylist.score(WORN).probability
    assert model.read == 2
    assert stylist.score(WORN).probability == first
    assert model.read == 2
    assert torch.equal(
        stylist.context.catalogue_model.encodings.of(table.category[:1] * 0 + 5),
        torch.from_numpy(table.features[5:6]),
    )


def test_of_many_items_the_last_that_came_up_are_kept(table: ItemTable) -> None:
    model = Reading()
    some = Encodings(model, table, "cpu", most=10)
    for rows in ([0, 1, 2], [2, 1, 2], [50, 3], [0, 4, 5, 6, 7, 8], [9]):
        found = some.of(np.array(rows))
        assert torch.equal(found, torch.from_numpy(table.features[rows]))
    assert model.read == 3 + 0 + 2 + 5 + 1
    some.of(np.array([9, 8, 50]))
    assert model.read == 11
    some.of(np.array([0]))  # its place was given to another
    assert model.read == 12
    every = np.arange(len(table.ids))
    assert torch.equal(some.of(every), torch.from_numpy(table.features))
    assert torch.equal(some.of(every[-10:]), torch.from_numpy(table.features[-10:]))


def test_threads_that_ask_for_items_at_once_get_theirs(table: ItemTable) -> None:
    some = Encodings(Reading(), table, "cpu", most=20)

    def ask(seed: int) -> bool:
        rng = np.random.default_rng(seed)
        asked = [rng.integers(0, len(table.ids), 8) for _ in range(200)]
        return all(
            torch.equal(some.of(rows), torch.from_numpy(table.features[rows])) for rows in asked
        )

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(ask, range(8)))


def test_warming_reads_every_item_ahead(wardrobe: Wardrobe, table: ItemTable) -> None:
    model = Reading()
    stylist = Stylist(model, table, wardrobe)
    stylist.ahead.read()
    stylist.complete(WORN, "shoes")
    assert model.read == len(table.ids)
