"""What is nearly the same: sets of items by Jaccard, pictures by perceptual hash; and groups."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from math import ceil

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Alike = Callable[[Ints, Ints], npt.NDArray[np.bool_]]
"""Told (P,) indices of the ones and of the others, says which pairs are alike."""

_WINDOW = 1001
_EQUALS = 20
_SLACK = 1e-9  # so that 0.5 * 6 asks for 3 shared items, whatever the rounding


class Groups:
    """Disjoint groups of the numbers 0 to n - 1, joined pair by pair (union-find)."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def find(self, member: int) -> int:
        """The number that stands for the whole group of `member`."""
        parent = self._parent
        while parent[member] != member:
            parent[member] = parent[parent[member]]
            member = parent[member]
        return member

    def join(self, pairs: Iterable[tuple[int, int]]) -> Groups:
        """Put the two of each pair into one group; returns itself."""
        for one, other in pairs:
            low, high = sorted((self.find(one), self.find(other)))
            self._parent[high] = low
        return self

    def members(self) -> list[list[int]]:
        """All groups, each ascending, ordered by their first member."""
        groups: dict[int, list[int]] = defaultdict(list)
        for member in range(len(self._parent)):
            groups[self.find(member)].append(member)
        return list(groups.values())


def similar_sets(
    outfits: Sequence[Iterable[str]], threshold: float = 0.5
) -> Iterator[tuple[int, int]]:
    """Pairs of outfits whose item sets have a Jaccard index of at least `threshold`.

    Of identical sets each is paired with the first one only, and only the first is compared
    with others, so that the pairs join into the right groups without being quadratic in copies.

    Prefix filter after Xiao et al. 2008 (PPJoin): with items ordered from rare to common, two
    sets that are similar share one of the first few of each, so popular items are never looked up.

    Args:
        outfits: the items of each; repeated items count once.
        threshold: above 0, at most 1.

    Yields:
        (i, j) indices into `outfits`, i < j, each pair once.
    """
    first: dict[frozenset[str], int] = {}
    for place, items in enumerate(outfits):
        earlier = first.setdefault(frozenset(items), place)
        if earlier != place:
            yield earlier, place
    yield from _distinct_similar(first, threshold)


def _distinct_similar(
    first: dict[frozenset[str], int], threshold: float
) -> Iterator[tuple[int, int]]:
    common = Counter(item for items in first for item in items)
    containing: dict[str, list[tuple[frozenset[str], int]]] = defaultdict(list)
    for items in sorted(first, key=lambda s: (len(s), first[s])):
        place, size = first[items], len(items)
        rare_first = sorted(items, key=lambda item: (common[item], item))
        probe = size - ceil(threshold * size - _SLACK) + 1
        seen = set()
        for item in rare_first[:probe]:
            for other, other_place in containing[item]:
                if other_place in seen or len(other) < threshold * size - _SLACK:
                    continue
                seen.add(other_place)
                shared = len(items & other)
                if shared >= threshold * (size + len(other) - shared) - _SLACK:
                    yield min(place, other_place), max(place, other_place)
        # Later sets are at least as large, so fewer items need to be found through the index.
        keep = size - ceil(2 * threshold / (1 + threshold) * size - _SLACK) + 1
        for item in rare_first[:keep]:
            containing[item].append((items, place))


def similar_hashes(
    hashes: npt.NDArray[np.uint64], distance: int = 4, *, alike: Alike | None = None
) -> Ints:
    """Pairs of 64-bit hashes that differ in at most `distance` bits.

    Of `distance` + 1 bands of bits at least one is the same in both, so only hashes that share a
    band are compared. To keep the time linear, where more than 1,000 share one each is compared
    with the next 1,000 in order only, and of equal hashes (blank pictures, say) with the next 20.

    Args:
        hashes: (M,) uint64.
        distance: 0 to 15 bits.
        alike: what else two must have in common.

    Returns:
        (P, 2) int64 indices, the smaller first, each pair once, ascending.
    """
    edges = [64 * band // (distance + 1) for band in range(distance + 2)]
    found = [np.empty(0, dtype=np.int64)]
    for low, high in zip(edges, edges[1:], strict=False):
        band = (hashes >> np.uint64(low)) & np.uint64((1 << (high - low)) - 1)
        order = np.lexsort((hashes, band))
        for step in range(1, min(_WINDOW, len(order))):
            same = np.flatnonzero(band[order[step:]] == band[order[:-step]])
            if not len(same):
                break
            one, other = order[same], order[same + step]
            apart = np.bitwise_count(hashes[one] ^ hashes[other])
            near = (apart <= distance) & ((apart > 0) | (step <= _EQUALS))
            if alike is not None:
                near[near] = alike(one[near], other[near])
            low_row, high_row = np.minimum(one, other)[near], np.maximum(one, other)[near]
            found.append(low_row * len(hashes) + high_row)
    pairs = np.unique(np.concatenate(found))
    return np.stack(np.divmod(pairs, max(len(hashes), 1)), axis=1)
