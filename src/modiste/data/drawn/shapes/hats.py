"""Beanies, brimmed hats, caps, berets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from modiste.data.drawn.canvas import Canvas
from modiste.data.drawn.cloth import Cloth
from modiste.data.drawn.curves import band, both, closed, curve, ellipse, mirrored
from modiste.data.drawn.garment import DrawnGarment
from modiste.data.drawn.palettes import GOLD, darker, lighter, lightness, rgb
from modiste.data.drawn.shapes.trims import buttons

# Outlines read best in rows of points.
# fmt: off


def beanie(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """A knitted dome with a turned-up rib; a bobble where it is casual."""
    rng = canvas.rng
    casual = garment.style == "casual"
    if casual and rng.random() < 0.7:
        pompom(
            canvas, 0, 72,
            lighter(cloth.base, 0.25) if lightness(cloth.base) < 0.6 else darker(cloth.base, 0.12),
        )
    tall = rng.uniform(78, 90)
    dome = mirrored([(0, tall), (36, tall + 9), (66, tall + 46), (75, 178, 1), (0, 190)])
    ribs = [
        curve([(x * 0.25, tall + 6), (x * 0.8, tall + 46), (x, 184)])
        for x in np.linspace(-66, 66, 9)
    ]
    canvas.panel(dome, replace(cloth, drape=0.3, puff=1.4), folds=ribs if casual else [])
    cuff = mirrored(
        [(0, 166), (50, 163), (73, 157), (80, 164), (80, 194), (73, 204), (48, 210), (0, 213)]
    )
    canvas.panel(cuff, replace(cloth, weave="rib", drape=0, puff=1.3, pattern="plain"), lift=0.5)
    if garment.style == "evening":
        spots = [
            (x, y + abs(x) * -0.06)
            for y in (178, 194)
            for x in np.linspace(-64, 64, 11) + (6 if y > 180 else 0)
        ]
        buttons(
            canvas, [(float(x), float(y)) for x, y in spots if abs(x) < 72], (0.97, 0.95, 0.92),
            size=5, sheen=0.9,
        )
    elif not casual:
        canvas.panel(
            closed([(-58, 180, 1), (-38, 182, 1), (-38, 196, 1), (-58, 194, 1)]),
            Cloth(base=darker(cloth.base, 0.4), weave="leather", drape=0), lift=0.4,
        )


def brimmed_hat(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """A creased crown, a ribbon, a brim."""
    rng = canvas.rng
    wide, deep = rng.uniform(112, 128), rng.uniform(38, 52)
    y = 188.0
    stiff = replace(cloth, drape=0.2, pattern="plain" if cloth.weave == "straw" else cloth.pattern)
    canvas.panel(
        ellipse(0, y, wide * 2, deep * 1.5), replace(stiff, base=darker(cloth.base, 0.1), puff=0.8)
    )
    crown = mirrored(
        [(0, 92), (20, 86), (46, 96), (57, 130), (63, y, 1), (34, y + 12), (0, y + 15)]
    )
    canvas.panel(
        crown,
        replace(stiff, puff=1.8),
        lift=0.6,
        folds=[
            curve([(-3, 92), (-6, 112), (-4, 134)]),
            *both(curve([(38, 108), (30, 126), (33, 146)])),
        ],
    )
    ribbon = mirrored(
        [(0, y - 13), (34, y - 17), (60.5, y - 28, 1), (63, y - 2, 1), (34, y + 11), (0, y + 14)]
    )
    tone = darker(cloth.base, 0.6) if lightness(cloth.base) > 0.3 else lighter(cloth.base, 0.25)
    if garment.style == "evening":
        tone = GOLD
    canvas.panel(
        ribbon,
        Cloth(
            base=tone, weave="rib" if garment.style == "casual" else "satin", sheen=0.4, drape=0,
            puff=0.8,
        ),
        lift=0.3,
    )
    knot = closed([(44, y - 20, 1), (58, y - 30, 1), (60, y - 8, 1), (47, y + 2, 1)])
    canvas.panel(knot, Cloth(base=tone, weave="satin", sheen=0.3, drape=0), lift=0.5)


def cap(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """Six panels and a peak to the left."""
    stiff = replace(cloth, drape=0.25)
    dome = closed([
        (-70, 178, 1), (-68, 140), (-42, 104), (0, 92), (46, 104), (76, 144), (82, 184, 1),
        (40, 196), (-20, 194),
    ])
    canvas.panel(dome, replace(stiff, puff=1.6))
    seams = [
        curve([(0, 93), (-30, 130), (-38, 190)]), curve([(2, 93), (34, 128), (42, 194)]),
        curve([(4, 93), (62, 118), (80, 170)]),
    ]
    canvas.seams(seams, cloth, strength=0.55)
    canvas.panel(ellipse(1, 92, 13, 8), replace(stiff, drape=0), lift=0.4)
    peak = closed([
        (-72, 172, 1), (-40, 178), (-6, 190, 1), (-30, 204), (-84, 216), (-122, 214), (-128, 204),
        (-104, 186),
    ])
    dark = garment.style == "smart"
    canvas.panel(
        peak, replace(stiff, puff=1.2, base=darker(cloth.base, 0.2 if dark else 0.06)), lift=0.5
    )
    rows = [
        curve([(-74 - i * 9, 180 + i * 6), (-48 - i * 8, 188 + i * 7), (-20 - i * 9, 196 + i * 4)])
        for i in range(3)
    ]
    canvas.stitches(
        rows, lighter(cloth.base, 0.4) if lightness(cloth.base) < 0.5 else darker(cloth.base, 0.35),
        opacity=0.6,
    )
    if garment.style == "casual":
        badge = closed([(-44, 138, 1), (-20, 134, 1), (-18, 156, 1), (-42, 160, 1)])
        canvas.panel(
            badge,
            Cloth(
                base=lighter(cloth.base, 0.8)
                if lightness(cloth.base) < 0.6
                else darker(cloth.base, 0.5),
                weave="canvas",
                drape=0,
            ),
            lift=0.3,
        )
    if garment.style == "evening":
        buttons(canvas, [(-58, 182), (-40, 186), (-22, 190)], GOLD, size=6, sheen=1)


def beret(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """A soft disc, slanting."""
    soft = replace(cloth, drape=0.9, puff=2)
    stem = curve([(14, 106), (16, 94), (22, 90)])
    canvas.panel(band(stem, 6), replace(cloth, drape=0))
    trim = rgb("2b2626") if garment.style == "casual" else cloth.base
    under = closed(
        [(-72, 178), (-30, 190), (30, 190), (74, 176), (70, 196), (24, 207), (-28, 207), (-68, 196)]
    )
    canvas.panel(under, replace(cloth, base=darker(trim, 0.25), drape=0, pattern="plain"))
    disc = closed([
        (-100, 160), (-88, 126), (-36, 104), (24, 100), (80, 114), (108, 146), (96, 176), (50, 190),
        (-20, 196), (-78, 186),
    ])
    folds = [
        curve([(-84, 176), (-56, 168), (-40, 152)]), curve([(84, 168), (62, 160), (52, 146)]),
        curve([(-10, 192), (4, 176), (2, 160)]),
    ]
    canvas.panel(disc, soft, folds=folds, lift=0.5)
    if garment.style == "evening":
        spots = [
            (x + (i % 2) * 9, 124.0 + i * 15) for i in range(4) for x in np.linspace(-56, 64, 8)
        ]
        buttons(canvas, [(float(x), y) for x, y in spots], (0.97, 0.95, 0.92), size=4.4, sheen=0.9)


def pompom(canvas: Canvas, x: float, y: float, colour: tuple[float, float, float]) -> None:
    """A ball of yarn."""
    turns = np.linspace(0, 2 * np.pi, 34, endpoint=False)
    tufts = []
    for turn in turns:
        reach = 21 + canvas.rng.uniform(-2, 4)
        tufts.append(curve([(x, y), (x + reach * np.cos(turn), y + reach * np.sin(turn))]))
    canvas.lines(tufts, darker(colour, 0.12), width=3.4)
    canvas.panel(ellipse(x, y, 40), Cloth(base=colour, weave="tweed", drape=0, puff=2))
