"""Wrong items: drawn like right ones, so that only the outfit tells them apart."""

from __future__ import annotations

import time
from collections import Counter

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from modiste.data.photographs import backgrounds
from modiste.data.questions.negatives import CLOSE, NegativePools
from modiste.data.wardrobe import Wardrobe
from modiste.errors import DataError, Misuse

Numbers = npt.NDArray[np.int64]


def catalogue(fine: str, season: str = "") -> pl.DataFrame:
    """One item a letter: its fine category, and its season where there is one."""
    return pl.DataFrame({"fine": list(fine), "season": list(season or "-" * len(fine))})


def worn(frequency: list[int]) -> list[list[int]]:
    """Outfits of one item each, as many as wanted."""
    return [[row] for row, count in enumerate(frequency) for _ in range(count)]


@pytest.fixture
def pools(seasons: Wardrobe, season_photographs: pl.DataFrame) -> NegativePools:
    return NegativePools.of(seasons, seasons.outfits_of("train"), photographs=season_photographs)


def test_a_wrong_item_shares_all_that_it_should(
    seasons: Wardrobe, season_photographs: pl.DataFrame, pools: NegativePools
) -> None:
    rng = np.random.default_rng(0)
    fine, season = seasons.items["fine"].to_list(), seasons.items["season"].to_list()
    lab = backgrounds(seasons, season_photographs)
    strict = 0
    for row in rng.permutation(len(fine))[:300].tolist():
        before = pools.relaxed.total()
        exclude = rng.integers(0, len(fine), 5).tolist()
        wrong = pools.draw(row, 3, rng, exclude).tolist()
        assert len(set(wrong)) == 3
        assert not set(wrong) & {row, *exclude}
        assert {fine[other] for other in wrong} == {fine[row]}
        assert all(pools.frequency[other] > 0 for other in wrong)
        if pools.relaxed.total() == before:
            strict += 1
            assert {season[other] for other in wrong} == {season[row]}
            assert (np.linalg.norm(lab[wrong] - lab[row], axis=1) < CLOSE).all()
    assert strict > 200
    assert pools.relaxed.total() == 300 - strict


def test_items_are_drawn_as_often_as_they_are_worn() -> None:
    frequency = [5, 10, 20, 40, 80, 0, 160]
    pools = NegativePools(catalogue("aaaaaab"), worn(frequency))
    rows = np.full(40_000, 5)  # an item that is never worn: it takes nothing out of the draw
    drawn = Counter(pools.draw_many(rows, 1, np.random.default_rng(0)).ravel().tolist())
    share = np.array([drawn[row] for row in range(5)]) / len(rows)
    np.testing.assert_allclose(share, np.array(frequency[:5]) / 155, atol=0.01)
    assert not drawn[5] and not drawn[6]


def test_popularity_alone_does_not_find_the_right_item() -> None:
    rng = np.random.default_rng(0)
    frequency = (np.arange(1, 41) ** 1.5).astype(int)
    pools = NegativePools(catalogue("a" * 40), worn(frequency.tolist()))
    right = rng.choice(40, 4000, p=frequency / frequency.sum())

    def found(wrong: list[Numbers]) -> float:
        hits = []
        for row, others in zip(right, wrong, strict=True):
            best = frequency[[row, *others]] == frequency[[row, *others]].max()
            hits.append(best[0] / best.sum())
        return float(np.mean(hits))

    by_frequency = [pools.draw(int(row), 3, rng) for row in right]
    evenly = [rng.choice(np.delete(np.arange(40), row), 3, replace=False) for row in right]
    assert found(evenly) > 0.4  # what drawing without regard to frequency gives away
    assert found(by_frequency) < 0.31


def test_the_rules_give_way_in_order_and_are_counted() -> None:
    #      close to 0 ------  twice  far   other season  other category
    fine = "aaaaaaaa" + "aa" + "aa" + "aa" + "b"
    season = "ssssssss" + "ss" + "ss" + "tt" + "s"
    lightness = [0.1 * n for n in range(8)] + [2, 2.5] + [50, 60] + [0, 0] + [0]
    lab = np.zeros((len(fine), 3), dtype=np.float32)
    lab[:, 0] = lightness
    every = worn([1] * len(fine))
    items = catalogue(fine, season)
    rng = np.random.default_rng(0)

    def reach(exclude: range, count: int) -> tuple[set[int], dict[str, int]]:
        pools = NegativePools(items, every, match=["season"], backgrounds=lab)
        drawn = {row for _ in range(60) for row in pools.draw(0, count, rng, exclude).tolist()}
        return drawn, dict(pools.relaxed)

    assert reach(range(0), 3) == (set(range(1, 8)), {})
    assert reach(range(1, 4), 3) == (set(range(4, 10)), {"background within 3": 60})
    assert reach(range(1, 6), 3) == (set(range(6, 12)), {"background": 60})
    assert reach(range(1, 8), 3) == (set(range(8, 14)), {"season": 60})
    everything_else = range(1, 13)
    assert reach(everything_else, 3) == ({13}, {"season": 60})  # fewer, but never a `b`


def test_where_no_pool_has_room_the_narrowest_that_suffices_is_taken() -> None:
    pools = NegativePools(catalogue("aaaaa", "ssstt"), worn([1] * 5), match=["season"])
    rng = np.random.default_rng(0)
    assert {row for _ in range(20) for row in pools.draw(0, 2, rng).tolist()} == {1, 2}
    assert {row for _ in range(50) for row in pools.draw(0, 3, rng).tolist()} == {1, 2, 3, 4}


def test_an_unknown_background_is_matched_by_unknown_ones() -> None:
    lab = np.zeros((20, 3), dtype=np.float32)
    lab[10:] = np.nan
    pools = NegativePools(catalogue("a" * 20), worn([1] * 20), backgrounds=lab)
    rng = np.random.default_rng(0)
    for row in (0, 15):
        unknown = {bool(other >= 10) for _ in range(40) for other in pools.draw(row, 3, rng)}
        assert unknown == {row >= 10}
        assert {bool(o >= 10) for o in pools.draw_many([row], 200, rng).ravel()} == {row >= 10}


def test_a_null_is_a_season_of_its_own() -> None:
    items = catalogue("a" * 16).with_columns(season=pl.Series([None] * 8 + ["s"] * 8))
    pools = NegativePools(items, worn([1] * 16), match=["season"])
    rng = np.random.default_rng(0)
    assert all(other < 8 for _ in range(40) for other in pools.draw(0, 3, rng))


def test_many_draws_at_once_follow_the_same_rules(
    seasons: Wardrobe, season_photographs: pl.DataFrame, pools: NegativePools
) -> None:
    rng = np.random.default_rng(0)
    rows = np.repeat(np.arange(len(seasons.items)), 10)
    drawn = pools.draw_many(rows, 3, rng)
    assert drawn.shape == (len(rows), 3)
    assert (drawn != rows[:, None]).all()
    assert (pools.frequency[drawn] > 0).all()
    for column in ("fine", "season"):
        values = seasons.items[column].to_numpy()
        assert (values[drawn] == values[rows][:, None]).all()
    lab = backgrounds(seasons, season_photographs)
    apart = np.linalg.norm(lab[drawn] - lab[rows][:, None], axis=-1)
    assert (apart < CLOSE).mean() > 0.95


def test_an_item_alone_in_its_category_gets_any_item_when_many_are_drawn() -> None:
    pools = NegativePools(catalogue("aaab"), worn([1, 1, 1, 1]))
    drawn = pools.draw_many([3], 100, np.random.default_rng(0))
    assert set(drawn.ravel().tolist()) == {0, 1, 2}
    assert pools.draw(3, 2, np.random.default_rng(0)).tolist() == []
    with pytest.raises(DataError, match="no wrong one"):
        NegativePools(catalogue("a"), worn([3])).draw_many([0], 1, np.random.default_rng(0))


def test_one_seed_draws_one_way(pools: NegativePools) -> None:
    one, other = (pools.draw_many(range(50), 4, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_a_hundred_thousand_draws_take_seconds_at_most(pools: NegativePools) -> None:
    rows = np.random.default_rng(0).integers(0, 800, 30_000)
    start = time.process_time()
    pools.draw_many(rows, 3, np.random.default_rng(0))
    assert time.process_time() - start < 5


def test_misuse_is_named() -> None:
    with pytest.raises(Misuse, match="'sesaon'"):
        NegativePools(catalogue("aa"), worn([1, 1]), match=["sesaon"])
    with pytest.raises(DataError, match="no outfit"):
        NegativePools(catalogue("aa"), [])
