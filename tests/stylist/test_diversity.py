from __future__ import annotations

import numpy as np

from modiste.stylist.complete import Limit, pick_diverse

RNG = np.random.default_rng(0)
VALUE = RNG.normal(size=40)
VECTORS = RNG.normal(size=(40, 3)).astype(np.float32)


def _likeness(picked: list[int]) -> float:
    units = (VECTORS - VECTORS.mean(0)) / VECTORS.std(0)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    products = units[picked] @ units[picked].T
    return float(products[~np.eye(len(picked), dtype=bool)].mean())


def test_without_diversity_the_best_come_in_order() -> None:
    assert pick_diverse(VALUE, VECTORS, [], 10, 0.0) == np.argsort(-VALUE)[:10].tolist()


def test_more_diversity_makes_picks_less_alike_and_the_first_stays_the_best() -> None:
    plain, some, most = (pick_diverse(VALUE, VECTORS, [], 8, d) for d in (0.0, 0.5, 0.9))
    assert _likeness(most) < _likeness(some) < _likeness(plain)
    assert plain[0] == some[0] == most[0] == int(VALUE.argmax())


def test_limits_hold_whatever_the_diversity() -> None:
    label = np.arange(40) % 4
    for diversity in (0.0, 0.7, 1.0):
        picked = pick_diverse(VALUE, VECTORS, [Limit(label, 2)], 30, diversity)
        assert sorted(label[picked].tolist()) == [0, 0, 1, 1, 2, 2, 3, 3]


def test_vectors_that_do_not_differ_and_values_that_tie_are_no_obstacle() -> None:
    same = np.ones((5, 2), dtype=np.float32)
    assert pick_diverse(np.zeros(5), same, [], 9, 0.5) == [0, 1, 2, 3, 4]
    assert pick_diverse(np.zeros(0), same[:0], [], 3, 0.5) == []
