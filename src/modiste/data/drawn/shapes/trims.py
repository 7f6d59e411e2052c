"""Collars, lapels, buttons, pockets, zips, belts: what is sewn onto a garment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from modiste.data.drawn.canvas import Canvas
from modiste.data.drawn.cloth import Cloth
from modiste.data.drawn.curves import both, closed, curve, ellipse, mirrored
from modiste.data.drawn.palettes import Rgb, darker, rgb
from modiste.data.drawn.shapes.bodice import Bodice

# Outlines read best in rows of points.
# fmt: off


def buttons(
    canvas: Canvas,
    spots: Sequence[tuple[float, float]],
    colour: Rgb,
    *,
    size: float = 4.6,
    sheen: float = 0.3,
) -> None:
    """Round buttons."""
    if spots:
        cloth = Cloth(base=colour, weave="satin", sheen=sheen, drape=0, puff=0.5)
        canvas.panel([ellipse(x, y, size) for x, y in spots], cloth, lift=0.5)


def column(x: float, top: float, bottom: float, step: float = 25) -> list[tuple[float, float]]:
    """Places for a row of buttons."""
    return [(x, float(y)) for y in np.arange(top, bottom, step)]


def shirt_collar(canvas: Canvas, b: Bodice, cloth: Cloth, *, length: float = 24) -> None:
    """Two pointed leaves that meet at the throat."""
    leaf = closed([
        (1, b.top + b.drop, 1), (b.neck * 0.6, b.top + b.drop * 0.3), (b.neck - 3, b.top - 8, 1),
        (b.neck + 4, b.top + 1), (b.neck * 0.62 + 6, b.top + b.drop + length * 0.62, 1),
    ])
    stand = mirrored(
        [(0, b.top - 8), (b.neck - 4, b.top - 9, 1), (b.neck - 2, b.top + 2), (0, b.top + 6)]
    )
    canvas.panel(stand, replace(cloth, base=darker(cloth.base, 0.14), drape=0, puff=0.4), lift=0)
    canvas.panel(both(leaf), replace(cloth, drape=0.2, puff=0.7), lift=0.5)


def pocket(canvas: Canvas, x: float, y: float, cloth: Cloth, *, flap: bool = False) -> None:
    """A patch pocket on the chest."""
    shape = closed(
        [(x - 12, y, 1), (x + 12, y, 1), (x + 12, y + 22, 1), (x, y + 28, 1), (x - 12, y + 22, 1)]
    )
    canvas.panel(shape, replace(cloth, drape=0, puff=0.3), lift=0.3)
    edge = curve([
        (x - 10.5, y + 2, 1), (x - 10.5, y + 21, 1), (x, y + 26, 1), (x + 10.5, y + 21, 1),
        (x + 10.5, y + 2, 1),
    ])
    canvas.seams([edge], cloth, strength=0.3)
    if flap:
        canvas.panel(
            closed([
                (x - 13, y - 2, 1), (x + 13, y - 2, 1), (x + 13, y + 5, 1), (x, y + 11, 1),
                (x - 13, y + 5, 1),
            ]),
            replace(cloth, drape=0, puff=0.4),
            lift=0.4,
        )


def bow(canvas: Canvas, y: float, cloth: Cloth) -> None:
    """A soft bow at the throat."""
    soft = replace(cloth, drape=0.8, puff=1.3)
    tail = closed([(1, y, 1), (8, y + 18), (22, y + 64, 1), (9, y + 70, 1), (2, y + 30)])
    loop = closed([(0, y, 1), (12, y - 11), (30, y - 10), (33, y + 4), (26, y + 12), (10, y + 6)])
    canvas.panel(both(tail), soft, lift=0.5)
    canvas.panel(both(loop), soft, lift=0.5)
    canvas.panel(ellipse(0, y + 1, 11, 13), replace(soft, drape=0), lift=0.6)


def lapels(canvas: Canvas, b: Bodice, cloth: Cloth, *, depth: float, width: float) -> None:
    """Notched lapels that meet `depth` below the neck, and the collar behind them."""
    end = b.top + depth
    notch = b.top + depth * 0.36
    lapel = closed([
        (b.neck - 6, b.top + 6, 1), (b.neck + width * 0.52, notch - 4, 1),
        (b.neck + width, notch - 7, 1), (b.neck + width * 0.7, notch + depth * 0.2), (1.5, end, 1),
        (b.neck * 0.5, b.top + depth * 0.55),
    ])
    collar = closed([
        (b.neck - 7, b.top - 9, 1), (b.neck + 3, b.top - 2), (b.neck + width * 0.62, notch - 12, 1),
        (b.neck + width * 0.36, notch - 2, 1), (b.neck - 6, b.top + 9, 1),
    ])
    canvas.panel(
        mirrored(
            [(0, b.top - 10), (b.neck - 6, b.top - 9, 1), (b.neck - 3, b.top + 2), (0, b.top + 5)]
        ),
        replace(cloth, base=darker(cloth.base, 0.15), drape=0),
    )
    stiff = replace(cloth, drape=0.25, puff=0.7)
    canvas.panel(both(lapel), stiff, lift=0.6)
    canvas.panel(both(collar), stiff, lift=0.5)


def filling(canvas: Canvas, b: Bodice, depth: float) -> None:
    """The lining between the lapels."""
    gap = mirrored([
        (0, b.top + 2), (b.neck - 2, b.top + 2, 1), (b.neck * 0.5, b.top + depth * 0.5),
        (0, b.top + depth, 1),
    ])
    canvas.panel(gap, replace(LINING, puff=0.2))


LINING = Cloth(base=rgb("5b4a44"), weave="satin", sheen=0.3, drape=0)


def flaps(canvas: Canvas, x: float, y: float, cloth: Cloth) -> None:
    """Pocket flaps on both sides."""
    flap = closed([(x - 14, y, 1), (x + 15, y - 3, 1), (x + 16, y + 8, 1), (x - 13, y + 11, 1)])
    canvas.panel(both(flap), replace(cloth, drape=0, puff=0.5), lift=0.45)


def welts(canvas: Canvas, x: float, y: float, cloth: Cloth) -> None:
    """Slanting pockets on both sides."""
    welt = closed([(x - 5, y - 14, 1), (x + 1, y - 15, 1), (x + 8, y + 13, 1), (x + 2, y + 15, 1)])
    canvas.panel(both(welt), replace(cloth, drape=0, puff=0.5), lift=0.45)


def tie(canvas: Canvas, b: Bodice, cloth: Cloth) -> None:
    """A sash with a knot at the side."""
    strip = mirrored([
        (0, b.bottom - 6), (b.hem + 1, b.bottom - 7, 1), (b.hem + 2, b.bottom + 3, 1),
        (0, b.bottom + 4),
    ])
    soft = replace(cloth, drape=0.4, puff=1.0)
    canvas.panel(strip, soft, lift=0.4)
    x, y = b.hem - 12, b.bottom - 2
    ends = [
        closed([
            (x - 1, y, 1), (x + 4, y + 30), (x + 13, y + 62, 1), (x + 4, y + 66, 1),
            (x - 3, y + 34),
        ]),
        closed(
            [(x, y, 1), (x - 8, y + 26), (x - 9, y + 52, 1), (x - 17, y + 51, 1), (x - 13, y + 24)]
        ),
        closed([(x, y, 1), (x + 10, y - 9), (x + 22, y - 4), (x + 12, y + 5)]),
        closed([(x, y, 1), (x - 10, y - 9), (x - 21, y - 3), (x - 11, y + 5)]),
    ]
    canvas.panel(ends, soft, lift=0.5)
    canvas.panel(
        closed([(x - 4, y - 5), (x + 4, y - 5), (x + 5, y + 5), (x - 4, y + 5)]), soft, lift=0.5
    )


def sash(canvas: Canvas, b: Bodice, y: float, cloth: Cloth) -> None:
    """A tied belt around a coat."""
    strip = mirrored([(0, y - 6), (b.waist + 1, y - 8, 1), (b.waist + 1, y + 4, 1), (0, y + 6)])
    own = replace(cloth, drape=0.2, base=darker(cloth.base, 0.05))
    canvas.panel(strip, own, lift=0.5)
    ends = [
        closed([(-3, y, 1), (5, y, 1), (14, y + 48, 1), (3, y + 51, 1)]),
        closed([(-2, y, 1), (5, y + 2, 1), (-6, y + 40, 1), (-15, y + 36, 1)]),
        closed([(0, y - 5, 1), (18, y - 12), (22, y - 3), (4, y + 5, 1)]),
    ]
    canvas.panel(ends, own, lift=0.5)
    canvas.panel(closed([(-5, y - 7), (6, y - 7), (7, y + 7), (-5, y + 7)]), own, lift=0.5)


def zip_line(canvas: Canvas, line: np.ndarray, metal: tuple[float, float, float]) -> None:
    """A metal zip: a dark tape with teeth."""
    canvas.lines([line], (0.1, 0.1, 0.11), width=4.2, opacity=0.55)
    canvas.lines([line], metal, width=2.2)
    canvas.stitches([line], darker(metal, 0.5), opacity=0.5)
    puller = closed([
        (line[0][0] - 1.5, line[0][1] + 2, 1), (line[0][0] + 1.5, line[0][1] + 2, 1),
        (line[0][0] + 2, line[0][1] + 11, 1), (line[0][0] - 2, line[0][1] + 11, 1),
    ])
    canvas.panel(puller, Cloth(base=metal, weave="satin", sheen=0.9, drape=0), lift=0.4)


THREAD = rgb("c98d4a")


def metal(colour: Rgb) -> Cloth:
    """Polished metal."""
    return Cloth(base=colour, weave="satin", sheen=1, drape=0, puff=0.6)
