"""Jeans, trousers, skirts, shorts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from modiste.data.drawn.canvas import Canvas
from modiste.data.drawn.cloth import Cloth
from modiste.data.drawn.curves import Curve, both, closed, curve, mirrored, moved
from modiste.data.drawn.garment import DrawnGarment
from modiste.data.drawn.palettes import GOLD, SILVER, darker, lighter, lightness
from modiste.data.drawn.shapes.trims import THREAD, buttons, column

# Outlines read best in rows of points.
# fmt: off


@dataclass(frozen=True, kw_only=True)
class Legs:
    """Measures of a pair of trousers in pixels; widths are halves, from the axis."""

    top: float = 34
    waist: float = 38
    hip: float = 51
    crotch: float = 112
    knee: float = 50
    outer: float = 50
    """Where the hem ends on the outside."""
    inner: float = 20
    bottom: float = 272


def jeans(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """Five pockets, rivets; contrast thread and fading where they are casual."""
    rng = canvas.rng
    legs = Legs(**FITS[str(rng.choice(["slim", "straight", "flared"]))])
    waistless(canvas, legs, cloth)
    casual = garment.style == "casual"
    thread = THREAD if casual and lightness(cloth.base) < 0.8 else darker(cloth.base, 0.3)
    if casual:
        pale = lighter(cloth.base, 0.5)
        for side in both(closed([(18, 128), (34, 124), (38, 168), (32, 196), (20, 168)])):
            canvas.glow(side, pale, soft=7, opacity=0.42)
    yokes(canvas, legs, cloth, thread)
    canvas.stitches(
        both(curve([(legs.hip - 3, 88), (legs.knee - 4, 190), (legs.outer - 4, legs.bottom - 2)])),
        thread, opacity=0.5,
    )
    belt_line(canvas, legs, cloth)
    canvas.stitches(
        [curve([(-legs.waist, legs.top + 13), (0, legs.top + 15), (legs.waist, legs.top + 13)])],
        thread,
    )
    buttons(canvas, [(0, legs.top + 8)], GOLD if casual else SILVER, size=6, sheen=0.8)
    buttons(
        canvas,
        [(s * x, y) for s in (-1, 1) for x, y in ((20, legs.top + 20), (43, legs.top + 32))],
        GOLD if casual else SILVER, size=2.6, sheen=0.8,
    )


def trousers(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """A pressed crease where they are smart, a cord where casual, a wide leg for the evening."""
    rng = canvas.rng
    fit = {"casual": "straight", "smart": str(rng.choice(["slim", "straight"])), "evening": "wide"}[
        garment.style
    ]
    legs = Legs(**FITS[fit])
    crease = curve([
        (legs.waist * 0.55, legs.top + 18), (legs.knee * 0.7, 150),
        ((legs.outer + legs.inner) / 2, legs.bottom - 3),
    ])
    waistless(canvas, legs, cloth, folds=both(crease) if garment.style == "smart" else [])
    if garment.style == "smart":
        canvas.seams(both(crease), cloth, strength=0.28)
    slant = curve([(legs.waist - 10, legs.top + 14), (legs.hip - 4, 82)])
    canvas.seams(
        [*both(slant), curve([(0, legs.top + 14), (0, legs.crotch)])], cloth, strength=0.45
    )
    belt_line(canvas, legs, cloth)
    if garment.style == "casual":
        cord(canvas, legs.top + 9, cloth)
        canvas.seams(
            both(curve([(legs.inner, legs.bottom - 9), (legs.outer, legs.bottom - 9)])), cloth,
            strength=0.4,
        )
    else:
        buttons(
            canvas, [(5, legs.top + 8)],
            darker(cloth.base, 0.4) if garment.style == "smart" else GOLD, size=5,
        )
    if garment.style == "evening":
        stripe = curve([
            (legs.waist - 1, legs.top + 15), (legs.hip - 2, 86), (legs.knee - 2, 180),
            (legs.outer - 2, legs.bottom - 1),
        ])
        canvas.lines(both(stripe), lighter(cloth.base, 0.28), width=3, opacity=0.7)


def shorts(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """Legs to mid-thigh."""
    rng = canvas.rng
    bottom = rng.uniform(158, 176)
    legs = Legs(
        top=62, waist=45, hip=60, crotch=138, knee=66, outer=69 + rng.uniform(0, 9), inner=5,
        bottom=bottom + 26,
    )
    leg = [
        (0, legs.top + 6), (legs.waist, legs.top + 2, 1), (legs.hip, 112),
        (legs.outer, legs.bottom - 9, 1), (legs.inner + 2, legs.bottom, 1), (2, legs.crotch + 3),
        (0, legs.crotch, 1),
    ]
    canvas.panel(
        mirrored(leg), cloth, folds=both(curve([(5, legs.crotch - 6), (26, legs.crotch - 15)]))
    )
    hem = curve([(legs.inner, legs.bottom - 8), (legs.outer + 1, legs.bottom - 17)])
    canvas.seams(both(hem), cloth, strength=0.45)
    slant = curve([(legs.waist - 12, legs.top + 14), (legs.hip - 1, 112)])
    canvas.seams(
        [*both(slant), curve([(0, legs.top + 14), (0, legs.crotch)])], cloth, strength=0.45
    )
    belt_line(canvas, legs, cloth)
    if garment.style == "casual":
        cord(canvas, legs.top + 9, cloth)
    elif garment.style == "smart":
        pleats = [curve([(x, legs.top + 15), (x + 3, legs.top + 50)]) for x in (17, 27)]
        canvas.seams([line for pleat in pleats for line in both(pleat)], cloth, strength=0.4)
        buttons(canvas, [(4, legs.top + 8)], darker(cloth.base, 0.45), size=5)
    else:
        buttons(canvas, [(-4, legs.top + 8), (6, legs.top + 8)], GOLD, size=5, sheen=0.9)


def skirt(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """Buttoned where it is casual, pleated where smart, cut on the bias for the evening."""
    rng = canvas.rng
    low, wide = {"casual": (190, 74), "smart": (236, 82), "evening": (262, 62)}[garment.style]
    bottom, hem = low + rng.uniform(-10, 12), wide + rng.uniform(-8, 8)
    top, waist, sag = 50.0, 38.0, 8.0
    body = mirrored([
        (0, top + 4), (waist, top, 1), (waist + 15, top + 40), (hem - 4, bottom - 40),
        (hem, bottom - sag, 1), (hem * 0.5, bottom - 1), (0, bottom + 1),
    ])
    fan = [
        curve([(waist * t, top + 8), (hem * 0.8 * t, (top + bottom) / 2), (hem * t, bottom - 2)])
        for t in np.linspace(-0.86, 0.86, 11)
    ]
    pleated = garment.style == "smart"
    canvas.panel(
        body, replace(cloth, drape=cloth.drape * (0.4 if pleated else 1)),
        folds=fan if pleated else [],
    )
    if pleated:
        canvas.seams(fan, cloth, strength=0.3)
    edge = curve([
        (-hem, bottom - sag - 7), (-hem * 0.5, bottom - 8), (0, bottom - 6),
        (hem * 0.5, bottom - 8), (hem, bottom - sag - 7),
    ])
    canvas.seams([edge], cloth, strength=0.3)
    band = mirrored([(0, top - 6), (waist - 1, top - 9, 1), (waist + 1, top + 5, 1), (0, top + 9)])
    canvas.panel(band, replace(cloth, drape=0, puff=0.7), lift=0.35)
    if garment.style == "casual":
        canvas.seams([curve([(x, top + 8), (x, bottom)]) for x in (-6, 6)], cloth, strength=0.4)
        buttons(
            canvas, column(0, top, bottom - 8, 22),
            GOLD if cloth.weave == "denim" else lighter(cloth.base, 0.6), size=6,
        )
        for x in both(closed([(20, 78, 1), (42, 78, 1), (44, 100, 1), (32, 106, 1), (20, 100, 1)])):
            canvas.panel(x, replace(cloth, drape=0, puff=0.3), lift=0.3)


FITS: dict[str, dict[str, float]] = {
    "slim": {"knee": 43, "outer": 39, "inner": 12},
    "straight": {"knee": 49, "outer": 50, "inner": 11},
    "flared": {"knee": 43, "outer": 60, "inner": 14},
    "wide": {"hip": 55, "knee": 66, "outer": 76, "inner": 9},
}


def waistless(
    canvas: Canvas, legs: Legs, cloth: Cloth, *, folds: list[Curve] | None = None
) -> None:
    """Both legs up to the waistband, and the hollow at the crotch."""
    knee_y = (legs.crotch + legs.bottom) / 2 + 4
    thigh = legs.inner * 0.45 + legs.knee * 0.12
    half = [
        (0, legs.top + 6), (legs.waist, legs.top + 2, 1),
        (legs.hip, (legs.top + legs.crotch) / 2 + 8), (legs.hip + 1.5, legs.crotch + 8),
        (legs.knee, knee_y), (legs.outer, legs.bottom - 3, 1), (legs.inner, legs.bottom + 1, 1),
        ((legs.inner + thigh) / 2, knee_y), (3, legs.crotch + 6), (0, legs.crotch, 1),
    ]
    whiskers = [
        curve([(6, legs.crotch - 4 + i * 7), (22, legs.crotch - 12 + i * 7)]) for i in range(2)
    ]
    canvas.panel(
        mirrored(half), cloth, folds=[*(folds or []), *(line for w in whiskers for line in both(w))]
    )


def yokes(canvas: Canvas, legs: Legs, cloth: Cloth, thread: tuple[float, float, float]) -> None:
    """Scooped pockets and the fly of a pair of jeans."""
    scoop = curve([
        (legs.waist * 0.48, legs.top + 14), (legs.waist * 0.62, legs.top + 32),
        (legs.hip - 1, legs.top + 38),
    ])
    fly = curve([(9, legs.top + 15), (9, legs.crotch - 26), (0, legs.crotch - 12)])
    canvas.seams([*both(scoop), curve([(0, legs.top + 14), (0, legs.crotch)])], cloth, strength=0.5)
    canvas.stitches([*both(moved(scoop, 0.5, 3)), fly], thread)


def belt_line(canvas: Canvas, legs: Legs, cloth: Cloth) -> None:
    """A waistband with loops, and the inside of the back."""
    t, w = legs.top, legs.waist
    back = mirrored([(0, t - 4), (w - 3, t - 3, 1), (w - 1, t + 8, 1), (0, t + 12)])
    canvas.panel(back, Cloth(base=darker(cloth.base, 0.35), weave="canvas", drape=0, puff=0))
    front = mirrored([(0, t + 3), (w - 1, t - 2, 1), (w + 2, t + 12, 1), (0, t + 17)])
    plain = replace(
        cloth, drape=0, puff=0.7,
        pattern="plain" if cloth.pattern != "pinstriped" else cloth.pattern,
    )
    canvas.panel(front, plain, lift=0.3)
    loop = closed([
        (w * 0.5 - 2, t + 0.5, 1), (w * 0.5 + 2, t + 0.5, 1), (w * 0.5 + 2, t + 17, 1),
        (w * 0.5 - 2, t + 17, 1),
    ])
    canvas.panel(both(loop), replace(plain, puff=0.5), lift=0.4)


def cord(canvas: Canvas, y: float, cloth: Cloth) -> None:
    """A drawstring tied at the waist."""
    colour = lighter(cloth.base, 0.7) if lightness(cloth.base) < 0.6 else darker(cloth.base, 0.45)
    loops = [
        curve([(0, y + 3), (9, y - 3), (14, y + 5), (2, y + 5)]),
        curve([(1, y + 4), (7, y + 20), (6, y + 36)]),
    ]
    canvas.lines([line for loop in loops for line in both(loop)], colour, width=2)
