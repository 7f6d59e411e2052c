"""T-shirts, shirts, sweaters, camisoles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from modiste.data.drawn.canvas import Canvas
from modiste.data.drawn.cloth import Cloth
from modiste.data.drawn.curves import band, both, curve, mirrored
from modiste.data.drawn.garment import DrawnGarment
from modiste.data.drawn.palettes import GOLD, darker, lighter, lightness
from modiste.data.drawn.shapes.bodice import (
    Bodice,
    cuffs,
    front,
    hem_band,
    inside,
    long_sleeves,
    neck_band,
    roll_neck,
    short_sleeves,
)
from modiste.data.drawn.shapes.trims import bow, buttons, column, pocket, shirt_collar

# Outlines read best in rows of points.
# fmt: off


def t_shirt(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """Short sleeves, a round or pointed neck; a pocket where it is casual."""
    rng = canvas.rng
    b = Bodice(
        vee=garment.style != "casual" and rng.random() < 0.5, drop=rng.uniform(14, 20),
        chest=rng.uniform(53, 58), hem=rng.uniform(54, 60), bottom=rng.uniform(222, 240),
        neck=rng.uniform(21, 26),
    )
    if b.vee:
        b = replace(b, drop=b.drop + 16)
    inside(canvas, b, cloth)
    short_sleeves(canvas, b, cloth, length=rng.uniform(46, 56))
    canvas.panel(front(b), cloth, lift=0.35)
    neck_band(
        canvas, b,
        replace(cloth, pattern="plain", drape=0, weave="rib" if cloth.sheen < 0.2 else cloth.weave),
        width=6,
    )
    canvas.seams(
        [
            curve([
                (-b.hem, b.bottom - b.curve - 7), (0, b.bottom - 6),
                (b.hem, b.bottom - b.curve - 7),
            ])
        ],
        cloth,
        strength=0.35,
    )
    if garment.style == "casual" and rng.random() < 0.5:
        pocket(canvas, 26, b.armpit + 2, cloth)
    if garment.style == "evening":
        pearls = [(b.neck * t, b.top + 7 + b.drop * (1 - abs(t) ** (1 if b.vee else 2.4))) for t in
                  np.linspace(-0.9, 0.9, 13)]
        buttons(canvas, pearls, (0.97, 0.95, 0.92), size=3.6, sheen=0.9)


def shirt(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """Collar, button placket, long sleeves with cuffs; a bow where it is for the evening."""
    rng = canvas.rng
    b = Bodice(
        neck=20, drop=16, shoulder=53, chest=rng.uniform(54, 58), waist=rng.uniform(51, 57),
        bottom=rng.uniform(232, 246), curve=12,
    )
    inside(canvas, b, cloth)
    wrist = long_sleeves(canvas, replace(b, sleeve=rng.uniform(140, 154)), cloth)
    cuffs(canvas, wrist, replace(cloth, drape=0.2))
    canvas.panel(front(b), cloth, lift=0.35)
    placket = [curve([(x, b.top + b.drop), (x, b.bottom - 1)]) for x in (-5, 5)]
    canvas.seams(placket, cloth, strength=0.4)
    yoke = curve([(b.shoulder - 3, b.top + 22), (b.neck, b.top + 16)])
    canvas.seams(both(yoke), cloth, strength=0.3)
    shirt_collar(canvas, b, cloth)
    evening = garment.style == "evening"
    button = (
        GOLD
        if evening
        else (darker(cloth.base, 0.3) if lightness(cloth.base) > 0.6 else lighter(cloth.base, 0.75))
    )
    buttons(canvas, column(0, b.top + b.drop + 14, b.bottom - 12), button)
    if garment.style == "casual":
        for side in (-27, 27):
            pocket(canvas, side, b.armpit - 4, cloth, flap=True)
    if evening:
        bow(canvas, b.top + b.drop + 2, cloth)


def sweater(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """Knitted, with ribs at neck, wrists and hem."""
    rng = canvas.rng
    casual = garment.style == "casual"
    b = Bodice(
        neck=rng.uniform(21, 26), drop=rng.uniform(11, 16), shoulder=55, chest=60 if casual else 56,
        waist=60 if casual else 54, hem=58 if casual else 53, bottom=rng.uniform(218, 232),
        vee=garment.style == "smart" and rng.random() < 0.5,
    )
    if b.vee:
        b = replace(b, drop=42)
    rib = replace(cloth, weave="rib", pattern="plain", drape=0, puff=1.2)
    inside(canvas, b, cloth)
    wrist = long_sleeves(canvas, replace(b, elbow=31, cuff=22), cloth)
    cuffs(canvas, wrist, rib, depth=15)
    canvas.panel(front(replace(b, bottom=b.bottom - 6)), cloth, lift=0.4)
    hem_band(canvas, b, rib)
    if casual and cloth.weave == "knit" and cloth.pattern == "plain":
        cables(canvas, b, cloth)
    if not b.vee and rng.random() < 0.4:
        roll_neck(canvas, b, rib)
    else:
        neck_band(canvas, b, rib, width=8)
    if garment.style == "evening":
        shine = [
            (x + rng.uniform(-3, 3), y + rng.uniform(-3, 3))
            for x in range(-44, 50, 16)
            for y in range(int(b.armpit), int(b.bottom) - 14, 17)
        ]
        buttons(canvas, shine, (0.97, 0.94, 0.9), size=3.4, sheen=0.9)


def camisole(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """Thin straps, a light body."""
    rng = canvas.rng
    casual = garment.style == "casual"
    top, strap = rng.uniform(92, 100), (9.0 if casual else 3.0)
    chest, hem, bottom = rng.uniform(46, 50), rng.uniform(48, 58), rng.uniform(214, 232)
    dip = 8 if casual else rng.uniform(10, 20)
    back = mirrored([(0, top + 4), (30, top + 4), (chest - 6, top + 24, 1), (0, top + 26)])
    canvas.panel(back, replace(cloth, base=darker(cloth.base, 0.3), drape=0, puff=0))
    straps = curve([(26, top - 2), (24, top - 34), (21, top - 44)])
    canvas.panel(both(band(straps, strap)), replace(cloth, pattern="plain", drape=0, puff=0.4))
    neckline = (
        [(0, top + dip), (16, top + dip * 0.6)] if casual else [(0, top + dip, 1), (14, top + 5)]
    )
    body = mirrored([
        *neckline, (26, top - 3, 1), (36, top + 8), (chest, top + 26, 1), (chest - 4, top + 64),
        (hem, bottom - 4, 1), (hem * 0.5, bottom), (0, bottom + 1),
    ])
    canvas.panel(body, cloth, lift=0.3)
    canvas.seams(
        [curve([(-hem, bottom - 10), (0, bottom - 5), (hem, bottom - 10)])], cloth, strength=0.3
    )
    if not casual:
        canvas.seams(
            both(curve([(0, top + dip + 5), (14, top + 10), (26, top + 2)])), cloth, strength=0.45
        )


def cables(canvas: Canvas, b: Bodice, cloth: Cloth) -> None:
    """Two twisted columns down the front."""
    for x in (-24.0, 0.0, 24.0):
        left, right = [], []
        for step, y in enumerate(range(int(b.top + b.drop + 12), int(b.bottom - 10), 9)):
            swing = 5 if step % 2 else -5
            left.append((x - swing, float(y)))
            right.append((x + swing, float(y)))
        rope = replace(cloth, drape=0, puff=1.1, base=lighter(cloth.base, 0.05))
        canvas.panel([band(curve(left), 5), band(curve(right), 5)], rope, lift=0.55)
