from __future__ import annotations

import numpy as np
import pytest

from modiste.stylist import stock as slot_partition
from modiste.stylist.beam import NoveltyPenalty
from modiste.stylist.complete import standard_units
from modiste.stylist.compose import ComposeRequest
from modiste.stylist.context import StylistContext
from modiste.stylist.stylist import Stylist


@pytest.fixture
def context(stylist: Stylist) -> StylistContext:
    return stylist.context


def _shown(context: StylistContext, *ids: str) -> NoveltyPenalty:
    staleness = NoveltyPenalty(context)
    staleness.show(context.stock.wardrobe.rows[item_id] for item_id in ids)
    return staleness


def test_nothing_is_stale_before_the_first_look(context: StylistContext) -> None:
    every = np.arange(len(context.stock))
    assert not NoveltyPenalty(context) and not NoveltyPenalty(context).at(every).any()


@pytest.mark.parametrize("short", [0, 1000])
def test_items_are_as_stale_as_they_are_like_the_nearest_of_their_slot(
    context: StylistContext, monkeypatch: pytest.MonkeyPatch, short: int
) -> None:
    monkeypatch.setattr(slot_partition, "SHORT", short)
    staleness = _shown(context, "boots-red-1", "sandals-blue-0", "handbags-red-0")
    every = np.arange(len(context.stock))
    expected = np.zeros(len(every))
    for slot, ids in (("shoes", ["boots-red-1", "sandals-blue-0"]), ("bags", ["handbags-red-0"])):
        rows = np.flatnonzero(np.array(context.stock.slot) == slot)
        units = standard_units(context.catalogue.vectors(rows))
        shown = [rows.tolist().index(context.stock.wardrobe.rows[item_id]) for item_id in ids]
        expected[rows] = np.maximum((units @ units[shown].T).max(axis=1), 0.0)
    assert staleness
    assert staleness.at(every) == pytest.approx(expected, abs=1e-5)
    some = np.array([40, 3, 90, 3])
    assert staleness.at(some) == pytest.approx(expected[some], abs=1e-5)


@pytest.mark.parametrize(
    ("pieces", "request_"),
    [
        (["shirts-red-0"], ComposeRequest(looks=4)),
        ([], ComposeRequest(looks=4)),
        ([], ComposeRequest(text="blue dresses", looks=4)),
    ],
)
def test_looks_from_large_slots_are_as_good_as_from_short_ones(
    stylist: Stylist,
    monkeypatch: pytest.MonkeyPatch,
    pieces: list[str],
    request_: ComposeRequest,
) -> None:
    weighed = stylist.compose(pieces, request_)
    monkeypatch.setattr(slot_partition, "SHORT", 0)
    searched = stylist.compose(pieces, request_)
    for one, other in zip(weighed, searched, strict=True):
        assert other.value == pytest.approx(one.value, abs=1e-4)
