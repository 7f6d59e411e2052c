"""Items dealt to train, valid and test within each category, for training encoders."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import numpy as np

from modiste.errors import Misuse
from modiste.outfit import SPLITS, Split

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


__all__ = ["SHARES", "split_items"]
