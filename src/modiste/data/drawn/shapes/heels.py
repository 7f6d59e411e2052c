"""Heels, sandals."""

from __future__ import annotations

from dataclasses import replace

from modiste.data.drawn.canvas import Canvas
from modiste.data.drawn.cloth import Cloth
from modiste.data.drawn.colours import GOLD, SILVER, darker, lighter, rgb
from modiste.data.drawn.curves import band, curve, ellipse
from modiste.data.drawn.garment import DrawnGarment
from modiste.data.drawn.shapes.last import CREPE, INSIDE, WOOD, Last, pair

# Outlines read best in rows of points.
# fmt: off


def heels(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """Pumps: a block heel where they are casual, a stiletto for the evening."""
    block = garment.style == "casual"
    stiff = replace(cloth, drape=0.2)
    strap = canvas.rng.random() < 0.45

    def draw(last: Last) -> None:
        last.panel(
            [(-44, 178), (-10, 176), (40, 148), (84, 108), (74, 140), (20, 184), (-30, 194)],
            replace(INSIDE, puff=0.6), lift=0,
        )
        if block:
            last.panel(
                [(54, 146, 1), (94, 128, 1), (92, 203, 1), (62, 203, 1)],
                replace(cloth, drape=0, base=darker(cloth.base, 0.12)),
            )
        else:
            last.panel(
                [
                    (58, 150, 1), (95, 122, 1), (91, 150), (86, 176), (84, 204, 1), (78, 204, 1),
                    (78, 178), (72, 162),
                ],
                replace(cloth, drape=0, base=darker(cloth.base, 0.1)),
            )
        last.panel(
            [
                (-112, 199, 1), (-98, 188), (-74, 174), (-46, 168, 1), (-34, 184), (-6, 186),
                (34, 162), (62, 122), (84, 98, 1), (94, 112), (95, 134), (80, 150), (46, 172),
                (8, 192), (-30, 201), (-76, 203),
            ],
            stiff,
        )
        last.lines(
            [[(-110, 201), (-60, 204), (-28, 202), (10, 194), (48, 174), (80, 152)]],
            darker(WOOD, 0.55), 2.2,
        )
        if strap:
            last.panel(
                band(curve([(82, 104), (52, 84), (14, 92), (4, 110), (26, 124), (66, 118)]), 4),
                replace(stiff, drape=0, puff=0.4), lift=0.2,
            )
            last.panel(ellipse(16, 94, 7), Cloth(base=GOLD, weave="satin", sheen=0.9, drape=0))
        if garment.style == "evening":
            last.panel(
                ellipse(-64, 180, 13, 10),
                Cloth(base=lighter(SILVER, 0.5), weave="sequins", sheen=0.8, drape=0), lift=0.4,
            )

    pair(canvas, draw)


def sandals(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """Straps on a flat sole, a cork wedge, or a heel."""
    stiff = replace(cloth, drape=0, puff=0.9)
    rise = {"casual": 0.0, "smart": 26.0, "evening": 52.0}[garment.style]

    def draw(last: Last) -> None:
        foot = [
            (-104, 188), (-60, 188), (0, 188 - rise * 0.25), (50, 186 - rise * 0.75),
            (94, 184 - rise),
        ]
        last.panel(band(curve(foot), 9), replace(INSIDE, base=rgb("c79f72")), lift=0)
        if garment.style == "casual":
            last.panel(
                [(-108, 191, 1), (0, 194), (97, 190, 1), (98, 202, 1), (-104, 202, 1)],
                Cloth(base=CREPE, weave="straw", drape=0, puff=0.5),
            )
        elif garment.style == "smart":
            last.panel(
                [
                    (-108, 191, 1), (0, 193 - rise * 0.25), (50, 191 - rise * 0.75),
                    (97, 188 - rise, 1), (92, 203, 1), (-104, 203, 1),
                ],
                Cloth(base=CREPE, weave="straw", drape=0, puff=0.7),
            )
        else:
            last.panel(
                [(66, 178 - rise * 0.8, 1), (96, 186 - rise, 1), (88, 203, 1), (79, 203, 1)],
                replace(stiff, base=darker(cloth.base, 0.1)),
            )
        width = {"casual": 17, "smart": 14, "evening": 7}[garment.style]
        for path in (
            [(-90, 188), (-80, 170), (-58, 162), (-42, 168), (-34, 189)],
            [(-52, 188), (-42, 160), (-20, 148), (-2, 158), (6, 187 - rise * 0.25)],
        ):
            last.panel(band(curve(path), width), stiff, lift=0.5)
        low = 188 - rise
        for path in (
            [(92, low - 4), (93, low - 30), (84, low - 52)],
            [
                (84, low - 52), (60, low - 44), (34, low - 50), (26, low - 62), (44, low - 72),
                (70, low - 66), (84, low - 52),
            ],
        ):
            last.panel(band(curve(path), width * 0.6), stiff, lift=0.4)
        last.panel(
            ellipse(30, low - 54, 9), Cloth(base=GOLD, weave="satin", sheen=0.9, drape=0), lift=0.4
        )

    pair(canvas, draw)
