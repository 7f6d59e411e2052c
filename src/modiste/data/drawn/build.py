"""A drawn wardrobe on disk: garments that a person takes for garments, outfits by a known rule."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from modiste.data.drawn.cuts import CATEGORIES
from modiste.data.drawn.garment import DrawnGarment, design
from modiste.data.drawn.rule import Chances, Rule
from modiste.data.drawn.studio import Order, Progress, draw_pictures
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
    plan = plan_wardrobe(items=items, outfits=outfits, seed=seed)
    draw_pictures(out / IMAGES, plan.orders, progress=progress)
    return create_wardrobe(out, plan.items, plan.outfits, plan.info, replace=replace)


@dataclass(frozen=True)
class WardrobePlan:
    """A wardrobe before anything is drawn or written."""

    items: list[Item]
    outfits: list[Outfit]
    info: WardrobeInfo
    orders: list[Order]
    """File name and garment of each picture."""


def plan_wardrobe(*, items: int, outfits: int, seed: int, rule: Rule | None = None) -> WardrobePlan:
    """Design the garments and put them together, without drawing them."""
    rule = rule or Rule(seed=seed)
    garments = design(items, np.random.default_rng(seed))
    names = _names(garments)
    pieces = [g.item(name, f"{IMAGES}/{name}.jpg") for g, name in zip(garments, names, strict=True)]
    drawn = Chances(rule, item_frame(pieces)).draw(outfits)
    looks = [
        Outfit(id=f"look-{number:0{len(str(outfits))}}", items=tuple(pieces[r].id for r in rows))
        for number, rows in enumerate(drawn, start=1)
    ]
    orders = [(f"{name}.jpg", garment) for name, garment in zip(names, garments, strict=True)]
    return WardrobePlan(pieces, split_outfits(looks, seed=seed), _info(rule), orders)


def _names(garments: Sequence[DrawnGarment]) -> list[str]:
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
