"""Questions made from outfits: the right answer is right, and nothing gives it away."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from modiste.data.photographs import backgrounds, measure_photographs
from modiste.data.questions.make import QuestionSet, QuestionSettings, ask, make_questions
from modiste.data.wardrobe import Wardrobe, WardrobeInfo, create_wardrobe
from modiste.errors import DataError, Misuse
from modiste.outfit import (
    CompatibilityQuestion,
    CompletionQuestion,
    FitbQuestion,
    Item,
    Outfit,
    Question,
)


@pytest.fixture(scope="module")
def asked(seasons: Wardrobe, season_photographs: pl.DataFrame) -> QuestionSet:
    return ask(seasons, "test", photographs=season_photographs)


def fitb(questions: Sequence[Question]) -> list[FitbQuestion]:
    return [q for q in questions if isinstance(q, FitbQuestion)]


def compatibility(questions: Sequence[Question]) -> list[CompatibilityQuestion]:
    return [q for q in questions if isinstance(q, CompatibilityQuestion)]


def known(wardrobe: Wardrobe) -> list[set[str]]:
    return [set(items) for items in wardrobe.outfits["items"].to_list()]


def fine_of(wardrobe: Wardrobe) -> dict[str, str]:
    return dict(zip(wardrobe.items["id"], wardrobe.items["fine"], strict=True))


def test_the_right_answer_alone_completes_a_known_outfit(
    seasons: Wardrobe, asked: QuestionSet
) -> None:
    outfits, fine = known(seasons), fine_of(seasons)
    test = {outfit.items for outfit in seasons.outfits_of("test")}
    assert len(fitb(asked.questions)) == len(test)
    for question in fitb(asked.questions):
        right = question.candidates[question.answer]
        place = question.position
        assert place is not None
        assert (*question.question[:place], right, *question.question[place:]) in test
        assert len(set(question.candidates)) == 4
        assert {fine[item] for item in question.candidates} == {fine[right]}
        for wrong in set(question.candidates) - {right}:
            assert not any(outfit >= {*question.question, wrong} for outfit in outfits)


def test_right_answers_and_blanks_stand_anywhere(asked: QuestionSet) -> None:
    answers = Counter(q.answer for q in fitb(asked.questions))
    places = Counter(q.position for q in fitb(asked.questions))
    assert min(answers[n] for n in range(4)) > 40  # of 300
    assert min(places[n] for n in range(3)) > 40


def test_an_outfit_and_the_same_with_every_item_exchanged(
    seasons: Wardrobe, asked: QuestionSet
) -> None:
    outfits, fine = known(seasons), fine_of(seasons)
    pairs = compatibility(asked.questions)
    assert len(pairs) == 2 * len(seasons.outfits_of("test"))
    for real, swapped in zip(pairs[::2], pairs[1::2], strict=True):
        assert (real.label, swapped.label) == (1, 0)
        assert [fine[i] for i in real.items] == [fine[i] for i in swapped.items]
        assert not set(real.items) & set(swapped.items)
        assert len(set(swapped.items)) == len(swapped.items)
        assert not any(outfit >= set(swapped.items) for outfit in outfits)


def test_fewer_swaps_exchange_so_many(seasons: Wardrobe) -> None:
    settings = QuestionSettings(swaps=1, kinds=("compatibility",))
    pairs = compatibility(ask(seasons, "test", settings).questions)
    for real, swapped in zip(pairs[::2], pairs[1::2], strict=True):
        assert len(set(real.items) - set(swapped.items)) == 1


def test_completion_is_the_same_question_among_a_whole_slot(
    seasons: Wardrobe, asked: QuestionSet
) -> None:
    slots = dict(zip(seasons.items["id"], seasons.items["category"], strict=True))
    completions = [q for q in asked.questions if isinstance(q, CompletionQuestion)]
    for blank, completion in zip(fitb(asked.questions), completions, strict=True):
        assert completion.question == blank.question
        assert completion.answer == blank.candidates[blank.answer]
        assert completion.category == slots[completion.answer]


def test_every_place_asks_once_for_each_item(seasons: Wardrobe) -> None:
    settings = QuestionSettings(every_place=True, kinds=("fitb",))
    asked = fitb(ask(seasons, "valid", settings).questions)
    blanks = Counter(frozenset({*q.question, q.candidates[q.answer]}) for q in asked)
    assert all(blanks[frozenset(o.items)] >= len(o.items) for o in seasons.outfits_of("valid"))


def test_a_seed_makes_the_same_questions_and_another_makes_others(
    seasons: Wardrobe, season_photographs: pl.DataFrame, asked: QuestionSet
) -> None:
    again = make_questions(seasons, "test", photographs=season_photographs)
    other = make_questions(seasons, "test", photographs=season_photographs, seed=1)
    assert again == asked.questions
    assert other != asked.questions


def controls(
    wardrobe: Wardrobe, photographs: pl.DataFrame, questions: Sequence[Question]
) -> tuple[float, float]:
    """FITB accuracy of the nearest background and of the most worn item; ties share."""
    lab, rows = backgrounds(wardrobe, photographs), wardrobe.rows
    worn = Counter(i for o in wardrobe.outfits_of("test") for i in o.items)
    shares = []
    for question in fitb(questions):
        candidates = [rows[item] for item in question.candidates]
        ground = lab[[rows[item] for item in question.question]].mean(axis=0)
        near = -np.linalg.norm(lab[candidates] - ground, axis=1)
        popular = np.array([worn[item] for item in question.candidates])
        best = near >= near.max() - 1e-6, popular == popular.max()
        shares.append([b[question.answer] / b.sum() for b in best])
    by_background, by_popularity = np.mean(shares, axis=0)
    return float(by_background), float(by_popularity)


def test_neither_background_nor_popularity_answers_matched_questions(
    seasons: Wardrobe, season_photographs: pl.DataFrame
) -> None:
    settings = QuestionSettings(every_place=True, kinds=("fitb",))
    careless = ask(seasons, "test", settings)
    matched = ask(seasons, "test", settings, photographs=season_photographs)
    background, _ = controls(seasons, season_photographs, careless.questions)
    assert background > 0.5
    background, popularity = controls(seasons, season_photographs, matched.questions)
    assert 0.2 < background < 0.3
    assert 0.2 < popularity < 0.31


def small(root: Path, fine: str, outfits: Sequence[str]) -> Wardrobe:
    """Items a, b, c, ... of one-letter fine categories; outfits as strings of them."""
    names = "abcdefghijklmnopqrstuvwxyz"
    items = [Item(id=n, category="slot", fine=f) for n, f in zip(names, fine, strict=False)]
    made = [Outfit(id=f"o{k}", items=tuple(o), split="test") for k, o in enumerate(outfits)]
    return create_wardrobe(root, items, made, WardrobeInfo(name="small"))


def test_what_cannot_be_asked_is_counted(tmp_path: Path) -> None:
    wardrobe = small(tmp_path, "xxxxxxxy", ["ab", "cd", "ah", "ef", "b"])
    asked = ask(wardrobe, "test", QuestionSettings(every_place=True))
    # `h` is alone in its category: no question about it, no exchange of it. `b` is no outfit.
    assert asked.dropped == {"fitb": 1, "compatibility": 2}
    assert len(fitb(asked.questions)) == 7
    assert all(q.candidates[q.answer] != "h" for q in fitb(asked.questions))


def test_a_repeated_item_counts_once(tmp_path: Path) -> None:
    wardrobe = small(tmp_path, "x" * 20, ["aab", "cd", "ef", "gh", "ij", "kl"])
    for question in ask(wardrobe, "test", QuestionSettings(every_place=True)).questions:
        items = question.items if isinstance(question, CompatibilityQuestion) else question.question
        assert len(set(items)) == len(items)


@pytest.mark.parametrize(
    "settings", [{"candidates": 1}, {"smallest": 1}, {"swaps": 0}, {"kinds": ("riddle",)}]
)
def test_settings_that_cannot_be_are_misuse(settings: dict[str, Any]) -> None:
    with pytest.raises(Misuse):
        QuestionSettings(**settings)


def test_a_split_without_outfits_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no outfit"):
        make_questions(small(tmp_path, "xx", ["ab"]), "train")


@pytest.mark.slow
def test_on_mango_the_background_answers_no_more_than_chance(
    shared_data: Path, tmp_path: Path
) -> None:
    products = pl.read_csv(shared_data / "mango" / "product_data.csv", infer_schema=False)
    lines = pl.read_csv(shared_data / "mango" / "outfit_data.csv", infer_schema=False)
    outfits = lines.group_by("cod_outfit", maintain_order=True).agg("cod_modelo_color")
    outfits = outfits.gather_every(8)
    worn = set(outfits["cod_modelo_color"].explode())
    (tmp_path / "images").mkdir()
    items = [
        Item(
            id=row["cod_modelo_color"],
            category=row["slot"],
            fine=row["des_product_family"],
            image=f"images/{Path(row['des_filename']).name}",
            attributes={"season": row["season"]},
        )
        for row in products.iter_rows(named=True)
        if row["cod_modelo_color"] in worn
    ]
    for item in items:
        shutil.copy(shared_data / "mango" / str(item.image), tmp_path / "images")
    made = [Outfit(id=i, items=tuple(o), split="test") for i, o in outfits.iter_rows()]
    wardrobe = create_wardrobe(tmp_path, items, made, WardrobeInfo(name="m", match=("season",)))
    photographs = measure_photographs(wardrobe)
    settings = QuestionSettings(kinds=("fitb",))
    random_season = ask(wardrobe, "test", QuestionSettings(kinds=("fitb",), match=()))
    matched = ask(wardrobe, "test", settings, photographs=photographs)
    assert controls(wardrobe, photographs, random_season.questions)[0] > 0.4
    background, popularity = controls(wardrobe, photographs, matched.questions)
    assert background < 0.29
    assert popularity < 0.32
