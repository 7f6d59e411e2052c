"""Earrings, necklaces, bracelets; the colour is that of stones, beads or enamel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from modiste.data.drawn.canvas import Canvas
from modiste.data.drawn.cloth import Cloth
from modiste.data.drawn.colours import GOLD, SILVER, Rgb, darker, lighter
from modiste.data.drawn.curves import Curve, band, both, closed, curve, ellipse
from modiste.data.drawn.garment import DrawnGarment
from modiste.data.drawn.shapes.bags import chain
from modiste.data.drawn.shapes.trims import metal

# Outlines read best in rows of points.
# fmt: off


def earrings(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """Enamelled hoops, drops, or chandeliers of stones."""
    rng = canvas.rng
    tone = GOLD if rng.random() < 0.65 else SILVER
    x = 52.0
    hook = curve([(x + 2, 96), (x - 3, 82), (x + 4, 74), (x + 9, 84), (x + 8, 98)])
    canvas.panel(both(band(hook, 2.6)), metal(tone))
    if garment.style == "casual":
        ring = rng.uniform(54, 66)
        hoop = curve([
            (x + ring / 2 * np.sin(t), 96 + ring / 2 - ring / 2 * np.cos(t))
            for t in np.linspace(0.15, 6.13, 18)
        ])
        canvas.panel(
            both(band(hoop, [8, 13, 8])), replace(cloth, drape=0, sheen=0.5, weave="satin")
        )
    elif garment.style == "smart":
        canvas.panel([ellipse(s * x, 104, 15) for s in (-1, 1)], metal(tone), lift=0.3)
        drop = closed(
            [(x, 110, 1), (x + 13, 140), (x + 15, 158), (x, 172), (x - 15, 158), (x - 13, 140)]
        )
        canvas.panel(both(drop), stone(cloth), lift=0.3)
        canvas.panel([ellipse(s * x, 112, 8) for s in (-1, 1)], metal(tone), lift=0.3)
    else:
        gems(canvas, [(s * x, 106.0) for s in (-1, 1)], cloth, tone, 24)
        places = [(-14, 136), (0, 140), (14, 136), (-8, 160), (8, 160), (0, 182)]
        gems(canvas, [(s * x + dx, float(y)) for s in (-1, 1) for dx, y in places], cloth, tone, 15)


def necklace(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """Beads, a pendant on a fine chain, or a collar of stones."""
    rng = canvas.rng
    tone = GOLD if rng.random() < 0.65 else SILVER
    low = rng.uniform(196, 216)
    line = curve([
        (-16, 62), (-62, 92), (-72, 142), (-44, low - 16), (0, low), (44, low - 16), (72, 142),
        (62, 92), (16, 62),
    ])
    if garment.style == "casual":
        size = rng.uniform(12, 16)
        beads = [ellipse(x, y, size) for x, y in _spread(line, int(430 / size))]
        canvas.panel(beads, stone(cloth), lift=0.2)
    elif garment.style == "smart":
        chain(canvas, line, tone, width=3.6)
        canvas.panel(ellipse(0, low + 4, 9), metal(tone), lift=0.3)
        drop = closed([
            (0, low + 6, 1), (13, low + 24), (13, low + 38), (0, low + 48), (-13, low + 38),
            (-13, low + 24),
        ])
        canvas.panel(band(np.concatenate([drop, drop[:1]]), 5), metal(tone), lift=0.3)
        canvas.panel(drop, stone(cloth), lift=0.2)
    else:
        chain(canvas, line, tone, width=4)
        places = [(float(x), float(y)) for x, y in _spread(line, 23) if y > 136]
        gems(canvas, places, cloth, tone, 21)
        gems(canvas, [(x * 0.93, y + 21) for x, y in places if y > low - 42], cloth, tone, 15)


def bracelet(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """Beads on a cord, a bangle, or a row of stones."""
    rng = canvas.rng
    tone = GOLD if rng.random() < 0.65 else SILVER
    wide, tall = 150.0, rng.uniform(92, 110)
    ring = ellipse(0, 150, wide, tall)
    if garment.style == "casual":
        for shift, size in ((-13, 15), (9, 17)):
            beads = [
                ellipse(x, y + shift, size)
                for x, y in _spread(np.concatenate([ring, ring[:1]]), 25)
            ]
            canvas.panel(
                beads,
                replace(stone(cloth), base=cloth.base if shift > 0 else lighter(cloth.base, 0.3)),
                lift=0.3,
            )
    elif garment.style == "smart":
        turns = np.linspace(0, np.pi, 25)
        back = np.stack([-75 * np.cos(turns), 150 - tall / 2 * np.sin(turns)], 1).astype(np.float32)
        face = np.stack([-75 * np.cos(turns), 150 + tall / 2 * np.sin(turns)], 1).astype(np.float32)
        canvas.panel(band(back, 14), metal(darker(tone, 0.3)))
        canvas.panel(band(face, [14, 30, 14]), metal(tone), lift=0.3)
        canvas.panel(
            band(face[2:-2], [9, 17, 9]),
            replace(cloth, drape=0, sheen=0.5, weave="satin", pattern="plain"), lift=0.2,
        )
    else:
        places = [(float(x), float(y)) for x, y in _spread(np.concatenate([ring, ring[:1]]), 24)]
        gems(canvas, sorted(places, key=lambda place: place[1]), cloth, tone, 18)


def stone(cloth: Cloth) -> Cloth:
    """The material of beads: polished."""
    return replace(cloth, drape=0, sheen=0.8, weave="satin", puff=1.3, pattern="plain")


def gems(
    canvas: Canvas, places: Sequence[tuple[float, float]], cloth: Cloth, tone: Rgb, size: float
) -> None:
    """Cut stones in settings: a rim of metal, facets, a flash of light."""
    canvas.panel([ellipse(x, y, size + 4) for x, y in places], metal(tone), lift=0.25)
    canvas.panel([_cut(x, y, size) for x, y in places], stone(cloth))
    r = size / 2
    tables = [_cut(x, y, size * 0.52) for x, y in places]
    canvas.panel(tables, replace(stone(cloth), base=lighter(cloth.base, 0.3), puff=0.6))
    facets = [
        curve([
            (x + r * 0.5 * np.cos(t), y + r * 0.5 * np.sin(t)),
            (x + r * np.cos(t), y + r * np.sin(t)),
        ])
        for x, y in places
        for t in np.arange(8) * np.pi / 4 + np.pi / 8
    ]
    canvas.lines(facets, lighter(cloth.base, 0.6), width=0.8, opacity=0.5)
    flashes = [ellipse(x - r * 0.3, y - r * 0.34, size * 0.24) for x, y in places]
    canvas.panel(flashes, Cloth(base=(1, 1, 1), weave="satin", drape=0, puff=0))


def _cut(x: float, y: float, size: float) -> Curve:
    turns = np.arange(8) * np.pi / 4 + np.pi / 8
    return closed([(x + size / 2 * np.cos(t), y + size / 2 * np.sin(t), 1) for t in turns])


def _spread(line: Curve, count: int) -> Curve:
    """Places at equal distances along a line."""
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    at = np.linspace(0, length[-1], count, endpoint=bool(np.abs(line[0] - line[-1]).max() > 1))
    return np.stack([np.interp(at, length, line[:, axis]) for axis in (0, 1)], 1).astype(np.float32)
