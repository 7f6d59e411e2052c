from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

from modiste.catalogue.filters import Filter
from modiste.data.batches import ItemTable, collate
from modiste.errors import Misuse, UnknownName
from modiste.models.controls import MeanCosine
from modiste.stylist.complete import CompleteConfig, CompleteRequest, complete
from modiste.stylist.results import CompleteResult
from modiste.stylist.score import alone
from modiste.stylist.stylist import Stylist

WORN = ["shirts-red-0", "trousers-red-1"]


def _ids(found: CompleteResult) -> list[str]:
    return [suggestion.garment.id for suggestion in found]


def test_suggestions_are_of_the_category_and_of_the_right_colour(stylist: Stylist) -> None:
    for category, fines in (("shoes", {"boots", "sandals"}), ("sandals", {"sandals"})):
        found = stylist.complete(WORN, category, k=4)
        assert all(s.garment.fine in fines for s in found)
        assert all("-red-" in item_id for item_id in _ids(found))


def test_case_of_a_category_does_not_matter_where_it_is_clear(stylist: Stylist) -> None:
    assert _ids(stylist.complete(WORN, "SHOES")) == _ids(stylist.complete(WORN, "shoes"))


@pytest.mark.parametrize("blend", [0.0, 1.0])
def test_the_ranking_is_that_of_trying_everything(
    stylist: Stylist, table: ItemTable, blend: float
) -> None:
    board = stylist._board([*WORN, "handbags-blue-1"])
    config = CompleteConfig(blend=blend)
    asked = CompleteRequest(category="shoes", k=24)
    found = alone(board.scorer, complete(stylist.context, board, asked, config))
    model, worn = MeanCosine(), list(board.numbers)
    pool = [row for row, i in enumerate(table.ids) if i.split("-")[0] in ("boots", "sandals")]
    if blend:
        value = model.score(collate(table, [[*worn, row] for row in pool]))
    else:
        wanted = model.wanted(collate(table, [worn]), torch.zeros(1, dtype=torch.int64))
        vectors = model.item_vectors(torch.from_numpy(table.features[pool]), torch.zeros(24))
        value = (wanted @ vectors.T)[0]
    expected = np.sort(value.numpy())[::-1]
    of = dict(zip(pool, value.tolist(), strict=True))
    assert [of[table.rows[i]] for i in _ids(found)] == pytest.approx(expected, abs=1e-5)


def test_a_probability_is_that_of_the_outfit_with_the_suggestion(stylist: Stylist) -> None:
    for suggestion in stylist.complete(WORN, "bags", k=5):
        whole = stylist.score([*WORN, suggestion.garment.id])
        assert suggestion.verdict.probability == pytest.approx(whole.probability, abs=1e-6)


def test_any_slot_means_open_slots_that_go_with_the_pieces(stylist: Stylist) -> None:
    found = stylist.complete(WORN, k=6)
    slots = Counter(s.garment.category for s in found)
    assert set(slots) == {"shoes", "bags"}  # no second top, no dress
    assert max(slots.values()) <= 3
    assert all("-red-" in item_id for item_id in _ids(found))
    assert {s.garment.category for s in stylist.complete(["dresses-red-0"], k=6)} == {
        "bags",
        "shoes",
    }


def test_filters_hold_and_the_best_that_is_left_comes_first(stylist: Stylist) -> None:
    filters = Filter(colours=("blue",), attributes=(("season", "2021"),), price_max=16)
    found = stylist.complete(WORN, "shoes", filters=filters, k=3)
    assert set(_ids(found)) == {"boots-blue-1"}
    assert found.notes == ("There are 1 to choose from, not 3.",)
    without = Filter(exclude_items=tuple(_ids(stylist.complete(WORN, "shoes", k=2))))
    every = _ids(stylist.complete(WORN, "shoes", k=24))
    assert _ids(stylist.complete(WORN, "shoes", k=22, filters=without)) == every[2:]


def test_what_is_worn_is_never_suggested(stylist: Stylist) -> None:
    found = stylist.complete(["boots-red-0", "shirts-red-0"], "shoes", k=100)
    assert len(found) == 23 and "boots-red-0" not in _ids(found)


def test_the_item_of_a_given_photograph_is_not_suggested(stylist: Stylist, tmp_path: Path) -> None:
    root = stylist.context.stock.wardrobe.root
    mine = tmp_path / "mine.png"
    mine.write_bytes((root / "images/boots-red-0.png").read_bytes())
    found = stylist.complete([f"boots={mine}", "shirts-red-0"], "shoes", k=100)
    assert "boots-red-0" not in _ids(found) and len(found) == 23


def test_diversity_brings_other_looks_and_keeps_the_first(stylist: Stylist) -> None:
    plain = stylist.complete(WORN, "shoes", k=5)
    mixed = stylist.complete(WORN, "shoes", k=5, diversity=0.9)
    assert _ids(plain)[0] == _ids(mixed)[0]
    assert len({i.split("-")[1] for i in _ids(mixed)}) > len({i.split("-")[1] for i in _ids(plain)})


def test_the_same_question_has_the_same_answer(stylist: Stylist) -> None:
    assert stylist.complete(WORN, k=9, diversity=0.4) == stylist.complete(WORN, k=9, diversity=0.4)


def test_a_reason_counts_the_outfits_that_have_both(stylist: Stylist) -> None:
    outfits = [set(o.items) for o in stylist.context.stock.wardrobe.outfits_of("train")]
    first = next(iter(sorted(outfits[0])))
    partner = max(
        {i for o in outfits for i in o if first in o and i != first},
        key=lambda i: sum({first, i} <= o for o in outfits),
    )
    times = sum({first, partner} <= o for o in outfits)
    found = stylist.complete([first], partner.split("-")[0], k=20)
    why = next(s.why for s in found if s.garment.id == partner)
    assert first in why and ("an outfit" if times == 1 else f"{times} outfits") in why


def test_what_cannot_be_is_refused_in_a_sentence(stylist: Stylist) -> None:
    with pytest.raises(Misuse, match="nothing to complete"):
        stylist.complete([])
    with pytest.raises(UnknownName, match="did you mean 'shoes'"):
        stylist.complete(WORN, "shoess")
    with pytest.raises(Misuse, match="after filtering"):
        stylist.complete(WORN, "shoes", filters=Filter(categories=("bags",)))
    with pytest.raises(Misuse, match="loosen"):
        stylist.complete(WORN, filters=Filter(categories=("dresses",)))
    with pytest.raises(Misuse, match="1 or more"):
        stylist.complete(WORN, k=0)
    with pytest.raises(Misuse, match="between 0 and 1"):
        stylist.complete(WORN, diversity=1.5)


def test_a_category_that_only_the_model_knows_is_empty(stylist: Stylist, table: ItemTable) -> None:
    wider = ItemTable(table.ids, table.features, table.category, (*table.vocabulary, "hats"))
    hatless = Stylist(MeanCosine(), wider, stylist.context.stock.wardrobe)
    with pytest.raises(Misuse, match="no item of the category 'hats'"):
        hatless.complete(WORN, "hats")
