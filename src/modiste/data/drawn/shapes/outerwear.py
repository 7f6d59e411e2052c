"""Coats, blazers, puffers; jackets of denim, for the motorcycle, and bombers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from modiste.data.drawn.canvas import Canvas
from modiste.data.drawn.cloth import Cloth
from modiste.data.drawn.curves import band, both, closed, curve, mirrored, moved
from modiste.data.drawn.garment import DrawnGarment
from modiste.data.drawn.palettes import GOLD, SILVER, darker, lighter, lightness, rgb
from modiste.data.drawn.shapes.bodice import (
    Bodice,
    cuffs,
    front,
    hem_band,
    inside,
    long_sleeves,
    neck_band,
)
from modiste.data.drawn.shapes.trims import (
    LINING,
    THREAD,
    buttons,
    column,
    filling,
    flaps,
    lapels,
    sash,
    shirt_collar,
    welts,
    zip_line,
)

# Outlines read best in rows of points.
# fmt: off


def coat(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """Long: a belted trench where it is casual, double-breasted where smart."""
    rng = canvas.rng
    bottom = rng.uniform(258, 276)
    b = Bodice(
        top=26, neck=19, drop=16, shoulder=47, chest=48, waist=47, hem=rng.uniform(54, 62),
        bottom=bottom, curve=2,
    )
    inside(canvas, b, LINING)
    wrist = long_sleeves(canvas, replace(b, sleeve=134, elbow=27, cuff=21, spread=25), cloth)
    cuffs(canvas, wrist, replace(cloth, drape=0.1), depth=6)
    canvas.panel(front(replace(b, vee=True, drop=74)), cloth, lift=0.4)
    filling(canvas, b, 74)
    over = curve([(-4, b.top + 74), (-6, 150), (-6, bottom)])
    canvas.seams([over], cloth, strength=0.7)
    lapels(canvas, b, cloth, depth=74, width=17)
    y = b.top + 92
    if garment.style == "casual":
        buttons(
            canvas, [(x, y + d) for x in (-18, 10) for d in (-16, 40, 64)],
            darker(cloth.base, 0.45), size=6,
        )
        sash(canvas, b, 132, cloth)
        straps = closed(
            [(36, b.top + 8, 1), (46, b.top + 11, 1), (45, b.top + 17, 1), (36, b.top + 15, 1)]
        )
        canvas.panel(both(straps), replace(cloth, drape=0), lift=0.4)
    else:
        gold = garment.style == "evening"
        buttons(
            canvas, [(x, y + d) for x in (-19, 9) for d in (0, 26, 52)],
            GOLD if gold else darker(cloth.base, 0.4), size=7, sheen=0.9 if gold else 0.3,
        )
    welts(canvas, 31, 168, cloth)


def blazer(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """Notched lapels, flap pockets, one or two buttons."""
    rng = canvas.rng
    deep = rng.uniform(82, 102)
    b = Bodice(
        top=38, neck=20, drop=14, shoulder=54, chest=53, waist=rng.uniform(47, 51), hem=57,
        bottom=rng.uniform(212, 228), curve=-5,
    )
    inside(canvas, b, LINING)
    wrist = long_sleeves(canvas, replace(b, sleeve=140, elbow=28, cuff=20, spread=27), cloth)
    if garment.style != "casual":
        buttons(
            canvas,
            [
                (s * (b.shoulder + 12), b.shoulder_y + 134 + d)
                for s in (-1, 1)
                for d in (0, -6, -12)
            ],
            GOLD if garment.style == "evening" else darker(cloth.base, 0.4),
            size=3,
        )
    canvas.seams(both(moved(wrist, 0, -2)), cloth, strength=0.3)
    canvas.panel(front(replace(b, vee=True, drop=deep)), cloth, lift=0.4)
    filling(canvas, b, deep)
    canvas.seams(
        [
            curve([(0, b.top + deep), (-3, b.bottom - 18), (-12, b.bottom - 3)]),
            *both(curve([(28, b.top + 62), (30, b.bottom - 48)])),
        ],
        cloth,
        strength=0.6,
    )
    silk = (
        replace(cloth, weave="satin", sheen=0.9, pattern="plain", base=darker(cloth.base, 0.12))
        if garment.style == "evening"
        else cloth
    )
    lapels(canvas, b, silk, depth=deep, width=19)
    flaps(canvas, 32, b.top + deep + 22, cloth)
    if garment.style == "smart":
        canvas.panel(
            closed(
                [(20, b.top + 62, 1), (38, b.top + 57, 1), (38, b.top + 61, 1), (20, b.top + 66, 1)]
            ),
            replace(cloth, drape=0),
            lift=0.4,
        )
    rows = [0.0, 22.0] if garment.style != "evening" else [0.0]
    buttons(
        canvas, [(0, b.top + deep + 5 + d) for d in rows],
        darker(cloth.base, 0.45) if garment.style != "evening" else GOLD, size=6.4,
    )


def puffer(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """Quilted in tubes, with a zip and a collar that stands."""
    rng = canvas.rng
    long = rng.random() < 0.4
    b = Bodice(
        top=40, neck=22, drop=6, shoulder=56, chest=62, waist=63, hem=60,
        bottom=252 if long else 216, curve=3,
    )
    tube = replace(cloth, puff=1.5, drape=0.5)
    quilts = [
        curve([(46 + i * 1.5, b.shoulder_y + 16 + i * 23), (100, b.shoulder_y + 10 + i * 23)])
        for i in range(7)
    ]
    sleeve = closed([
        (b.shoulder - 9, b.shoulder_y - 6, 1), (b.shoulder + 9, b.shoulder_y + 4), (79, 110),
        (90, 160), (92, 206, 1), (66, 211, 1), (61, 160), (b.chest - 8, b.armpit, 1),
        (b.shoulder - 9, b.shoulder_y + 20),
    ])
    for shape, lines in zip(
        both(sleeve), ([q for q in quilts], [moved(q, flip=True) for q in quilts]), strict=True
    ):
        canvas.panel(shape, tube, folds=[line for line in lines for _ in (0, 1)])
    rows = [
        curve([(-70, y), (0, y + 4), (70, y)]) for y in np.arange(b.top + 34, b.bottom - 12, 24)
    ]
    canvas.panel(front(b), tube, folds=rows, lift=0.4)
    canvas.seams(rows, cloth, strength=0.35)
    collar = mirrored([
        (0, b.top - 18), (b.neck - 4, b.top - 19), (b.neck + 3, b.top - 12),
        (b.neck + 5, b.top + 6), (b.neck * 0.6, b.top + 13), (0, b.top + 14),
    ])
    canvas.panel(
        collar, tube, folds=[curve([(-26, b.top - 3), (0, b.top), (26, b.top - 3)])], lift=0.4
    )
    zip_line(
        canvas, curve([(0, b.top - 16), (0, b.bottom)]),
        GOLD if garment.style == "evening" else SILVER,
    )
    if garment.style == "casual":
        cord = curve([(-8, b.top + 6), (-9, b.top + 30)])
        canvas.lines(both(cord), lighter(cloth.base, 0.7), width=2)




def jacket(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """A trucker jacket where it is casual, a biker jacket where smart, a bomber for the evening."""
    {"casual": _trucker, "smart": _biker, "evening": _bomber}[garment.style](canvas, cloth)


def _trucker(canvas: Canvas, cloth: Cloth) -> None:
    b = Bodice(
        top=48, neck=20, drop=14, shoulder=55, chest=57, waist=55, hem=52, bottom=206, curve=0
    )
    thread = THREAD if lightness(cloth.base) < 0.75 else darker(cloth.base, 0.3)
    inside(canvas, b, cloth)
    wrist = long_sleeves(canvas, replace(b, sleeve=140, elbow=29, cuff=20, spread=30), cloth)
    cuffs(canvas, wrist, replace(cloth, drape=0), depth=12)
    canvas.panel(front(b), cloth, lift=0.4)
    yoke = curve([(3, b.top + 50), (b.chest, b.top + 47)])
    vees = [curve([(x, b.top + 50), (18 + (x - 24) * 0.2, b.bottom - 6)]) for x in (18, 38)]
    for lines in ([yoke, *vees],):
        canvas.seams([piece for line in lines for piece in both(line)], cloth, strength=0.5)
        canvas.stitches(
            [piece for line in lines for piece in both(moved(line, 1.5, 2.5))], thread, opacity=0.7,
        )
    canvas.seams(
        [curve([(x, b.top + b.drop), (x, b.bottom)]) for x in (-6, 6)], cloth, strength=0.5
    )
    for flap in both(
        closed([
            (16, b.top + 49, 1), (42, b.top + 49, 1), (41, b.top + 56, 1), (29, b.top + 64, 1),
            (17, b.top + 56, 1),
        ])
    ):
        canvas.panel(flap, replace(cloth, drape=0), lift=0.4)
    hem_band(canvas, b, replace(cloth, drape=0), depth=13)
    shirt_collar(canvas, b, cloth, length=26)
    buttons(
        canvas,
        [*column(0, b.top + b.drop + 16, b.bottom + 4, 24), (-29, b.top + 57), (29, b.top + 57)],
        rgb("b48a55"), size=5.4, sheen=0.8,
    )


def _biker(canvas: Canvas, cloth: Cloth) -> None:
    b = Bodice(
        top=46, neck=20, drop=12, shoulder=55, chest=54, waist=50, hem=51, bottom=198, curve=0
    )
    inside(canvas, b, LINING)
    wrist = long_sleeves(canvas, replace(b, sleeve=142, elbow=27, cuff=19, spread=30), cloth)
    zip_line(canvas, moved(curve([(b.shoulder + 24, 176), (b.shoulder + 27, 198)])), SILVER)
    canvas.seams(both(moved(wrist, 0, -4)), cloth, strength=0.5)
    canvas.panel(front(b), cloth, lift=0.4)
    zip_line(canvas, curve([(-17, b.top + 52), (-12, 130), (8, b.bottom)]), SILVER)
    for line in (
        curve([(22, 132), (40, 122)]), curve([(-42, 126), (-26, 136)]), curve([(26, 92), (42, 84)]),
    ):
        zip_line(canvas, line, SILVER)
    wide = closed([
        (1, b.top + 10, 1), (15, b.top + 2, 1), (42, b.top + 34, 1), (30, b.top + 40, 1),
        (33, b.top + 50, 1), (6, b.top + 66, 1),
    ])
    other = moved(
        closed([
            (2, b.top + 10, 1), (15, b.top + 2, 1), (40, b.top + 34, 1), (28, b.top + 40, 1),
            (30, b.top + 48, 1), (16, b.top + 62, 1),
        ]),
        flip=True,
    )
    stiff = replace(cloth, drape=0.3)
    canvas.panel([wide, other], stiff, lift=0.6)
    canvas.panel(
        mirrored([
            (0, b.top - 8), (b.neck, b.top - 6), (b.neck + 7, b.top + 8, 1), (12, b.top + 12, 1),
            (0, b.top + 2),
        ]),
        stiff,
        lift=0.4,
    )
    hem_band(canvas, b, stiff, depth=13)
    strip = closed([
        (-30, b.bottom - 8, 1), (30, b.bottom - 8, 1), (30, b.bottom + 1, 1),
        (-30, b.bottom + 1, 1),
    ])
    canvas.panel(strip, replace(stiff, puff=0.6), lift=0.4)
    frame = curve([
        (10, b.bottom - 10, 1), (22, b.bottom - 10, 1), (22, b.bottom + 3, 1),
        (10, b.bottom + 3, 1), (10, b.bottom - 10, 1),
    ])
    canvas.panel(band(frame, 2), Cloth(base=SILVER, weave="satin", sheen=0.9, drape=0), lift=0.4)
    buttons(canvas, [(s * 36, b.top + 38) for s in (-1, 1)], SILVER, size=3.4, sheen=0.9)


def _bomber(canvas: Canvas, cloth: Cloth) -> None:
    b = Bodice(
        top=48, neck=21, drop=10, shoulder=56, chest=59, waist=60, hem=55, bottom=208, curve=2
    )
    rib = replace(
        cloth, weave="rib", pattern="plain", drape=0, sheen=0.1, base=darker(cloth.base, 0.25)
    )
    inside(canvas, b, LINING)
    wrist = long_sleeves(canvas, replace(b, sleeve=138, elbow=33, cuff=22, spread=34), cloth)
    cuffs(canvas, wrist, rib, depth=14)
    canvas.panel(front(replace(b, bottom=b.bottom - 5)), cloth, lift=0.4)
    hem_band(canvas, b, rib, depth=14)
    neck_band(canvas, b, rib, width=11)
    zip_line(canvas, curve([(0, b.top + b.drop), (0, b.bottom + 8)]), GOLD)
    canvas.seams(both(curve([(24, 132), (42, 158)])), cloth, strength=0.8)
