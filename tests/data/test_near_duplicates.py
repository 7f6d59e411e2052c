"""Near-duplicates: the fast search finds exactly what comparing all pairs finds."""

from __future__ import annotations

import time
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modiste.data.audit.near_duplicates import joined, similar_hashes, similar_sets

OUTFITS = st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=7), max_size=14)
THRESHOLDS = st.sampled_from([0.2, 1 / 3, 0.5, 0.6, 2 / 3, 0.75, 0.9, 1.0])


def jaccard(one: list[str], other: list[str]) -> float:
    union = set(one) | set(other)
    return len(set(one) & set(other)) / len(union) if union else 1.0


def slow_groups(outfits: list[list[str]], threshold: float) -> list[list[int]]:
    groups = [{place} for place in range(len(outfits))]
    for one, other in combinations(range(len(outfits)), 2):
        if jaccard(outfits[one], outfits[other]) >= threshold - 1e-9:
            both = {member for group in groups if group & {one, other} for member in group}
            groups = [group for group in groups if not group & both] + [both]
    return sorted(sorted(group) for group in groups)


@given(OUTFITS, THRESHOLDS)
@settings(deadline=None, max_examples=300)
def test_groups_are_those_of_comparing_every_pair(
    outfits: list[list[str]], threshold: float
) -> None:
    fast = joined(len(outfits), similar_sets(outfits, threshold))
    assert fast == slow_groups(outfits, threshold)


@given(OUTFITS, THRESHOLDS)
@settings(deadline=None, max_examples=300)
def test_of_distinct_sets_exactly_the_similar_pairs_are_found(
    outfits: list[list[str]], threshold: float
) -> None:
    distinct = [sorted(items) for items in {frozenset(items) for items in outfits}]
    expected = {
        (one, other)
        for one, other in combinations(range(len(distinct)), 2)
        if jaccard(distinct[one], distinct[other]) >= threshold - 1e-9
    }
    pairs = list(similar_sets(distinct, threshold))
    assert set(pairs) == expected
    assert len(pairs) == len(expected)


def test_one_item_in_every_outfit_does_not_make_the_search_quadratic() -> None:
    outfits = [["everywhere", f"{n} a", f"{n} b"] for n in range(20_000)]
    start = time.process_time()
    assert list(similar_sets(outfits, 0.5)) == []
    assert time.process_time() - start < 5


@pytest.mark.parametrize("distance", [0, 1, 3, 6])
def test_similar_hashes_are_those_of_comparing_every_pair(distance: int) -> None:
    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 2**64, 60, dtype=np.uint64)
    flips = rng.integers(0, 64, (4, 60)).astype(np.uint64)
    for flip in flips:  # copies that differ in ever more bits
        hashes = np.concatenate([hashes, hashes[-60:] ^ (np.uint64(1) << flip)])
    expected = [
        [one, other]
        for one, other in combinations(range(len(hashes)), 2)
        if (int(hashes[one]) ^ int(hashes[other])).bit_count() <= distance
    ]
    assert similar_hashes(hashes, distance).tolist() == expected


def test_many_blank_pictures_do_not_make_the_search_quadratic() -> None:
    start = time.process_time()
    pairs = similar_hashes(np.zeros(3_000, dtype=np.uint64), 2)
    assert time.process_time() - start < 10
    assert len(joined(3_000, pairs.tolist())) == 1


def test_no_hash_has_no_pair() -> None:
    assert similar_hashes(np.array([], dtype=np.uint64)).shape == (0, 2)
