"""Jackets: of denim, for the motorcycle, and bombers."""

from __future__ import annotations

from dataclasses import replace

from modiste.data.drawn.canvas import Canvas
from modiste.data.drawn.cloth import Cloth
from modiste.data.drawn.colours import GOLD, SILVER, darker, lightness, rgb
from modiste.data.drawn.curves import band, both, closed, curve, mirrored, moved
from modiste.data.drawn.garment import DrawnGarment
from modiste.data.drawn.shapes.bodice import (
    Bodice,
    cuffs,
    front,
    hem_band,
    inside,
    long_sleeves,
    neck_band,
)
from modiste.data.drawn.shapes.trims import LINING, THREAD, buttons, column, shirt_collar, zip_line

# Outlines read best in rows of points.
# fmt: off


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
