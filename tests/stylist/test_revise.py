from __future__ import annotations

import pytest

from modiste.catalogue.filters import Filter
from modiste.errors import Misuse, UnknownName
from modiste.stylist.stylist import Stylist

from .conftest import draw

MOTLEY = ["shirts-red-0", "trousers-red-1", "boots-green-2", "handbags-red-0"]


def test_the_piece_that_does_not_belong_is_changed_for_better_ones(stylist: Stylist) -> None:
    revision = stylist.revise(MOTLEY, k=4)
    assert revision.change is not None and revision.change.id == "boots-green-2"
    assert len(revision.swaps) == 4
    for swap in revision.swaps:
        assert swap.garment.category == "shoes" and "-red-" in swap.garment.id
        outfit = [*MOTLEY[:2], swap.garment.id, MOTLEY[3]]
        whole = stylist.score(outfit)
        assert swap.verdict.logit == pytest.approx(whole.verdict.logit, abs=1e-5)
        assert swap.verdict.logit > revision.before.logit
    logits = [swap.verdict.logit for swap in revision.swaps]
    assert logits == sorted(logits, reverse=True)


def test_what_is_to_be_kept_is_kept(stylist: Stylist) -> None:
    outfit = ["shirts-red-0", "trousers-blue-1", "boots-green-2", "handbags-red-0"]
    revision = stylist.revise(outfit, keep=["boots-green-2", "shirts-red-0"])
    assert revision.change is not None and revision.change.id == "trousers-blue-1"
    assert all(swap.verdict.logit > revision.before.logit for swap in revision.swaps)
    with pytest.raises(Misuse, match="All pieces"):
        stylist.revise(MOTLEY, keep=MOTLEY)
    with pytest.raises(UnknownName, match="did you mean 'boots-green-2'"):
        stylist.revise(MOTLEY, keep=["boots-green"])


def test_a_photograph_can_be_kept_as_it_was_given(
    stylist: Stylist, tmp_path_factory: pytest.TempPathFactory
) -> None:
    mine = f"shoes={draw(tmp_path_factory.mktemp('own') / 'mine.png', 'green', 'shoes', 7)}"
    outfit = [*MOTLEY[:2], mine]
    changed = stylist.revise(outfit).change
    assert changed is not None and changed.id == mine.removeprefix("shoes=")
    kept = stylist.revise(["shirts-red-0", "trousers-blue-1", mine], keep=[mine])
    assert kept.change is not None and kept.change.id in ("shirts-red-0", "trousers-blue-1")


def test_filters_hold_for_what_is_worn_instead(stylist: Stylist) -> None:
    revision = stylist.revise(MOTLEY, filters=Filter(categories=("sandals",)))
    assert {swap.garment.fine for swap in revision.swaps} == {"sandals"}


def test_where_nothing_is_better_the_answer_says_so(stylist: Stylist) -> None:
    best = ["shirts-red-0", "trousers-red-0"]
    worse = Filter(colours=("green",))
    revision = stylist.revise(best, filters=worse)
    assert revision.change is None and revision.swaps == ()
    assert "better" in revision.notes[-1] and "better" in revision.to_text()
