"""Splits: near-duplicates stay together, sizes come near the shares, order does not matter."""

from __future__ import annotations

import random
import time
from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modiste.data.splits import split_outfits
from modiste.errors import Misuse
from modiste.outfit import SPLITS, Outfit


def drawn(count: int, *, items: int = 300, copies: float = 0.2, seed: int = 0) -> list[Outfit]:
    """Random outfits; some are an earlier one with an item exchanged."""
    chance = random.Random(seed)
    outfits: list[Outfit] = []
    for number in range(count):
        if outfits and chance.random() < copies:
            worn = list(chance.choice(outfits).items)
            worn[chance.randrange(len(worn))] = f"i{chance.randrange(items)}"
        else:
            worn = [f"i{chance.randrange(items)}" for _ in range(chance.randint(2, 8))]
        outfits.append(Outfit(id=f"o{number}", items=tuple(worn)))
    return outfits


def similar(one: Outfit, other: Outfit, threshold: float) -> bool:
    a, b = set(one.items), set(other.items)
    return len(a & b) >= threshold * len(a | b) - 1e-9


@given(st.integers(0, 10_000), st.sampled_from([0.3, 0.5, 0.8, 1.0]))
@settings(deadline=None, max_examples=40)
def test_no_near_duplicate_stands_on_another_side(seed: int, threshold: float) -> None:
    outfits = drawn(60, items=25, seed=seed)
    split = split_outfits(outfits, seed=seed, threshold=threshold)
    assert [(o.id, o.items) for o in split] == [(o.id, o.items) for o in outfits]
    for one, other in combinations(split, 2):
        if similar(one, other, threshold):
            assert one.split == other.split


def test_the_order_of_rows_does_not_matter_but_the_seed_does() -> None:
    outfits = drawn(400)
    chosen = {o.id: o.split for o in split_outfits(outfits, seed=3)}
    random.Random(1).shuffle(outfits)
    assert {o.id: o.split for o in split_outfits(outfits, seed=3)} == chosen
    assert {o.id: o.split for o in split_outfits(outfits, seed=4)} != chosen


@pytest.mark.parametrize("fractions", [(0.8, 0.1, 0.1), (0.5, 0.25, 0.25), (0.7, 0.0, 0.3)])
def test_sizes_come_near_the_shares(fractions: tuple[float, float, float]) -> None:
    outfits = drawn(1500, items=3000)
    sizes = Counter(o.split for o in split_outfits(outfits, fractions=fractions))
    for split, share in zip(SPLITS, fractions, strict=True):
        assert abs(sizes[split] - share * len(outfits)) <= 20


def test_groups_of_every_size_are_in_every_split() -> None:
    pairs = [Outfit(id=f"{n}{k}", items=(f"a{n}", f"b{n}")) for n in range(500) for k in "xy"]
    singles = [Outfit(id=f"s{n}", items=(f"c{n}", f"d{n}")) for n in range(500)]
    split = split_outfits([*pairs, *singles])
    for outfits in (split[: len(pairs)], split[len(pairs) :]):
        share = sum(o.split == "test" for o in outfits) / len(outfits)
        assert 0.08 < share < 0.12


def test_a_giant_group_goes_to_train_and_leaves_the_rest_to_the_others() -> None:
    chain = [Outfit(id=f"c{n}", items=(f"i{n}", f"i{n + 1}", f"i{n + 2}")) for n in range(600)]
    rest = [Outfit(id=f"r{n}", items=(f"x{n}", f"y{n}")) for n in range(400)]
    split = split_outfits([*chain, *rest])
    sizes = Counter(o.split for o in split)
    assert {o.split for o in split[:600]} == {"train"}
    assert sizes == {"train": 800, "valid": 100, "test": 100}


def test_empty_and_tiny_data_are_split_too() -> None:
    assert split_outfits([]) == []
    alone = split_outfits([Outfit(id="o", items=("a", "b"))])
    assert [o.split for o in alone] == ["train"]


@pytest.mark.parametrize("fractions", [(0.8, 0.1, 0.2), (1.2, -0.1, -0.1), (0.5, 0.5)])
def test_shares_that_are_none_are_misuse(fractions: tuple[float, float, float]) -> None:
    with pytest.raises(Misuse, match="sum to 1"):
        split_outfits(drawn(5), fractions=fractions)


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.1])
def test_a_threshold_out_of_range_is_misuse(threshold: float) -> None:
    with pytest.raises(Misuse, match="threshold"):
        split_outfits(drawn(5), threshold=threshold)


def test_twenty_thousand_outfits_are_split_in_seconds() -> None:
    outfits = drawn(20_000, items=40_000)
    start = time.process_time()
    split_outfits(outfits)
    assert time.process_time() - start < 30
