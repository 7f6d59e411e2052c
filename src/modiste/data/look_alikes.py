"""Photographs that show the same: byte for byte, or resized, cropped a little and saved again."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import polars as pl
from PIL import Image

from modiste.data.colours import to_lab
from modiste.data.near_duplicates import similar_hashes
from modiste.data.pictures import read_image
from modiste.data.wardrobe import Wardrobe
from modiste.errors import ImageError

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

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

    def alike(one: Ints, other: Ints) -> npt.NDArray[np.bool_]:
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
