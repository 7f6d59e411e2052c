from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from modiste.catalogue.filters import Filter
from modiste.data.batches import ItemTable
from modiste.data.wardrobe import Wardrobe, WardrobeInfo, create_wardrobe
from modiste.errors import Misuse, UnknownName
from modiste.models.controls import MeanCosine
from modiste.stylist.compose import ComposeRequest
from modiste.stylist.results import ComposedLook
from modiste.stylist.stylist import Stylist

from .conftest import draw


def _slots(look: ComposedLook) -> list[str]:
    return sorted(piece.category for piece in look.pieces)


def _colours(look: ComposedLook) -> set[str]:
    return {piece.id.split("-")[1] for piece in look.pieces}


def test_looks_follow_what_people_wear_and_hold_the_given_pieces(stylist: Stylist) -> None:
    found = stylist.compose(["shirts-red-0", "boots-red-1"])
    assert len(found) == 3
    for look in found:
        assert [piece.id for piece in look.pieces[:2]] == ["shirts-red-0", "boots-red-1"]
        assert [piece.given for piece in look.pieces[:2]] == [True, True]
        assert _slots(look) in (["bags", "bottoms", "shoes", "tops"], ["bottoms", "shoes", "tops"])
        assert _colours(look) == {"red"}


@pytest.mark.parametrize("pieces", [[], ["shirts-blue-0"], ["dresses-red-1"]])
def test_looks_differ_in_half_of_the_added_pieces_at_least(
    stylist: Stylist, pieces: list[str]
) -> None:
    looks = stylist.compose(pieces, ComposeRequest(looks=4)).looks
    assert len(looks) == 4
    for one, other in combinations(looks, 2):
        first, second = ({piece.id for piece in look.added} for look in (one, other))
        assert 2 * len(first & second) <= min(len(first), len(second))
    for look in looks:
        assert len({piece.id for piece in look.pieces}) == len(look.pieces)


def test_the_verdict_of_a_look_is_that_of_its_pieces_and_the_best_comes_first(
    stylist: Stylist,
) -> None:
    looks = stylist.compose(["shirts-red-0"]).looks
    for look in looks:
        whole = stylist.score([piece.id for piece in look.pieces])
        assert look.verdict.logit == pytest.approx(whole.verdict.logit, abs=1e-5)
    assert [look.value for look in looks] == sorted((look.value for look in looks), reverse=True)


def test_a_wish_is_granted(stylist: Stylist) -> None:
    for look in stylist.compose([], ComposeRequest(text="green")):
        assert _colours(look) == {"green"}
    best = stylist.compose([], ComposeRequest(text="blue dresses"))[0]
    assert any(piece.id.startswith("dresses-blue") for piece in best.pieces)
    beside = stylist.compose(["shirts-red-0"], ComposeRequest(text="blue sandals"))[0]
    assert any(piece.id.startswith("sandals-blue") for piece in beside.added)
    assert beside.wish is not None and beside.wish > 1


def test_from_nothing_seeds_start_elsewhere_and_repeat_themselves(stylist: Stylist) -> None:
    looks = [stylist.compose([], ComposeRequest(seed=seed)) for seed in (0, 1, 2, 1)]
    assert looks[1] == looks[3]
    assert len({tuple(p.id for p in found[0].pieces) for found in looks}) > 1
    for found in looks:
        for look in found:
            assert len(_colours(look)) == 1


def test_slots_can_be_named_and_given_pieces_take_theirs(stylist: Stylist) -> None:
    request = ComposeRequest(slots=("tops", "boots", "shoes"))
    found = stylist.compose(["shirts-red-0"], request)
    for look in found:
        fines = [piece.fine for piece in look.added]
        assert fines[0] == "boots" and fines[1] in ("boots", "sandals") and len(fines) == 2
    with pytest.raises(UnknownName, match="shoes"):
        stylist.compose([], ComposeRequest(slots=("shoos",)))
    with pytest.raises(Misuse, match="all the slots"):
        stylist.compose(["shirts-red-0"], ComposeRequest(slots=("tops",)))


def test_filters_hold_for_added_pieces_only(stylist: Stylist) -> None:
    filters = Filter(colours=("blue",), exclude_categories=("bags",))
    for look in stylist.compose(["shirts-red-0"], ComposeRequest(filters=filters)):
        assert all("-blue-" in piece.id for piece in look.added)
        assert _slots(look) == ["bottoms", "shoes", "tops"]


def test_where_there_is_too_little_for_distinct_looks_there_are_fewer(stylist: Stylist) -> None:
    filters = Filter(colours=("blue",), price_max=19, price_min=16)  # one of each category
    request = ComposeRequest(filters=filters, looks=5, slots=("dresses", "bags"))
    found = stylist.compose([], request)
    assert len(found) == 1
    assert "Only 1 distinct" in found.notes[-1]


def test_a_photograph_can_be_the_start(stylist: Stylist, tmp_path: Path) -> None:
    mine = draw(tmp_path / "mine.png", "green", "tops", 5)
    look = stylist.compose([f"tops={mine}"])[0]
    assert look.pieces[0].id == str(mine) and look.pieces[0].given
    assert {piece.id.split("-")[1] for piece in look.added} == {"green"}


def test_what_cannot_be_is_refused_in_a_sentence(stylist: Stylist) -> None:
    everything = ["shirts-red-0", "trousers-red-0", "boots-red-0", "handbags-red-0"]
    with pytest.raises(Misuse, match="whole look"):
        stylist.compose(everything)
    with pytest.raises(Misuse, match="whole look"):
        stylist.compose(["shirts-red-0"], ComposeRequest(filters=Filter(categories=("tops",))))
    for wrong in ({"looks": 0}, {"seed": -1}, {"text": "  "}):
        with pytest.raises(Misuse):
            ComposeRequest(**wrong)


def test_a_model_that_reads_nothing_takes_no_wish(wardrobe: Wardrobe, table: ItemTable) -> None:
    with pytest.raises(Misuse, match="cannot read a wish"):
        Stylist(MeanCosine(), table, wardrobe).compose([], ComposeRequest(text="green"))


def test_without_training_outfits_the_slots_must_be_named(
    wardrobe: Wardrobe, table: ItemTable, tmp_path: Path
) -> None:
    items = [wardrobe.item(item_id) for item_id in table.ids]
    bare = create_wardrobe(tmp_path / "bare", items, [], WardrobeInfo(name="bare"))
    stylist = Stylist(MeanCosine(), table, bare)
    with pytest.raises(Misuse, match="--slots"):
        stylist.compose(["shirts-red-0"])
    look = stylist.compose(["shirts-red-0"], ComposeRequest(slots=("shoes", "bags")))[0]
    assert _slots(look) == ["bags", "shoes", "tops"]
