"""The rule of the drawn wardrobe, its oracle and its ceiling."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from modiste.data.drawn.build import WardrobePlan, plan_wardrobe
from modiste.data.drawn.oracle import Oracle, ceiling, oracle_score
from modiste.data.drawn.rule import Chances, Kind, Rule, Slots
from modiste.data.questions.make import QuestionSettings, ask, make_questions
from modiste.data.wardrobe import Wardrobe, WardrobeInfo, create_wardrobe, item_frame
from modiste.errors import UnknownItem, WardrobeError
from modiste.outfit import CompatibilityQuestion, FitbQuestion, Item


def written(plan: WardrobePlan, root: Path) -> Wardrobe:
    return create_wardrobe(root, plan.items, plan.outfits, plan.info)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Wardrobe:
    return written(plan_wardrobe(items=30, outfits=12, seed=1), tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Wardrobe:
    return written(plan_wardrobe(items=2000, outfits=6000, seed=1), tmp_path_factory.mktemp("big"))


class Slow:
    """All of `rule.py`'s docstring, item by item and theme by theme."""

    def __init__(self, wardrobe: Wardrobe) -> None:
        self.rule = Rule(**wardrobe.info.extra["rule"])
        self.items = [wardrobe.item(i) for i in wardrobe.items["id"]]
        self.popularity = Chances(self.rule, wardrobe.items).popularity
        self.themes, self.prior = self.rule.themes()

    def weight(self, row: int, theme: int) -> float:
        season, style, palette, statement = self.themes[theme]
        item, rule = self.items[row], self.rule
        ranks = ["casual", "smart", "evening"]
        worth = float(self.popularity[row])
        if item.attributes["season"] not in ("all year", season):
            worth -= rule.off_season
        worth -= rule.off_style * abs(ranks.index(item.attributes["style"]) - ranks.index(style))
        if item.attributes["color"] not in rule.palettes[palette]:
            worth -= rule.off_palette
        if (item.attributes["pattern"] != "plain") != (item.category == statement):
            worth -= rule.off_pattern
        return math.exp(worth)

    def chance(self, row: int, theme: int) -> float:
        """p(i | z, category)."""
        same = [r for r, i in enumerate(self.items) if i.category == self.items[row].category]
        return self.weight(row, theme) / sum(self.weight(r, theme) for r in same)

    def outfit(self, rows: list[int]) -> float:
        """p(outfit) but for p(categories)."""
        return sum(
            float(self.prior[z]) * math.prod(self.chance(row, z) for row in rows)
            for z in range(len(self.themes))
        )

    def peers(self, row: int) -> list[int]:
        """The class of an item: fine category and season."""
        one = self.items[row]
        return [
            r
            for r, i in enumerate(self.items)
            if (i.fine, i.attributes["season"]) == (one.fine, one.attributes["season"])
        ]

    def score(self, rows: list[int]) -> float:
        """The log likelihood ratio."""
        classes = sum(
            float(self.prior[z])
            * math.prod(sum(self.chance(r, z) for r in self.peers(row)) for row in rows)
            for z in range(len(self.themes))
        )
        within = math.prod(
            self.outfit([row]) / sum(self.outfit([r]) for r in self.peers(row)) for row in rows
        )
        return math.log(self.outfit(rows) / (classes * within))


def test_the_oracle_says_what_slow_sums_over_all_themes_say(tiny: Wardrobe) -> None:
    slow, oracle = Slow(tiny), Oracle(tiny)
    outfits = [[tiny.rows[i] for i in items] for items in tiny.outfits["items"].to_list()[:3]]
    mixed = [[outfits[0][0], outfits[1][-1], outfits[2][1]], outfits[0][:1]]
    scores = oracle.score([*outfits, *mixed])
    for rows, score in zip([*outfits, *mixed], scores, strict=True):
        assert score == pytest.approx(slow.score(rows), abs=1e-9)
    names = [str(tiny.items["id"][row]) for row in outfits[0]]
    assert oracle_score(tiny, names) == pytest.approx(scores[0])


def test_the_ceiling_is_what_slow_sums_say(tiny: Wardrobe) -> None:
    slow = Slow(tiny)
    ids = tiny.items["id"].to_list()
    shoes = [r for r, i in enumerate(slow.items) if i.category == "shoes"][:4]
    tops = [r for r, i in enumerate(slow.items) if i.category == "tops"]
    questions = [
        FitbQuestion(question=(ids[top],), candidates=tuple(ids[r] for r in shoes), answer=1)
        for top in tops
    ]
    expected = 0.0
    for top in tops:
        odds = [math.exp(slow.score([top, shoe])) for shoe in shoes]
        expected += max(odds) / sum(odds) / len(tops)
    found = ceiling(tiny, questions)
    assert found.fitb == pytest.approx(expected)
    assert found.fitb_questions == len(tops)
    assert found.auc is None


def test_every_theme_shares_one_among_the_items_of_a_category(tiny: Wardrobe) -> None:
    chances = Chances(Rule(seed=1), tiny.items)
    for category in tiny.items["category"].unique():
        rows = np.flatnonzero((tiny.items["category"] == category).to_numpy())
        assert np.exp(chances.of(rows)).sum(axis=0) == pytest.approx(1)
        assert np.exp(chances.frequency[rows]).sum() == pytest.approx(1)


def test_classes_have_the_chance_of_their_items(tiny: Wardrobe) -> None:
    chances = Chances(Rule(seed=1), tiny.items)
    label = np.arange(len(tiny.items)) % 4
    for place, row in enumerate(np.exp(chances.of_classes(label))):
        members = np.flatnonzero(label == place)
        assert row == pytest.approx(np.exp(chances.of(members)).sum(axis=0))


def test_completions_of_an_outfit_share_one(tiny: Wardrobe) -> None:
    rows = np.flatnonzero((tiny.items["category"] == "shoes").to_numpy())
    outfit = [int(np.flatnonzero((tiny.items["category"] == "tops").to_numpy())[0])]
    assert np.exp(Oracle(tiny).completions(outfit, rows)).sum() == pytest.approx(1)


def test_items_are_worn_as_often_as_the_rule_says() -> None:
    items = item_frame(plan_wardrobe(items=60, outfits=1, seed=2).items)
    chances = Chances(Rule(seed=2), items)
    count = 20_000
    worn = np.zeros(len(items))
    for outfit in chances.draw(count, Slots(dress=0.5, others={"bags": 1.0})):
        worn[outfit] += 1
    share = {"dresses": 0.5, "tops": 0.5, "bottoms": 0.5, "shoes": 1, "bags": 1}
    slot = np.array([share.get(name, 0) for name in items["category"]])
    expected = count * slot * np.exp(chances.frequency)
    assert worn[slot == 0].sum() == 0
    away = (worn - expected)[slot > 0] / np.sqrt(expected[slot > 0])
    assert np.abs(away).max() < 4.5
    assert (away**2).mean() == pytest.approx(1, abs=0.5)


def test_a_theme_shows_in_what_is_drawn() -> None:
    """Two pieces of one outfit share style and palette more often than two of different ones."""
    plan = plan_wardrobe(items=400, outfits=800, seed=0)
    style = {item.id: item.attributes["style"] for item in plan.items}
    first = [style[outfit.items[0]] for outfit in plan.outfits]
    second = [style[outfit.items[1]] for outfit in plan.outfits]
    together = np.mean([a == b for a, b in zip(first, second, strict=True)])
    apart = np.mean([a == b for a, b in zip(first, second[1:], strict=False)])
    assert together > apart + 0.25


def test_each_penalty_is_paid_for_what_it_is_called_after() -> None:
    rule = Rule(off_season=1, off_style=10, off_palette=100, off_pattern=1000)
    theme = ("winter", "casual", "noir", "tops")
    cases: list[tuple[Kind, float]] = [
        (("winter", "casual", "black", True, "tops"), 0),
        (("all year", "casual", "white", False, "shoes"), 0),
        (("summer", "casual", "black", True, "tops"), 1),
        (("winter", "evening", "black", True, "tops"), 20),
        (("winter", "casual", "red", True, "tops"), 100),
        (("winter", "casual", "black", False, "tops"), 1000),
        (("winter", "casual", "black", True, "bottoms"), 1000),
    ]
    for kind, misfit in cases:
        assert rule.misfit(kind, theme) == misfit


def test_the_rule_survives_being_written() -> None:
    rule = Rule(seed=4, off_palette=1.25, statements={"none": 0.5, "tops": 0.5})
    assert Rule(**rule.facts()) == rule


def test_the_ceiling_leaves_room_and_is_reached_by_the_oracle_alone(large: Wardrobe) -> None:
    settings = QuestionSettings(seed=2, kinds=("fitb", "compatibility"))
    questions = ask(large, "train", settings).questions
    found = ceiling(large, questions)
    assert found.fitb is not None and found.fitb_reached is not None and found.auc is not None
    error = math.sqrt(found.fitb * (1 - found.fitb) / found.fitb_questions)
    assert found.fitb == pytest.approx(found.fitb_reached, abs=3.5 * error)
    assert 0.72 < found.fitb < 0.85
    assert 0.95 < found.auc < 0.995


@pytest.mark.parametrize(
    "wrong",
    [
        {"off_palette": 0.0},
        {"off_style": 0.0},
        {"off_palette": 9.0, "off_style": 0.5},
        {"off_pattern": 0.0, "off_style": 1.0},
    ],
)
def test_no_other_scorer_beats_the_oracle(large: Wardrobe, wrong: dict[str, float]) -> None:
    questions = make_questions(large, "test", seed=0, kinds=("fitb", "compatibility"))
    questions += make_questions(large, "valid", seed=0, kinds=("fitb", "compatibility"))
    best, other = ceiling(large, questions), ceiling(_believing(large, wrong), questions)
    assert best.fitb_reached is not None and other.fitb_reached is not None
    assert best.auc is not None and other.auc is not None
    noise = 2 / math.sqrt(best.fitb_questions)
    assert other.fitb_reached < best.fitb_reached + noise
    assert other.auc < best.auc + 0.005


def test_a_question_whose_candidates_are_all_alike_is_answered_by_chance(tiny: Wardrobe) -> None:
    top, shoe = (
        str(tiny.items.filter(tiny.items["category"] == name)["id"][0])
        for name in ("tops", "shoes")
    )
    question = FitbQuestion(question=(top,), candidates=(shoe,) * 4, answer=2)
    found = ceiling(tiny, [question])
    assert found.fitb == found.fitb_reached == pytest.approx(0.25)
    twin = [CompatibilityQuestion(items=(top, shoe), label=label) for label in (0, 1)]
    assert ceiling(tiny, twin).auc == 0.5


def test_a_wardrobe_that_was_not_drawn_has_no_known_ceiling(tmp_path: Path) -> None:
    item = Item(id="a", category="tops", fine="tops")
    other = create_wardrobe(tmp_path, [item], [], WardrobeInfo(name="other"))
    with pytest.raises(WardrobeError, match="not drawn by a rule"):
        ceiling(other, [])


def test_an_unknown_item_is_named(tiny: Wardrobe) -> None:
    with pytest.raises(UnknownItem, match="no-such-thing"):
        oracle_score(tiny, ["no-such-thing"])


def _believing(wardrobe: Wardrobe, wrong: dict[str, float]) -> Wardrobe:
    """The same wardrobe, with a rule in mind that is not the one it was drawn by."""
    other = Wardrobe(wardrobe.root)
    rule = replace(Rule(**wardrobe.info.extra["rule"]), **wrong)  # type: ignore[arg-type]
    other.info = replace(other.info, extra={"rule": rule.facts()})
    return other
