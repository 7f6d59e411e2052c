"""Train, valid and test: outfits with near-duplicates on one side, items within each category.

Items are dealt for training encoders.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from modiste.data.audit.near_duplicates import joined, similar_sets
from modiste.errors import Misuse
from modiste.outfit import SPLITS, Outfit, Split


def split_outfits(
    outfits: Sequence[Outfit],
    *,
    seed: int = 0,
    fractions: tuple[float, float, float] = (0.8, 0.1, 0.1),
    threshold: float = 0.5,
) -> list[Outfit]:
    """Give every outfit a split; outfits that are nearly the same get the same one.

    Two outfits are linked when their item sets have a Jaccard index of at least `threshold`;
    what is linked, directly or through others, stays together. A group larger than a tenth of
    the smaller of valid and test goes to train, where it cannot dominate a measurement; the
    others are dealt out, larger ones first, to the split that lacks most of its share.

    Args:
        outfits: unique ids. Their order does not matter, nor the split they had.
        seed: which outfits go where.
        fractions: shares of train, valid and test; not negative, their sum is 1.
        threshold: above 0, at most 1.

    Returns:
        The outfits in the order given, with their new split.

    Raises:
        Misuse: fractions or threshold are out of range.
    """
    _check(fractions, threshold)
    ordered = sorted(range(len(outfits)), key=lambda i: (outfits[i].id, outfits[i].items))
    members = joined(len(ordered), similar_sets([outfits[i].items for i in ordered], threshold))
    chosen = _deal([len(group) for group in members], fractions, seed)
    split_of = {
        ordered[member]: split
        for group, split in zip(members, chosen, strict=True)
        for member in group
    }
    return [replace(outfit, split=split_of[i]) for i, outfit in enumerate(outfits)]


def _deal(sizes: Sequence[int], fractions: Sequence[float], seed: int) -> list[Split]:
    """A split for each group: larger groups first, those of one size in random order."""
    total = sum(sizes)
    targets = np.array(fractions) * total
    lacking = targets.copy()
    held_out = [target for target in targets[1:] if target > 0]
    big = max(1.0, min(held_out, default=0.0) / 10)
    order = np.random.default_rng(seed).permutation(len(sizes))
    chosen: list[Split] = ["train"] * len(sizes)
    for group in sorted(order.tolist(), key=lambda g: -sizes[g]):
        if sizes[group] > big and fractions[0] > 0:
            side = 0
        else:
            share = np.divide(lacking, targets, out=np.full(3, -np.inf), where=targets > 0)
            side = int(share.argmax())
        chosen[group] = SPLITS[side]
        lacking[side] -= sizes[group]
    return chosen


def _check(fractions: Sequence[float], threshold: float) -> None:
    if len(fractions) != 3 or min(fractions) < 0 or abs(sum(fractions) - 1) > 1e-6:
        raise Misuse(
            f"The shares of train, valid and test are {tuple(fractions)}; give three numbers "
            "that are not negative and sum to 1, such as 0.8,0.1,0.1."
        )
    if not 0 < threshold <= 1:
        raise Misuse(f"The near-duplicate threshold is {threshold}; give one above 0, at most 1.")


SHARES = (0.64, 0.16, 0.2)
"""Of train, valid and test, as in DeepLearningClothes."""


def split_items(
    category_of: Mapping[str, str],
    *,
    seed: int = 0,
    shares: tuple[float, float, float] = SHARES,
) -> dict[str, Split]:
    """Give every item a split, so that each has every category in the same share.

    The order of the items does not matter, and what one category holds does not change another.
    Of a category of one or two items all are in train.

    Args:
        category_of: item id -> category.
        seed: which items go where.
        shares: of train, valid and test; not negative, their sum is 1.

    Returns:
        Item id -> split, in the order given.

    Raises:
        Misuse: the shares are out of range.
    """
    if len(shares) != 3 or min(shares) < 0 or abs(sum(shares) - 1) > 1e-6:
        raise Misuse(f"The shares {shares} are not three numbers that sum to 1.")
    members: dict[str, list[str]] = {}
    for item, category in sorted(category_of.items()):
        members.setdefault(category, []).append(item)
    chosen: dict[str, Split] = {}
    for category, items in members.items():
        rng = np.random.default_rng([seed, zlib.crc32(category.encode())])
        order = [items[place] for place in rng.permutation(len(items)).tolist()]
        valid, test = (int(len(items) * share + 0.5) for share in shares[1:])
        if len(items) < 3:
            valid = test = 0
        ends = (len(items) - valid - test, len(items) - test, len(items))
        for split, start, end in zip(SPLITS, (0, *ends), ends, strict=False):
            chosen.update(dict.fromkeys(order[start:end], split))
    return {item: chosen[item] for item in category_of}
