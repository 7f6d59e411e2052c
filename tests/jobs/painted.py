"""A small wardrobe of painted photographs: stripes and dots in several colours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from modiste.data.wardrobe import Wardrobe, WardrobeInfo, create_wardrobe
from modiste.outfit import SPLITS, Item, Outfit

COLOURS = ("red", "green", "blue", "orange", "black", "purple")
KINDS = ("stripes", "dots")
EACH = 3


def paint(kind: str, colour: str, turn: int, size: tuple[int, int] = (30, 40)) -> Image.Image:
    picture = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(picture)
    for at in range(turn, max(size), 8):
        if kind == "stripes":
            draw.rectangle((at, 4, at + 3, size[1] - 5), fill=colour)
        else:
            draw.ellipse((8, at, 8 + 10 + turn, at + 5), fill=colour)
    return picture


def painted_wardrobe(
    root: Path, size: tuple[int, int] = (30, 40), *, images: bool = True
) -> Wardrobe:
    """36 items: two categories, six colours, three of each; outfits of one colour."""
    (root / "images").mkdir(parents=True)
    items = []
    for kind in KINDS:
        for colour in COLOURS:
            for turn in range(EACH):
                name = f"{kind}-{colour}-{turn}"
                if images:
                    paint(kind, colour, turn, size).save(root / "images" / f"{name}.png")
                items.append(
                    Item(
                        id=name,
                        category=kind,
                        fine=kind,
                        title=f"{colour} {kind}",
                        image=f"images/{name}.png" if images else None,
                        attributes={"color": colour},
                    )
                )
    chance = np.random.default_rng(0)
    outfits = []
    for number in range(36):
        colour = COLOURS[number % len(COLOURS)]
        pair = tuple(f"{kind}-{colour}-{chance.integers(EACH)}" for kind in KINDS)
        outfits.append(Outfit(id=f"o{number}", items=pair, split=SPLITS[number // 6 % 3]))
    return create_wardrobe(root, items, outfits, WardrobeInfo(name="painted"))
