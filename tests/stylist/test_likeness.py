"""Items compared with one thing: one by one, or by a sketch that proposes."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from modiste.arrays import Floats, Ints
from modiste.catalogue.base import LazyRows
from modiste.stylist import likeness
from modiste.stylist.likeness import WIDTH, Aspect, prepare

COUNT, COLUMNS = 3_000, slice(1, 121)


@pytest.fixture
def features() -> Floats:
    """Items of 40 kinds and some of their own; every third has nothing to compare."""
    rng = np.random.default_rng(0)
    kinds = rng.normal(size=(40, 122))
    found = kinds[rng.integers(0, 40, COUNT)] + 0.4 * rng.normal(size=(COUNT, 122))
    found[::3, COLUMNS] = 0
    found[:, 0] = 1e6  # no column to look at
    return found.astype(np.float32)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """From 1,000 items on a sketch proposes 100."""
    for name, value in (("EXACT", 1_000), ("DEEP", 100), ("LEARNT", 500), ("CHUNK", 700)):
        monkeypatch.setattr(likeness, name, value)


def cosines(features: Floats, wanted: Floats) -> Floats:
    """(M,), minus infinity where there is nothing to compare."""
    seen = features[:, COLUMNS].astype(np.float64)
    length = np.linalg.norm(seen, axis=1)
    with np.errstate(invalid="ignore"):
        found = seen @ wanted / length / np.linalg.norm(wanted)
    return np.where(length > 0, found, -np.inf).astype(np.float32)


def test_few_items_are_compared_exactly(features: Floats) -> None:
    wanted = features[1, COLUMNS]
    found = Aspect(features, COLUMNS, cosine=True).to(3 * wanted)
    truth = cosines(features, wanted)
    np.testing.assert_allclose(found.estimate, truth, atol=1e-5)
    every = np.arange(COUNT)
    assert found.best(every, 20).tolist() == np.argsort(-truth, kind="stable")[:20].tolist()
    assert found.exactly is None


@pytest.mark.usefixtures("few")
def test_what_a_sketch_proposes_is_ranked_by_the_vectors_themselves(features: Floats) -> None:
    aspect = Aspect(features, COLUMNS, cosine=True)
    rows = np.flatnonzero(np.arange(COUNT) % 7 > 0)
    right = 0
    for row in range(1, 600, 30):
        wanted = features[row, COLUMNS]
        found, truth = aspect.to(wanted), cosines(features, wanted)
        best = found.best(rows, 10)
        np.testing.assert_allclose(found.at(best), truth[best], atol=1e-5)
        assert (np.diff(truth[best]) <= 1e-6).all()
        right += len(set(best) & set(rows[np.argsort(-truth[rows])[:10]]))
    assert right >= 190  # of 200


@pytest.mark.usefixtures("few")
def test_pages_of_any_depth_agree_and_hold_every_row_once(features: Floats) -> None:
    found = Aspect(features, COLUMNS, cosine=True).to(features[1, COLUMNS])
    rows = np.arange(COUNT)
    every = found.best(rows, COUNT)
    assert sorted(every.tolist()) == rows.tolist()
    for k in (1, 99, 100, 101, 1_500):
        assert found.best(rows, k).tolist() == every[:k].tolist()
    assert not features[every[-1_000:], COLUMNS].any()  # nothing to compare: last
    assert found.best(rows[:0], 5).tolist() == []


@pytest.mark.usefixtures("few")
def test_inner_products_are_estimated_as_well(features: Floats) -> None:
    wanted = features[1, COLUMNS]
    found = Aspect(features, COLUMNS, cosine=False).to(wanted)
    truth = features[:, COLUMNS] @ wanted
    assert np.corrcoef(found.estimate, truth)[0, 1] > 0.98
    np.testing.assert_allclose(found.at(np.arange(50)), truth[:50], rtol=1e-4)


@pytest.mark.usefixtures("few")
def test_a_sketch_of_few_columns_is_exact(features: Floats) -> None:
    narrow = slice(1, 1 + WIDTH // 2)
    found = Aspect(features, narrow, cosine=False).to(features[1, narrow])
    np.testing.assert_allclose(
        found.estimate, features[:, narrow] @ features[1, narrow], rtol=1e-3, atol=1e-2
    )


@pytest.mark.usefixtures("few")
def test_items_are_read_once_for_all_aspects(features: Floats) -> None:
    read: list[int] = []

    def fetch(rows: Ints) -> Floats:
        read.append(len(rows))
        return features[rows]

    lazy = LazyRows(features.shape, fetch)
    aspects = [Aspect(lazy, COLUMNS, cosine=kind) for kind in (True, False)]  # type: ignore[arg-type]
    threads = [threading.Thread(target=prepare, args=(aspects,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(read) == COUNT + 2 * likeness.LEARNT
    aspects[0].to(features[1, COLUMNS]).best(np.arange(COUNT), 5)
    assert sum(read) == COUNT + 2 * likeness.LEARNT + 100


@pytest.mark.usefixtures("few")
def test_a_sketch_is_taken_over_by_the_next_version(features: Floats) -> None:
    before = Aspect(features, COLUMNS, cosine=True)
    wanted = features[1, COLUMNS]
    truth = before.to(wanted)
    read: list[int] = []

    def fetch(rows: Ints) -> Floats:
        read.extend(rows.tolist())
        return later[rows]

    same = np.concatenate([np.arange(500, COUNT), np.full(100, -1)])  # some gone, some new
    later = np.concatenate([features[500:], features[1:101]])
    after = Aspect(LazyRows(later.shape, fetch), COLUMNS, cosine=True)  # type: ignore[arg-type]
    after.follow(before, same)
    found = after.to(wanted)
    np.testing.assert_array_equal(found.estimate[:-100], truth.estimate[500:])
    np.testing.assert_allclose(found.estimate[-100:], truth.estimate[1:101], atol=1e-5)
    assert read == list(range(COUNT - 500, COUNT - 400))  # none but the new
    assert found.best(np.arange(len(same)), 1).tolist() == [COUNT - 500]


@pytest.mark.usefixtures("few")
def test_a_sketch_of_other_items_is_not_taken_over(features: Floats) -> None:
    before = Aspect(features, COLUMNS, cosine=True)
    prepare([before])
    strange = np.where(np.arange(COUNT) < COUNT // 3, np.arange(COUNT), -1)
    after = Aspect(features, COLUMNS, cosine=True)
    after.follow(before, strange)
    assert after._taker is None
    unprepared = Aspect(features, COLUMNS, cosine=True)
    after.follow(unprepared, np.arange(COUNT))
    assert after._taker is None
