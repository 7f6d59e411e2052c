from __future__ import annotations

import pytest

from modiste.stylist.rules import SlotPrior, learn_slot_prior

SUIT = ("top", "bottom", "shoes", "bag")
DRESS = ("dress", "shoes")


@pytest.fixture
def slot_prior() -> SlotPrior:
    oddities = [("top", "bottom", "bottom", "shoes"), ("dress", "bottom", "shoes")]
    return SlotPrior.learn(
        [SUIT] * 300 + [DRESS] * 150 + [("top", "bottom", "shoes")] * 50 + oddities
    )


def test_plans_follow_what_people_wear_the_most_usual_first(slot_prior: SlotPrior) -> None:
    plans = slot_prior.plans(["top"], {*SUIT, *DRESS}, 5)
    assert [sorted(plan.add) for plan in plans] == [["bag", "bottom", "shoes"], ["bottom", "shoes"]]
    assert plans[0].share == pytest.approx(300 / 351)


def test_nobody_is_sent_out_in_two_bottoms_or_trousers_under_a_dress(slot_prior: SlotPrior) -> None:
    for worn in ([], ["top"], ["bottom"], ["shoes", "bag"]):
        for plan in slot_prior.plans(worn, {*SUIT, *DRESS}, 10):
            look = [*worn, *plan.add]
            assert len(set(look)) == len(look)
            assert not {"dress", "bottom"} <= set(look)


def test_a_second_piece_of_a_slot_is_planned_where_people_wear_two() -> None:
    slot_prior = SlotPrior.learn([("ring", "ring", "dress")] * 20 + [("ring", "dress")] * 5)
    assert slot_prior.plans(["dress"], ["ring"], 1)[0].add == ("ring", "ring")
    assert slot_prior.plausible(["ring", "dress"])["ring"] > 0.5


def test_plausible_counts_outfits_that_have_all_that_is_worn(slot_prior: SlotPrior) -> None:
    likely = slot_prior.plausible(["top", "bottom"])
    assert likely["shoes"] > 0.95
    assert likely["bag"] == pytest.approx(300 / 351, abs=0.02)
    assert likely["dress"] < 0.02 and likely["bottom"] < 0.02
    assert slot_prior.plausible(["dress"])["bottom"] < 0.05


def test_what_no_outfit_has_together_is_judged_by_the_most_averse_pair(
    slot_prior: SlotPrior,
) -> None:
    likely = slot_prior.plausible(["dress", "top", "bag"])  # never seen
    assert likely["bottom"] < 0.1 < likely["shoes"]


def test_pieces_that_nobody_combined_still_get_a_plan_and_a_whole_look_gets_none(
    slot_prior: SlotPrior,
) -> None:
    assert slot_prior.plans(["dress", "bag"], {*SUIT, *DRESS}, 3)[0].add == ("shoes",)
    assert slot_prior.plans(["dress", "shoes"], {*SUIT, *DRESS}, 3) == []


def test_only_available_slots_are_planned(slot_prior: SlotPrior) -> None:
    (plan,) = slot_prior.plans(["top"], {"bottom", "shoes"}, 3)
    assert sorted(plan.add) == ["bottom", "shoes"]


def test_no_outfits_teach_nothing() -> None:
    slot_prior = SlotPrior.learn([])
    assert slot_prior.plans(["top"], ["shoes"], 3) == []
    assert slot_prior.plausible(["top"]) == {} and slot_prior.longest == 0


def test_items_are_learnt_by_their_slots_and_unknown_ones_passed_over() -> None:
    slots = {"a": "top", "b": "shoes"}
    slot_prior = learn_slot_prior([("a", "b", "gone"), ("gone",)], slots)
    assert slot_prior.combinations == {("shoes", "top"): 1}
    assert slot_prior.position == {"shoes": 1.0, "top": 0.0}
