"""Sneakers, loafers, ankle boots, heels, sandals: a pair each, from the side, toes to the left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from modiste.data.drawn.canvas import Canvas
from modiste.data.drawn.cloth import Cloth
from modiste.data.drawn.curves import Curve, Knots, band, closed, curve, ellipse, moved
from modiste.data.drawn.garment import DrawnGarment
from modiste.data.drawn.palettes import GOLD, SILVER, Rgb, darker, lighter, lightness, rgb

# Outlines read best in rows of points.
# fmt: off

RUBBER, CREPE, WOOD = rgb("f0eee8"), rgb("d8b98a"), rgb("8a5a3a")


INSIDE = Cloth(base=rgb("c9b196"), weave="leather", drape=0, puff=0.4)


class Last:
    """One shoe of the pair: what is drawn on it is moved to its place."""

    def __init__(self, canvas: Canvas, x: float, y: float, shade: float) -> None:
        self.canvas, self.x, self.y, self.shade = canvas, x, y, shade

    def place(self, shape: Curve) -> Curve:
        """A shape in the shoe's own coordinates, put where the shoe stands."""
        return moved(shape, self.x, self.y)

    def panel(
        self, knots: Knots | Curve, cloth: Cloth, *, lift: float = 0.35, turn: float = 0
    ) -> None:
        """Lay a piece, a little darker on the shoe behind."""
        shape = knots if isinstance(knots, np.ndarray) else closed(knots)
        tone = replace(
            cloth, base=darker(cloth.base, self.shade), ink=darker(cloth.ink, self.shade)
        )
        self.canvas.panel(self.place(shape), tone, lift=lift, turn=turn)

    def seams(self, lines: Sequence[Knots], cloth: Cloth, strength: float = 0.5) -> None:
        """Draw seams."""
        self.canvas.seams([self.place(curve(line)) for line in lines], cloth, strength=strength)

    def lines(self, lines: Sequence[Knots], colour: Rgb, width: float, opacity: float = 1) -> None:
        """Draw lines."""
        self.canvas.lines(
            [self.place(curve(line)) for line in lines], colour, width=width, opacity=opacity
        )


def pair(canvas: Canvas, draw: Callable[[Last], None]) -> None:
    """Draw two shoes, one behind the other."""
    draw(Last(canvas, 16, -22, 0.16))
    draw(Last(canvas, -10, 14, 0.0))




def sneakers(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """Low lace-ups with a rubber sole."""
    pale = lighter(cloth.base, 0.85) if lightness(cloth.base) < 0.75 else darker(cloth.base, 0.18)
    accent = GOLD if garment.style == "evening" else pale
    stiff = replace(cloth, drape=0.25, scale=0.8)
    chunky = 6.0 if canvas.rng.random() < 0.4 else 0.0

    def draw(last: Last) -> None:
        last.panel(
            [(18, 108), (60, 103), (84, 112), (60, 132), (20, 128)],
            replace(INSIDE, base=darker(cloth.base, 0.5)), lift=0,
        )
        last.panel(
            [(2, 86, 1), (17, 90), (30, 118, 1), (-4, 132, 1)],
            replace(stiff, base=darker(cloth.base, 0.12)),
        )
        last.panel(
            [
                (-102, 184, 1), (-103, 164), (-88, 147), (-58, 139), (-28, 122), (0, 104, 1),
                (22, 112), (44, 124), (66, 114), (86, 101, 1), (93, 116), (94, 150), (98, 186, 1),
                (0, 192, 1),
            ],
            stiff,
        )
        last.panel(
            [(-102, 184, 1), (-103, 164), (-88, 147), (-62, 141, 1), (-55, 164), (-62, 190, 1)],
            replace(stiff, drape=0),
        )
        last.panel(
            [(70, 112), (86, 101, 1), (93, 116), (94, 150), (97, 182, 1), (66, 184, 1), (66, 146)],
            replace(stiff, drape=0, base=darker(cloth.base, 0.1)), lift=0.25,
        )
        eyestay = [(-50, 137, 1), (-24, 121), (1, 104, 1), (13, 118, 1), (-6, 138), (-26, 157, 1)]
        last.panel(eyestay, replace(stiff, drape=0), lift=0.4)
        laces: list[Knots] = [
            [(-41 + i * 11, 135 - i * 8), (-22 + i * 9.4, 148 - i * 8.4)] for i in range(4)
        ]
        last.lines(laces, darker(pale, 0.35), 4.6)
        last.lines(laces, pale, 3.2)
        last.seams(
            [
                [(-55, 166), (-20, 170), (30, 158), (66, 150)],
                [(20, 118), (44, 130), (66, 120), (86, 108)],
            ],
            cloth,
            0.4,
        )
        last.lines([[(18, 180), (30, 152)], [(32, 181), (44, 150)]], accent, 4.5, 0.9)
        last.panel(
            [
                (-107, 179 - chunky, 1), (-60, 186 - chunky), (0, 189 - chunky), (60, 186 - chunky),
                (100, 180 - chunky, 1), (102, 196), (97, 202, 1), (-98, 202, 1), (-107, 194),
            ],
            Cloth(base=RUBBER, weave="leather", drape=0, puff=0.7),
        )
        last.lines([[(-104, 194), (0, 197), (100, 194)]], darker(RUBBER, 0.3), 1)

    pair(canvas, draw)


def loafers(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """A saddle across the instep, with a tassel or a metal bit."""
    stiff = replace(cloth, drape=0.25)
    metal = GOLD if garment.style != "casual" else None

    def draw(last: Last) -> None:
        last.panel(
            [(-14, 136), (30, 138), (84, 126), (70, 156), (10, 166), (-20, 154)],
            replace(INSIDE, base=darker(cloth.base, 0.45)), lift=0,
        )
        last.panel(
            [
                (-103, 190, 1), (-105, 172), (-88, 156), (-54, 150), (-24, 136), (-6, 124, 1),
                (4, 144), (32, 156), (62, 146), (86, 122, 1), (95, 134), (96, 160), (98, 190, 1),
                (0, 194, 1),
            ],
            stiff,
        )
        last.seams(
            [
                [(-92, 160), (-84, 170), (-56, 170), (-30, 160)],
                [(-92, 163), (-84, 173), (-56, 173), (-30, 163)],
            ],
            cloth,
            0.6,
        )
        last.panel(
            [(-46, 147, 1), (-16, 132, 1), (6, 158), (12, 190, 1), (-20, 191, 1), (-26, 168)],
            replace(stiff, drape=0, base=darker(cloth.base, 0.1)), lift=0.4,
        )
        if metal:
            last.panel(
                band(curve([(-38, 150), (-20, 146), (-6, 141)]), 4.5),
                Cloth(base=metal, weave="satin", sheen=1, drape=0), lift=0.5,
            )
            for x, y in ((-38, 151), (-6, 142)):
                last.panel(
                    ellipse(x, y, 8), Cloth(base=metal, weave="satin", sheen=1, drape=0), lift=0.4
                )
        else:
            for x in (-26, -17):
                last.panel(
                    [(x, 146, 1), (x + 4, 146, 1), (x + 7, 166, 1), (x - 3, 166, 1)],
                    replace(stiff, drape=0, puff=0.8), lift=0.5,
                )
        last.panel(
            [
                (-107, 186, 1), (0, 192), (100, 188, 1), (101, 203, 1), (62, 203, 1), (58, 197, 1),
                (-98, 198, 1),
            ],
            Cloth(base=darker(WOOD, 0.5), weave="leather", drape=0, puff=0.5),
        )

    pair(canvas, draw)


def ankle_boots(canvas: Canvas, garment: DrawnGarment, cloth: Cloth) -> None:
    """Elastic at the sides and a flat sole, or a heel and a zip."""
    flat = garment.style == "casual"
    rise = 0.0 if flat else 26.0
    stiff = replace(cloth, drape=0.5)
    rugged = flat and canvas.rng.random() < 0.6

    def draw(last: Last) -> None:
        toe, heel = 186.0, 188.0 - rise
        last.panel(
            [(24, 64), (58, 60), (90, 66), (58, 76)],
            replace(INSIDE, base=darker(cloth.base, 0.55)), lift=0,
        )
        last.panel(
            [
                (-100, toe, 1), (-97, 172 if flat else 178), (-72, 160 if flat else 165),
                (-36, 148), (2, 132), (18, 108), (22, 66, 1), (54, 74), (92, 66, 1), (90, 108),
                (91, 140), (96, heel, 1), (60, heel + 4), (20, toe + 3 - rise * 0.2),
                (-30, toe + 4),
            ],
            stiff,
        )
        if flat:
            last.panel(
                [(44, 72, 1), (72, 72, 1), (66, 118), (56, 132), (48, 116)],
                Cloth(base=darker(cloth.base, 0.5), weave="rib", drape=0, puff=0.3), lift=0.1,
            )
            last.lines([[(88, 68), (97, 56), (92, 72)]], darker(cloth.base, 0.3), 4)
        else:
            last.lines(
                [[(56, 76), (54, 120), (48, 160)]],
                GOLD if garment.style == "evening" else darker(cloth.base, 0.5), 2,
            )
        last.seams(
            [[(18, 110), (0, 140), (10, 184 - rise * 0.3)], [(92, 150), (62, 160), (56, heel)]],
            cloth, 0.4,
        )
        sole = Cloth(
            base=rgb("2a2726") if rugged else darker(WOOD, 0.35), weave="leather", drape=0, puff=0.6
        )
        if flat:
            deep = 16 if rugged else 9
            last.panel(
                [
                    (-103, toe - 2, 1), (-40, toe + 4), (40, toe + 4), (99, toe, 1),
                    (100, toe + deep, 1), (54, toe + deep, 1), (50, toe + deep - 5, 1),
                    (30, toe + deep - 5, 1), (26, toe + deep, 1), (-96, toe + deep, 1),
                ],
                sole,
            )
        else:
            last.panel(
                [
                    (-102, toe - 1, 1), (-40, toe + 2), (24, toe + 1 - rise * 0.2), (62, heel + 2),
                    (97, heel - 2, 1), (93, 203, 1), (66, 203, 1), (62, heel + 12, 1),
                    (22, toe + 6 - rise * 0.1), (-40, toe + 10, 1), (-92, toe + 10, 1),
                ],
                sole,
            )

    pair(canvas, draw)




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
