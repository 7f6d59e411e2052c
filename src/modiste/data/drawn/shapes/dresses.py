"""Shirt dresses, slip dresses, wrap dresses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from modiste.data.drawn.canvas import Canvas
from modiste.data.drawn.cloth import Cloth
from modiste.data.drawn.curves import Curve, band, both, curve, mirrored
from modiste.data.drawn.garment import DrawnGarment
from modiste.data.drawn.palettes import GOLD, darker, lighter, lightness
from modiste.data.drawn.shapes.bodice import (
    Bodice,
    cuffs,
    front,
    inside,
    long_sleeves,
    short_sleeves,
)
from modiste.data.drawn.shapes.trims import buttons, column, shirt_collar, tie

# Outlines read best in rows of points.
# fmt: off

TOP = Bodice(top=22, neck=18, drop=13, shoulder=43, chest=44, waist=41, hem=37, bottom=124, curve=0)


def shirt_dress(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """Collar and buttons down to the hem, a belt at the waist."""
    rng = canvas.rng
    b = TOP
    bottom = rng.uniform(236, 272)
    inside(canvas, b, cloth)
    if garment.season == "summer" or rng.random() < 0.4:
        short_sleeves(canvas, b, cloth, length=44, width=25)
    else:
        cuffs(
            canvas,
            long_sleeves(canvas, replace(b, sleeve=122, elbow=24, cuff=17, spread=30), cloth),
            replace(cloth, drape=0.2), depth=10,
        )
    skirt(canvas, b, cloth, bottom=bottom, hem=rng.uniform(58, 72))
    canvas.panel(front(b), cloth, lift=0.3)
    canvas.seams([curve([(x, b.top + b.drop), (x, bottom)]) for x in (-5, 5)], cloth, strength=0.4)
    shirt_collar(canvas, b, cloth, length=20)
    button = lighter(cloth.base, 0.75) if lightness(cloth.base) < 0.6 else darker(cloth.base, 0.3)
    buttons(
        canvas, column(0, b.top + b.drop + 13, bottom - 16, 21),
        GOLD if garment.style == "evening" else button, size=4,
    )
    belt(canvas, b, cloth, garment)


def slip_dress(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """Thin straps and a long line."""
    rng = canvas.rng
    top, bottom, hem = 62.0, rng.uniform(246, 276), rng.uniform(50, 66)
    strap = curve([(24, top), (22, top - 26), (17, top - 38)])
    chest = 38.0
    back = mirrored([(0, top + 4), (26, top + 3), (chest - 4, top + 24, 1), (0, top + 26)])
    canvas.panel(back, replace(cloth, base=darker(cloth.base, 0.3), drape=0, puff=0))
    canvas.panel(
        both(band(strap, 6 if garment.style == "casual" else 2.6)),
        replace(cloth, pattern="plain", drape=0, puff=0.4),
    )
    cowl = rng.random() < 0.5 and garment.style != "casual"
    neck = (
        [(0.0, top + 14), (14.0, top + 9)]
        if cowl or garment.style == "casual"
        else [(0.0, top + 18, 1), (14.0, top + 5)]
    )
    body = mirrored([
        *neck, (24, top - 2, 1), (32, top + 8), (chest, top + 26, 1), (chest - 5, top + 62),
        (hem * 0.76, top + 104), (hem, bottom - 5, 1), (hem * 0.5, bottom), (0, bottom + 1),
    ])
    drops = (
        [curve([(-18, top + 10), (0, top + 22 + i * 9), (18, top + 10)]) for i in range(2)]
        if cowl
        else []
    )
    canvas.panel(body, cloth, folds=drops, lift=0.3)
    canvas.seams(
        [curve([(-hem, bottom - 11), (0, bottom - 5), (hem, bottom - 11)])], cloth, strength=0.3
    )
    if garment.style == "casual":
        tiers(canvas, [(top + 80, chest + 1), (top + 132, hem * 0.86)], cloth)


def wrap_dress(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """One side over the other, tied at the waist."""
    rng = canvas.rng
    b = replace(TOP, vee=True, drop=56, neck=20)
    bottom, hem = rng.uniform(232, 268), rng.uniform(64, 84)
    inside(canvas, replace(b, drop=40), cloth)
    if garment.season == "winter":
        cuffs(
            canvas, long_sleeves(canvas, replace(b, sleeve=120, cuff=22, spread=32), cloth),
            replace(cloth, drape=0.2), depth=6,
        )
    else:
        short_sleeves(canvas, b, cloth, length=46, width=30)
    skirt(canvas, b, cloth, bottom=bottom, hem=hem)
    over = curve([(-6, b.bottom), (16, b.bottom + 60), (rng.uniform(26, 40), bottom - 2)])
    canvas.panel(front(b), cloth, lift=0.3)
    edge = curve([(-b.neck, b.top), (-8, b.top + 44), (b.waist - 8, b.bottom - 6)])
    canvas.seams([over, edge, curve([(b.neck, b.top), (6, b.top + 46)])], cloth, strength=0.6)
    if garment.style == "smart":  # piped edges
        pale = lightness(cloth.base) > 0.6
        piping = darker(cloth.base, 0.5) if pale else lighter(cloth.base, 0.8)
        canvas.lines([edge, curve([(b.neck, b.top), (6, b.top + 46)])], piping, width=2.6)
    tie(canvas, b, cloth)
    if garment.style == "evening":
        buttons(canvas, [(b.waist - 16, b.bottom - 2)], GOLD, size=13, sheen=1)
        buttons(canvas, [(b.waist - 16, b.bottom - 2)], (0.97, 0.95, 0.92), size=7, sheen=0.9)


def skirt(canvas: Canvas, b: Bodice, cloth: Cloth, *, bottom: float, hem: float) -> None:
    """The skirt of a dress, gathered at the waist."""
    y = b.bottom
    shape = mirrored([
        (0, y - 4), (b.hem, y - 4, 1), (b.hem + 11, y + 30), (hem - 4, bottom - 40),
        (hem, bottom - 6, 1), (hem * 0.5, bottom - 1), (0, bottom + 1),
    ])
    gathers = [
        curve([(b.hem * t, y), (b.hem * t * 1.25, y + 22 + 26 * abs(t)), (hem * t, bottom - 30)])
        for t in np.linspace(-0.8, 0.8, 6)
    ]
    canvas.panel(shape, cloth, folds=gathers)
    canvas.seams(
        [
            curve([
                (-hem, bottom - 13), (-hem * 0.5, bottom - 8), (0, bottom - 6),
                (hem * 0.5, bottom - 8), (hem, bottom - 13),
            ])
        ],
        cloth,
        strength=0.3,
    )


def belt(canvas: Canvas, b: Bodice, cloth: Cloth, garment: DrawnGarment) -> None:
    """A belt of the same cloth, or a leather one."""
    strip = mirrored([
        (0, b.bottom - 7), (b.hem + 1, b.bottom - 8, 1), (b.hem + 2, b.bottom + 3, 1),
        (0, b.bottom + 5),
    ])
    leather = garment.style == "smart"
    own = (
        Cloth(base=(0.3, 0.19, 0.13), weave="leather", drape=0, sheen=0.3)
        if leather
        else replace(cloth, drape=0, puff=0.8)
    )
    canvas.panel(strip, own, lift=0.5)
    if leather:
        frame = curve([
            (-7, b.bottom - 9, 1), (7, b.bottom - 9, 1), (7, b.bottom + 6, 1),
            (-7, b.bottom + 6, 1), (-7, b.bottom - 9, 1),
        ])
        canvas.panel(
            band(frame, 2.4), Cloth(base=GOLD, weave="satin", sheen=0.9, drape=0), lift=0.4
        )
    else:
        tie(canvas, b, cloth)


def tiers(canvas: Canvas, rows: list[tuple[float, float]], cloth: Cloth) -> None:
    """Gathered seams around a loose dress."""
    for y, half in rows:
        line = curve([(-half, y - 2), (0, y + 2), (half, y - 2)])
        canvas.seams([line], cloth, strength=0.5)
        gathers: list[Curve] = [
            curve([(x, y + 1), (x * 1.03, y + 9 + (x * 7 % 6))])
            for x in np.linspace(-half * 0.92, half * 0.92, 15)
        ]
        canvas.seams(gathers, cloth, strength=0.22)
