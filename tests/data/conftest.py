"""A small wardrobe whose seasons were photographed on grounds of their own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from modiste.data.wardrobe import Wardrobe, WardrobeInfo, create_wardrobe
from modiste.outfit import SPLITS, Item, Outfit

FINE = {"boots": "shoes", "pumps": "shoes", "shirts": "tops", "jeans": "bottoms", "totes": "bags"}


@pytest.fixture(scope="session")
def seasons(tmp_path_factory: pytest.TempPathFactory) -> Wardrobe:
    """800 items, 900 outfits of 3 to 5 items, each outfit of one season and mostly one ground.

    Some items are worn far more often than others; nothing else decides what goes together.
    """
    wardrobe, _ = _seasons(tmp_path_factory.mktemp("seasons"))
    return wardrobe


@pytest.fixture(scope="session")
def season_photographs(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """What could be measured on its photographs: one of four grounds a season, far apart in Lab."""
    _, photographs = _seasons(tmp_path_factory.mktemp("seasons"))
    return photographs


def _seasons(root: Path) -> tuple[Wardrobe, pl.DataFrame]:
    rng = np.random.default_rng(0)
    fine = [name for name in FINE for _ in range(160)]
    season = rng.integers(0, 2, len(fine))
    ground = season * 4 + rng.integers(0, 4, len(fine))
    items = [
        Item(
            id=f"{name}-{n}",
            category=FINE[name],
            fine=name,
            attributes={"season": f"20{20 + season[n]}"},
        )
        for n, name in enumerate(fine)
    ]
    popularity = rng.lognormal(0, 0.6, len(items))
    outfits = [
        Outfit(id=f"o{n}", items=tuple(items[row].id for row in rows), split=SPLITS[n % 3])
        for n, rows in enumerate(_worn(rng, np.array(fine), ground, popularity))
    ]
    info = WardrobeInfo(name="seasons", match=("season",))
    wardrobe = create_wardrobe(root / "W", items, outfits, info)
    lab = np.stack([60 + 5 * ground, 12 * (ground % 2), 6 * season], axis=1)
    lab = (lab + rng.normal(0, 0.1, lab.shape)).astype(np.float32)
    photographs = pl.DataFrame({"id": [item.id for item in items]}).with_columns(
        pl.Series(f"background_{axis}", lab[:, column]) for column, axis in enumerate("lab")
    )
    return wardrobe, photographs


def _worn(
    rng: np.random.Generator,
    fine: npt.NDArray[np.str_],
    ground: npt.NDArray[np.int64],
    popularity: npt.NDArray[np.float64],
) -> list[list[int]]:
    outfits = []
    for _ in range(900):
        home = int(rng.integers(8))
        rows = []
        for name in rng.permutation(list(FINE))[: rng.integers(3, 6)]:
            like = ground == home if rng.random() < 0.8 else ground // 4 == home // 4
            pool = np.flatnonzero((fine == name) & like)
            rows.append(int(rng.choice(pool, p=popularity[pool] / popularity[pool].sum())))
        outfits.append(rows)
    return outfits
