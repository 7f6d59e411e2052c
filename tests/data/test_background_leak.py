"""The leak of the background: seen where it is, gone where wrong answers are matched on it."""

from __future__ import annotations

import polars as pl

from modiste.data.audit.photographs import background_accuracy
from modiste.data.wardrobe import Wardrobe


def test_the_closer_the_match_the_less_the_background_says(
    seasons: Wardrobe, season_photographs: pl.DataFrame
) -> None:
    levels = background_accuracy(seasons, season_photographs)
    assert [level.name for level in levels] == [
        "nothing",
        "fine category",
        "fine category and season",
        "fine category and season, background",
    ]
    nothing, fine, season, matched = (level.background for level in levels)
    assert nothing > 0.6 and fine > 0.6
    assert season > 0.4
    assert abs(matched - 0.25) < 0.04
    assert all(level.questions == 900 for level in levels)


def test_one_background_for_all_leaks_nothing(
    seasons: Wardrobe, season_photographs: pl.DataFrame
) -> None:
    same = season_photographs.with_columns(
        background_l=pl.lit(90.0), background_a=pl.lit(0.0), background_b=pl.lit(5.0)
    )
    for level in background_accuracy(seasons, same):
        assert level.background == 0.25  # all tied: chance to the digit


def test_items_without_a_background_are_left_out(
    seasons: Wardrobe, season_photographs: pl.DataFrame
) -> None:
    some = season_photographs.filter(pl.int_range(pl.len()) % 3 > 0)
    levels = background_accuracy(seasons, some)
    assert 0 < levels[0].questions < 900
    assert levels[0].background > 0.5
    assert background_accuracy(seasons, season_photographs.head(0)) == []
    assert background_accuracy(seasons, season_photographs.head(1)) == []
