"""Totes, handbags, crossbody bags, clutches."""

from __future__ import annotations

from dataclasses import replace

from modiste.data.drawn.canvas import Canvas
from modiste.data.drawn.cloth import Cloth
from modiste.data.drawn.curves import (
    Curve,
    band,
    both,
    closed,
    curve,
    dashes,
    ellipse,
    mirrored,
    moved,
)
from modiste.data.drawn.garment import DrawnGarment
from modiste.data.drawn.palettes import GOLD, SILVER, Rgb, darker, lighter, lightness, rgb
from modiste.data.drawn.shapes.trims import metal

# Outlines read best in rows of points.
# fmt: off

TAN = Cloth(base=rgb("9c6238"), weave="leather", sheen=0.25, drape=0)


def tote(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """Open, with two handles over the shoulder."""
    rng = canvas.rng
    top, bottom, wide, low = 118.0, rng.uniform(238, 256), rng.uniform(76, 88), rng.uniform(66, 80)
    handle = (
        TAN
        if garment.style == "casual" and lightness(cloth.base) > 0.25
        else replace(cloth, drape=0, pattern="plain", puff=0.9)
    )
    loop = curve([(-34, top + 10), (-32, 72), (-14, 46), (14, 46), (32, 72), (34, top + 10)])
    canvas.panel(band(moved(loop, 7, -3), 7), replace(handle, base=darker(handle.base, 0.22)))
    canvas.panel(
        mirrored([(0, top - 5), (wide - 3, top - 3, 1), (wide, top + 10, 1), (0, top + 12)]),
        Cloth(base=darker(cloth.base, 0.5), weave="canvas", drape=0, puff=0),
    )
    body = mirrored([
        (0, top + 4), (wide, top, 1), ((wide + low) / 2 + 1, (top + bottom) / 2),
        (low, bottom - 4, 1), (low - 6, bottom + 1), (0, bottom + 3),
    ])
    canvas.panel(body, cloth, lift=0.3)
    canvas.panel(band(loop, 7.5), handle, lift=0.5)
    tabs = closed([
        (28, top + 2, 1), (41, top + 2, 1), (41, top + 34, 1), (34.5, top + 40, 1),
        (28, top + 34, 1),
    ])
    canvas.panel(both(tabs), handle, lift=0.4)
    canvas.seams([curve([(-wide, top + 10), (0, top + 13), (wide, top + 10)])], cloth, strength=0.4)
    if garment.style != "casual":
        canvas.panel(
            closed([(-13, top + 30, 1), (13, top + 30, 1), (13, top + 38, 1), (-13, top + 38, 1)]),
            metal(GOLD)
            if garment.style == "evening"
            else replace(handle, base=darker(handle.base, 0.2)),
            lift=0.4,
        )


def handbag(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """Structured, with a flap, a clasp and a top handle."""
    rng = canvas.rng
    top, bottom, wide, low = 128.0, 242.0, rng.uniform(70, 80), rng.uniform(80, 92)
    stiff = replace(cloth, drape=cloth.drape * 0.3)
    grip = curve([(-38, top + 4), (-36, 92), (-18, 66), (18, 66), (36, 92), (38, top + 4)])
    canvas.panel(band(grip, 8), replace(stiff, drape=0, pattern="plain"))
    body = mirrored([
        (0, top), (wide - 8, top), (wide, top + 10, 1), (low, bottom - 14), (low - 8, bottom),
        (0, bottom + 2),
    ])
    canvas.panel(body, replace(stiff, base=darker(cloth.base, 0.08)), lift=0.3)
    drop = rng.uniform(52, 70)
    flap = mirrored([
        (0, top - 3), (wide - 8, top - 3), (wide + 1, top + 8, 1), (wide + 3, top + drop * 0.62),
        (wide - 22, top + drop * 0.92), (0, top + drop),
    ])
    canvas.panel(flap, stiff, lift=0.6)
    inner = [
        curve([
            (-wide, top + drop * 0.62 - 4), (-wide + 22, top + drop * 0.92 - 5),
            (0, top + drop - 5), (wide - 22, top + drop * 0.92 - 5), (wide, top + drop * 0.62 - 4),
        ])
    ]
    canvas.stitches(
        inner, lighter(cloth.base, 0.45) if garment.style == "casual" else darker(cloth.base, 0.4),
        opacity=0.6,
    )
    clasp(canvas, top + drop - 4, garment)
    canvas.panel(
        [ellipse(s * 37, top + 6, 11) for s in (-1, 1)],
        metal(GOLD if garment.style != "casual" else SILVER), lift=0.4,
    )


def crossbody(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """Small and rounded, on a long strap or a chain."""
    rng = canvas.rng
    top, bottom, wide = 158.0, 248.0, rng.uniform(56, 66)
    strap = curve([
        (-wide + 8, top + 8), (-58, 104), (-40, 50), (0, 32), (40, 50), (58, 104),
        (wide - 8, top + 8),
    ])
    if garment.style == "evening":
        chain(canvas, strap, GOLD)
    else:
        canvas.panel(band(strap, 5), replace(cloth, drape=0, pattern="plain", puff=0.6))
    stiff = replace(cloth, drape=cloth.drape * 0.4)
    body = mirrored([
        (0, top), (wide - 14, top, 0) if False else (wide - 14, top), (wide, top + 16),
        (wide + 2, bottom - 26), (wide - 16, bottom), (0, bottom + 3),
    ])
    canvas.panel(body, stiff, lift=0.3)
    if garment.style == "casual":
        canvas.lines(
            [curve([(-wide + 10, top + 20), (0, top + 24), (wide - 10, top + 20)])], SILVER, width=3
        )
        pocket = mirrored([
            (0, top + 40), (wide - 16, top + 38), (wide - 12, bottom - 18), (wide - 24, bottom - 8),
            (0, bottom - 6),
        ])
        canvas.panel(pocket, replace(stiff, drape=0), lift=0.4)
        return
    flap = mirrored([
        (0, top - 2), (wide - 12, top - 2), (wide + 1, top + 14), (wide - 2, top + 42),
        (wide - 26, top + 58), (0, top + 62),
    ])
    quilt = []
    if garment.style == "evening" and cloth.weave != "sequins":
        quilt = [
            curve([(x, top - 4), (x + d, top + 64)])
            for d in (-50, 50)
            for x in range(-100, 110, 20)
        ]
    canvas.panel(flap, stiff, folds=quilt, lift=0.6)
    clasp(canvas, top + 58, garment)


def clutch(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """Flat, an envelope or a frame with a kiss lock."""
    rng = canvas.rng
    top, bottom, wide = 112.0, 206.0, rng.uniform(94, 104)
    stiff = replace(cloth, drape=cloth.drape * 0.4)
    if garment.style == "evening" and rng.random() < 0.6:
        body = mirrored([
            (0, top + 4), (wide - 20, top + 2), (wide - 4, top + 20), (wide, bottom - 24),
            (wide - 16, bottom), (0, bottom + 4),
        ])
        canvas.panel(body, replace(stiff, puff=1.6))
        canvas.panel(
            band(curve([(-wide + 12, top + 6), (0, top + 3), (wide - 12, top + 6)]), 9),
            metal(GOLD), lift=0.4,
        )
        canvas.panel([ellipse(-5, top - 4, 11), ellipse(6, top - 4, 11)], metal(GOLD), lift=0.4)
        return
    canvas.panel(
        mirrored([(0, top), (wide, top, 1), (wide + 1, bottom, 1), (0, bottom + 2)]),
        replace(stiff, base=darker(cloth.base, 0.08)),
    )
    flap = mirrored([
        (0, top - 3), (wide + 1, top - 3, 1), (wide + 1, top + 12, 1), (8, top + 64), (0, top + 67),
    ])
    canvas.panel(flap, stiff, lift=0.6)
    if garment.style == "casual":
        tassel(canvas, wide - 14, top + 20)
    canvas.panel(
        ellipse(0, top + 56, 10), metal(SILVER if garment.style == "casual" else GOLD), lift=0.5
    )


def clasp(canvas: Canvas, y: float, garment: DrawnGarment) -> None:
    """A turn lock."""
    if garment.style == "casual":
        strap = closed(
            [(-7, y - 20, 1), (7, y - 20, 1), (7, y + 18, 1), (0, y + 24, 1), (-7, y + 18, 1)]
        )
        canvas.panel(strap, TAN, lift=0.5)
        canvas.panel(ellipse(0, y + 10, 7), metal(SILVER), lift=0.4)
        return
    plate = closed([(-12, y - 8, 1), (12, y - 8, 1), (12, y + 8, 1), (-12, y + 8, 1)])
    canvas.panel(plate, metal(GOLD), lift=0.5)
    canvas.panel(ellipse(0, y, 8, 5), metal(darker(GOLD, 0.35)), lift=0.4)


def chain(canvas: Canvas, line: Curve, colour: Rgb, *, width: float = 5) -> None:
    """Links along a line."""
    links = dashes(line, 6.5, 1.5)
    canvas.panel([band(link, width) for link in links], metal(colour), lift=0.2)
    canvas.lines(links, darker(colour, 0.55), width=1.4, opacity=0.8)


def tassel(canvas: Canvas, x: float, y: float) -> None:
    """A fringe of leather on a ring."""
    canvas.panel(ellipse(x, y, 8), metal(SILVER), lift=0.4)
    strips = [
        closed([
            (x - 4 + i * 2, y + 6, 1), (x - 2.4 + i * 2, y + 6, 1), (x - 4 + i * 3.4, y + 48, 1),
            (x - 7 + i * 3.4, y + 48, 1),
        ])
        for i in range(5)
    ]
    canvas.panel(strips, TAN, lift=0.4)
