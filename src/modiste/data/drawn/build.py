"""A drawn wardrobe on disk: garments that a person takes for garments, outfits by a known rule."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from modiste.data.drawn.cuts import CATEGORIES
from modiste.data.drawn.garment import Garment, design
from modiste.data.drawn.rule import Rule
from modiste.data.drawn.studio import Progress, draw_pictures
from modiste.data.splits import split_outfits
from modiste.data.wardrobe import (
    Wardrobe,
    WardrobeInfo,
    create_wardrobe,
    item_frame,
    refuse_existing,
)
from modiste.errors import Misuse
from modiste.outfit import Item, Outfit

IMAGES = "images"


def draw_wardrobe(
    out: Path,
    *,
    items: int = 2000,
    outfits: int = 3000,
    seed: int = 0,
    replace: bool = False,
    progress: Progress | None = None,
) -> Wardrobe:
    """Draw garments and put them together by the rule of `rule.py`.

    The same numbers and seed draw the same wardrobe, tables and pictures, byte for byte with the
    same versions of NumPy, SciPy and Pillow. Pictures are 300 x 300 JPEGs, 2,000 of them in about
    20 seconds on 2 cores.

    Args:
        out: the folder of the wardrobe; made where absent.
        items: how many garments, at least one a category.
        outfits: how many outfits, at least 1.
        seed: of everything.
        replace: write over a wardrobe that stands there.
        progress: called with how many pictures are drawn, and how many there are.

    Raises:
        Misuse: too few items or outfits.
        WardrobeError: a wardrobe stands there already and `replace` is False.
        ModisteError: the folder cannot be written.
    """
    if items < len(CATEGORIES) or outfits < 1 or seed < 0:
        raise Misuse(
            f"A drawn wardrobe has at least {len(CATEGORIES)} items (one a category), 1 outfit "
            f"and a seed of 0 or more, not items={items}, outfits={outfits}, seed={seed}."
        )
    refuse_existing(out, replace=replace)
    garments = design(items, np.random.default_rng(seed))
    names = _names(garments)
    pieces = [g.item(name, f"{IMAGES}/{name}.jpg") for g, name in zip(garments, names, strict=True)]
    rule = Rule(seed=seed)
    looks = split_outfits(_outfits(rule, pieces, outfits), seed=seed)
    orders = [(f"{name}.jpg", garment) for name, garment in zip(names, garments, strict=True)]
    draw_pictures(out / IMAGES, orders, progress=progress)
    return create_wardrobe(out, pieces, looks, _info(rule), replace=replace)


def _outfits(rule: Rule, pieces: Sequence[Item], count: int) -> list[Outfit]:
    drawn = rule.draw(item_frame(pieces), count)
    return [
        Outfit(id=f"look-{number:0{len(str(count))}}", items=tuple(pieces[row].id for row in rows))
        for number, rows in enumerate(drawn, start=1)
    ]


def _names(garments: Sequence[Garment]) -> list[str]:
    """Ids such as `slip-dress-0042`: kind of garment and number."""
    width = len(str(len(garments)))
    return [
        f"{re.sub('[^a-z]+', '-', garment.fine)}-{number:0{width}}"
        for number, garment in enumerate(garments, start=1)
    ]


def _info(rule: Rule) -> WardrobeInfo:
    return WardrobeInfo(
        name="drawn",
        source=f"drawn by modiste with seed {rule.seed}; outfits follow the rule under extra.rule",
        licence="Apache-2.0",
        match=("season",),
        extra={"rule": rule.facts()},
    )
