"""What is nearly the same: sets of items by Jaccard, photographs by perceptual hash; and groups.

Photographs show the same byte for byte, or resized, cropped a little and saved again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import ceil

import numpy as np
import numpy.typing as npt
import polars as pl
from PIL import Image

from modiste.arrays import Bools, Floats, Ints
from modiste.data.colours import to_lab
from modiste.data.pictures import read_image
from modiste.data.wardrobe import Wardrobe
from modiste.errors import ImageError

Alike = Callable[[Ints, Ints], Bools]
"""Told (P,) indices of the ones and of the others, says which pairs are alike."""

_WINDOW = 1001
_EQUALS = 20
_SLACK = 1e-9  # so that 0.5 * 6 asks for 3 shared items, whatever the rounding


def joined(count: int, pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Disjoint groups of the numbers 0 to `count` - 1: what pairs link, directly or not, is one.

    Returns:
        All groups, each ascending, ordered by their first member.
    """
    from scipy.sparse import coo_array  # a fifth of a second, which most imports do not need
    from scipy.sparse.csgraph import connected_components

    ends = np.array(list(pairs), dtype=np.int64).reshape(-1, 2)
    linked = np.ones(len(ends), dtype=np.bool_)
    graph = coo_array((linked, (ends[:, 0], ends[:, 1])), shape=(count, count))
    groups: dict[int, list[int]] = defaultdict(list)
    for member, label in enumerate(connected_components(graph, directed=False)[1].tolist()):
        groups[label].append(member)
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


BITS = 6
"""Perceptual hashes that differ in so few bits are worth a closer look: 94 % of a shop's
photographs did after being resized to 61 % and saved at quality 60."""
COLOUR = 6.0
"""So near in CIE Lab are the garments' colours then."""
MEAN, WORST = (1.0, 0.08), (4.0, 0.25)
"""On a grid of 12 x 12 cells, how far the mean and the worst cell may be off in CIE Lab: the first
number, or the second times the picture's own contrast, whichever is more."""
_GRID = 12


def same_photographs(photographs: pl.DataFrame) -> list[list[str]]:
    """Ids of items whose photographs are equal byte for byte, group by group."""
    hashed = photographs.filter(pl.col("image_hash").is_not_null())
    groups = hashed.group_by("image_hash", maintain_order=True).agg("id")
    return [ids for ids in groups["id"].to_list() if len(ids) > 1]


def near_duplicate_photographs(
    wardrobe: Wardrobe, photographs: pl.DataFrame, *, workers: int = 2
) -> list[tuple[str, str]]:
    """Pairs of ids whose photographs are nearly the same, but not byte for byte.

    Candidates come from the perceptual hash and the colour. In studio photographs those agree for
    many different garments, so the pictures of the candidates are compared cell by cell.
    """
    seen = photographs.filter(pl.col("phash").is_not_null())
    hashes = seen["image_hash"].to_numpy()
    colours = seen.select("colour_l", "colour_a", "colour_b").to_numpy()

    def alike(one: Ints, other: Ints) -> Bools:
        apart = np.linalg.norm(colours[one] - colours[other], axis=1)
        return np.asarray((hashes[one] != hashes[other]) & (apart < COLOUR))

    pairs = similar_hashes(seen["phash"].to_numpy(), BITS, alike=alike)
    ids = seen["id"].to_list()
    sketches = _sketches(wardrobe, {ids[row] for row in pairs.ravel()}, workers)
    named = ((ids[one], ids[other]) for one, other in pairs.tolist())
    return [pair for pair in named if _alike(*(sketches.get(item) for item in pair))]


def _sketches(wardrobe: Wardrobe, ids: Iterable[str], workers: int) -> dict[str, Floats]:
    """(12, 12, 3) CIE Lab of each picture that can be read."""

    def sketch(item_id: str) -> Floats | None:
        path = wardrobe.image_path(wardrobe.items["image"][wardrobe.rows[item_id]])
        try:
            picture = None if path is None else read_image(path, draft=96)
        except ImageError:
            return None
        if picture is None:
            return None
        return to_lab(np.asarray(picture.resize((_GRID, _GRID), Image.Resampling.BOX)))

    ordered = sorted(ids)
    with ThreadPoolExecutor(workers) as pool:
        found = zip(ordered, pool.map(sketch, ordered), strict=True)
        return {item_id: cells for item_id, cells in found if cells is not None}


def _alike(one: Floats | None, other: Floats | None) -> bool:
    if one is None or other is None:
        return False
    off = ((one - other) ** 2).sum(axis=-1)
    contrast = max(_contrast(one), _contrast(other))
    mean, worst = (max(least, share * contrast) for least, share in (MEAN, WORST))
    return bool(np.sqrt(off.mean()) < mean and np.sqrt(off.max()) < worst)


def _contrast(cells: Floats) -> float:
    middle = np.median(cells.reshape(-1, 3), axis=0)
    return float(np.sqrt(((cells - middle) ** 2).sum(axis=-1).mean()))
