"""Scarves, belts, sunglasses, and jewellery, whose colour is that of stones, beads or enamel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from modiste.data.drawn.canvas import Canvas
from modiste.data.drawn.cloth import Cloth
from modiste.data.drawn.curves import Curve, Knots, band, both, closed, curve, ellipse, moved
from modiste.data.drawn.garment import DrawnGarment
from modiste.data.drawn.palettes import GOLD, SILVER, Rgb, darker, lighter, rgb
from modiste.data.drawn.shapes.bags import chain
from modiste.data.drawn.shapes.trims import metal

# Outlines read best in rows of points.
# fmt: off


def scarf(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """Laid in a loop with both ends down; fringed where it is knitted or woven thick."""
    rng = canvas.rng
    soft = replace(cloth, drape=cloth.drape * 1.3, puff=1.5)
    long = rng.uniform(232, 254)
    under = closed(
        [(-2, 96, 1), (34, 104, 1), (52, 170), (60, long - 12, 1), (14, long - 6, 1), (8, 170)]
    )
    over = closed(
        [(-38, 100, 1), (6, 96, 1), (2, 170), (-6, long, 1), (-56, long - 8, 1), (-48, 168)]
    )
    fringe = garment.season == "winter" and cloth.weave not in ("satin", "velvet")
    if fringe:
        fringes(canvas, (14, long - 6), (60, long - 12), cloth)
    canvas.panel(
        under, replace(soft, base=darker(cloth.base, 0.08)), turn=-6,
        folds=[curve([(14, 104), (28, 170), (34, long - 12)])],
    )
    if fringe:
        fringes(canvas, (-56, long - 8), (-6, long), cloth)
    canvas.panel(
        over, soft, turn=7, lift=0.5, folds=[curve([(-16, 104), (-24, 170), (-30, long - 6)])]
    )
    loop = closed(
        [(-58, 76), (-46, 48), (0, 38), (46, 48), (58, 76), (44, 108), (0, 122), (-44, 108)]
    )
    folds = [
        curve([(-52, 72), (-24, 94), (8, 100), (52, 78)]),
        curve([(-46, 92), (-10, 112), (40, 96)]),
    ]
    canvas.panel(loop, soft, turn=-14, lift=0.6, folds=folds)
    hole = closed([(-34, 66), (-20, 53), (0, 50), (22, 53), (34, 66), (16, 78), (-14, 78)])
    canvas.panel(
        hole,
        replace(cloth, base=darker(cloth.base, 0.5), ink=darker(cloth.ink, 0.5), drape=0, puff=0.2),
    )


def belt(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """Rolled up, with its buckle to the front."""
    rng = canvas.rng
    wide = {"casual": 24.0, "smart": 19.0, "evening": rng.uniform(16, 30)}[garment.style]
    stiff = replace(cloth, drape=0.15, puff=0.8)
    turns = np.linspace(-0.05, np.pi + 0.05, 25)
    back = np.stack([-92 * np.cos(turns), 156 - 44 * np.sin(turns)], 1).astype(np.float32)
    face = np.stack([-92 * np.cos(turns), 156 + 44 * np.sin(turns)], 1).astype(np.float32)
    inner = np.stack([-80 * np.cos(turns), 154 - 26 * np.sin(turns)], 1).astype(np.float32)
    canvas.panel(band(back, wide), replace(stiff, base=darker(cloth.base, 0.35)))
    canvas.panel(band(inner, wide * 0.9), replace(stiff, base=darker(cloth.base, 0.2)), lift=0.4)
    canvas.panel(band(face, wide), stiff, lift=0.4)
    tail = curve([(-34, 197), (20, 204), (78, 201), (114, 188)])
    canvas.panel(band(tail, [wide, wide, wide, wide * 0.9]), stiff, lift=0.5)
    for line in (face, tail):
        canvas.stitches(
            [moved(line, 0, d) for d in (wide * 0.36, -wide * 0.36)], lighter(cloth.base, 0.4),
            opacity=0.5,
        )
    holes = [ellipse(x, y, 3.4) for x, y in ((48, 203.5), (64, 202), (80, 198.5))]
    canvas.panel(holes, Cloth(base=darker(cloth.base, 0.7), drape=0, puff=0))
    tone = GOLD if garment.style != "casual" else SILVER
    frame = _frame(
        -22, 201, 17 if garment.style == "evening" else 15, wide * 0.78,
        round_=garment.style == "evening",
    )
    canvas.panel(band(frame, 5), metal(tone), lift=0.5)
    canvas.panel(band(curve([(-38, 201), (-4, 202)]), 3.4), metal(tone), lift=0.5)
    if garment.style == "evening":
        ring = _frame(-22, 201, 17, wide * 0.78, round_=True)
        gems(
            canvas, [(float(x), float(y)) for x, y in ring[:: max(1, len(ring) // 10)]],
            Cloth(base=(0.93, 0.94, 0.97)), tone, 4,
        )


def sunglasses(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """Round where casual, square where smart, cat-eyed for the evening."""
    lens_shape: dict[str, Knots] = {
        "casual": [
            (8, 146), (18, 126), (44, 118), (72, 128), (80, 152), (68, 178), (42, 186), (18, 176),
        ],
        "smart": [
            (9, 132), (14, 124), (74, 120), (82, 130), (78, 164), (64, 180), (28, 180), (12, 162),
        ],
        "evening": [
            (9, 148), (18, 134), (52, 124), (92, 108, 1), (90, 138), (76, 172), (46, 180),
            (18, 172),
        ],
    }
    frame = closed(lens_shape[garment.style])
    plastic = replace(cloth, drape=0, sheen=0.7, weave="satin", puff=0.9)
    arm = curve([(78, 130), (104, 112), (116, 92), (112, 74)])
    canvas.panel(both(band(arm, [8, 6, 5])), replace(plastic, base=darker(cloth.base, 0.2)))
    canvas.panel(both(frame), plastic, lift=0.3)
    middle = frame.mean(0)
    glass = ((frame - middle) * 0.82 + middle).astype(np.float32)
    tint = rgb("3a3534") if canvas.rng.random() < 0.6 else rgb("6b4f3c")
    canvas.panel(both(glass), Cloth(base=tint, weave="satin", sheen=0.8, drape=0, puff=0.5))
    for side in (glass, moved(glass, flip=True)):
        centre = side.mean(0)
        spot = closed([
            (centre[0] - 22, centre[1] - 18), (centre[0] + 4, centre[1] - 24),
            (centre[0] - 10, centre[1] + 6), (centre[0] - 24, centre[1] + 6),
        ])
        canvas.glow(spot, (1, 1, 1), soft=6, opacity=0.35)
        low = closed([
            (centre[0] - 20, centre[1] + 12), (centre[0] + 24, centre[1] + 6),
            (centre[0] + 16, centre[1] + 26), (centre[0] - 12, centre[1] + 26),
        ])
        canvas.glow(low, lighter(tint, 0.5), soft=8, opacity=0.35)
    canvas.panel(
        band(curve([(-12, 142), (0, 134), (12, 142)]), 6),
        plastic if garment.style != "smart" else metal(GOLD), lift=0.3,
    )
    if garment.style == "evening":
        gems(
            canvas, [(s * x, y) for s in (-1, 1) for x, y in ((80.0, 117.0), (70.0, 121.0))],
            Cloth(base=(0.93, 0.94, 0.97)), SILVER, 5,
        )


def fringes(
    canvas: Canvas, start: tuple[float, float], end: tuple[float, float], cloth: Cloth
) -> None:
    """Threads along the end of a scarf."""
    threads = []
    for share in np.linspace(0.03, 0.97, 13):
        x, y = start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share
        swing = canvas.rng.uniform(-3, 3)
        threads.append(curve([(x, y - 3), (x + swing * 0.4, y + 10), (x + swing, y + 22)]))
    canvas.lines(threads, darker(cloth.base, 0.3), width=3)
    canvas.lines(threads, cloth.base, width=2)


def _frame(x: float, y: float, half: float, tall: float, *, round_: bool) -> np.ndarray:
    if round_:
        ring = ellipse(x, y, half * 2, tall * 2)
        return np.concatenate([ring, ring[:1]])
    return curve([
        (x - half, y - tall, 1), (x + half, y - tall, 1), (x + half, y + tall, 1),
        (x - half, y + tall, 1), (x - half, y - tall, 1),
    ])


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
