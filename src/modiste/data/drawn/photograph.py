"""The picture of a garment: on light paper, with a soft shadow."""

from __future__ import annotations

import numpy as np
from PIL import Image

from modiste.data.drawn.canvas import Canvas
from modiste.data.drawn.colours import rgb
from modiste.data.drawn.coverage import SIZE, Floats, blurred
from modiste.data.drawn.garment import DrawnGarment
from modiste.data.drawn.shapes import SHAPES

_PAPERS = [rgb(code) for code in ("f6f5f3", "f3f1ec", "eff0f2", "f4efe8", "f1f1f0")]
_ACROSS = np.linspace(-1, 1, SIZE, dtype=np.float32)


def photograph(garment: DrawnGarment) -> Image.Image:
    """Draw a garment and take its picture, 300 x 300 RGB.

    What only chance decides comes from the garment's seed alone; the paper below it says
    nothing about it.
    """
    dice, paper_dice = (np.random.default_rng([garment.seed, part]) for part in (0, 1))
    shape = SHAPES[garment.fine]
    canvas = Canvas(dice, zoom=shape.zoom, middle=shape.middle)
    shape.draw(canvas, garment, garment.cloth)
    return developed(canvas, paper_dice)


def developed(canvas: Canvas, rng: np.random.Generator) -> Image.Image:
    """The picture of what lies on a canvas."""
    paper = _paper(rng)
    paper *= (1 - _shadow(canvas.cover))[..., None]
    picture = canvas.colour + paper * (1 - canvas.cover)[..., None]
    picture *= 255
    return Image.fromarray(np.clip(picture + 0.5, 0, 255).astype(np.uint8))


def _paper(rng: np.random.Generator) -> Floats:
    colour = np.array(_PAPERS[rng.integers(len(_PAPERS))]) + rng.uniform(-0.006, 0.006, 3)
    across, down = (_ACROSS - lamp for lamp in rng.uniform(-0.6, 0.6, 2).astype(np.float32))
    fade = 1 - np.float32(0.022) * (across**2 + down[:, None] ** 2)
    return np.asarray(fade[..., None] * colour.astype(np.float32))


def _shadow(cover: Floats) -> Floats:
    """A close dark edge and a wide soft one, down to the right."""
    dark = np.zeros_like(cover)
    dark[2:, 1:] = 0.16 * blurred(cover, 2)[:-2, :-1]
    dark[7:, 4:] += 0.15 * blurred(cover, 8)[:-7, :-4]
    return dark
