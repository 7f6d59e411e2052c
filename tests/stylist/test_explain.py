from __future__ import annotations

import numpy as np
import pytest

from modiste.stylist.stylist import Stylist

RED = ["shirts-red-0", "trousers-red-1", "boots-red-2", "handbags-red-0"]


def test_a_share_is_what_the_outfit_loses_without_the_piece(stylist: Stylist) -> None:
    outfit = [*RED[:3], "handbags-blue-0"]
    explanation = stylist.explain(outfit)
    whole = stylist.score(outfit)
    for place, share in enumerate(explanation.shares):
        rest = stylist.score(outfit[:place] + outfit[place + 1 :])
        assert share.garment.id == outfit[place]
        assert share.logit == pytest.approx(whole.verdict.logit - rest.verdict.logit, abs=1e-5)
        assert share.probability == pytest.approx(whole.probability - rest.probability, abs=1e-5)


@pytest.mark.parametrize("wrong", range(4))
def test_the_piece_that_does_not_belong_costs_most(stylist: Stylist, wrong: int) -> None:
    outfit = list(RED)
    outfit[wrong] = outfit[wrong].replace("red", "green")
    explanation = stylist.explain(outfit)
    worst = min(explanation.shares, key=lambda share: share.logit)
    assert worst.garment.id == outfit[wrong] and worst.logit < 0
    assert f"{outfit[wrong]} costs most" in explanation.sentence
    assert explanation.clash is not None
    assert outfit[wrong] in (explanation.clash.first.id, explanation.clash.second.id)
    assert explanation.match is not None
    assert outfit[wrong] not in (explanation.match.first.id, explanation.match.second.id)


def test_of_two_pieces_each_is_measured_against_usual_ones(stylist: Stylist) -> None:
    good, bad = stylist.explain(RED[:2]), stylist.explain([RED[0], "trousers-blue-1"])
    assert "usual piece" in good.compared
    assert all(share.logit > 0 for share in good.shares)
    assert all(share.logit < 0 for share in bad.shares)
    assert good.clash is None and good.match is not None
    assert bad.clash is not None and bad.match is None


def test_all_pairs_are_there_and_the_worst_comes_first(stylist: Stylist) -> None:
    pairs = stylist.explain(RED).pairs
    assert len(pairs) == 6
    assert [pair.logit for pair in pairs] == sorted(pair.logit for pair in pairs)


def test_pieces_of_one_category_are_never_exchanged_for_the_same_item(stylist: Stylist) -> None:
    explanation = stylist.explain(["boots-red-0", "boots-red-1", "boots-blue-0"])
    assert np.isfinite([pair.logit for pair in explanation.pairs]).all()


def test_the_same_question_has_the_same_answer(stylist: Stylist) -> None:
    assert stylist.explain(RED) == stylist.explain(RED)
