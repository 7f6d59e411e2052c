"""How every kind of garment is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from modiste.data.drawn.canvas import Canvas
from modiste.data.drawn.cloth import Cloth
from modiste.data.drawn.garment import DrawnGarment
from modiste.data.drawn.shapes import (
    accessories,
    bags,
    bottoms,
    dresses,
    hats,
    outerwear,
    shoes,
    tops,
)


@dataclass(frozen=True)
class Shape:
    """A drawing and how it fills the picture."""

    draw: Callable[[Canvas, DrawnGarment, Cloth], None]
    zoom: float
    middle: float
    """The height in the drawing that comes to the middle of the picture."""


SHAPES: dict[str, Shape] = {
    "t-shirt": Shape(tops.t_shirt, 1.22, 148),
    "shirt": Shape(tops.shirt, 1.2, 147),
    "sweater": Shape(tops.sweater, 1.2, 146),
    "camisole": Shape(tops.camisole, 1.3, 142),
    "jeans": Shape(bottoms.jeans, 1.08, 153),
    "trousers": Shape(bottoms.trousers, 1.08, 153),
    "skirt": Shape(bottoms.skirt, 1.14, 148),
    "shorts": Shape(bottoms.shorts, 1.4, 130),
    "shirt dress": Shape(dresses.shirt_dress, 1.06, 143),
    "slip dress": Shape(dresses.slip_dress, 1.06, 150),
    "wrap dress": Shape(dresses.wrap_dress, 1.06, 143),
    "coat": Shape(outerwear.coat, 1.06, 148),
    "blazer": Shape(outerwear.blazer, 1.22, 132),
    "jacket": Shape(outerwear.jacket, 1.26, 130),
    "puffer": Shape(outerwear.puffer, 1.14, 138),
    "sneakers": Shape(shoes.sneakers, 1.12, 148),
    "ankle boots": Shape(shoes.ankle_boots, 1.06, 132),
    "heels": Shape(shoes.heels, 1.06, 140),
    "loafers": Shape(shoes.loafers, 1.12, 156),
    "sandals": Shape(shoes.sandals, 1.12, 156),
    "tote": Shape(bags.tote, 1.12, 150),
    "handbag": Shape(bags.handbag, 1.12, 152),
    "crossbody bag": Shape(bags.crossbody, 1.15, 142),
    "clutch": Shape(bags.clutch, 1.12, 160),
    "beanie": Shape(hats.beanie, 1.12, 138),
    "brimmed hat": Shape(hats.brimmed_hat, 1.06, 150),
    "cap": Shape(hats.cap, 1.1, 152),
    "beret": Shape(hats.beret, 1.12, 150),
    "earrings": Shape(accessories.earrings, 1.35, 130),
    "necklace": Shape(accessories.necklace, 1.15, 148),
    "bracelet": Shape(accessories.bracelet, 1.2, 150),
    "scarf": Shape(accessories.scarf, 1.12, 146),
    "belt": Shape(accessories.belt, 1.12, 164),
    "sunglasses": Shape(accessories.sunglasses, 1.08, 134),
}
"""Fine category -> its shape."""
