"""The upper body of anything worn on it: front, sleeves, neck, buttons."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from modiste.data.drawn.canvas import Canvas
from modiste.data.drawn.cloth import Cloth
from modiste.data.drawn.curves import Curve, band, both, closed, curve, mirrored, moved
from modiste.data.drawn.palettes import darker

# Outlines read best in rows of points.
# fmt: off


@dataclass(frozen=True, kw_only=True)
class Bodice:
    """Measures in pixels; widths are halves, from the axis."""

    top: float = 56
    """Where the neck meets the shoulder."""
    neck: float = 23
    drop: float = 15
    """How deep the neck opening lies below `top`."""
    vee: bool = False
    shoulder: float = 52
    chest: float = 55
    waist: float = 54
    hem: float = 57
    bottom: float = 240
    curve: float = 4
    """How much lower the hem is in the middle than at the sides."""
    sleeve: float = 148
    """Length of a long sleeve."""
    elbow: float = 27
    """Width of a long sleeve."""
    cuff: float = 20
    spread: float = 34
    """How far a long sleeve lies from the body at the wrist."""

    @property
    def shoulder_y(self) -> float:
        """Height of the shoulder's end."""
        return self.top + 12

    @property
    def armpit(self) -> float:
        """Height of the armpit."""
        return self.top + 56


def front(b: Bodice) -> Curve:
    """The outline of the front."""
    neck = (
        [(0.0, b.top + b.drop, 1)]
        if b.vee
        else [(0.0, b.top + b.drop), (b.neck * 0.72, b.top + b.drop * 0.72)]
    )
    middle = (b.armpit + b.bottom) / 2
    return mirrored([
        *neck, (b.neck, b.top, 1), (b.shoulder * 0.8, b.top + 6), (b.shoulder, b.shoulder_y, 1),
        (b.shoulder - 4, b.shoulder_y + 22), (b.chest, b.armpit, 1), (b.waist, middle),
        (b.hem, b.bottom - b.curve, 1), (b.hem * 0.5, b.bottom - b.curve * 0.2), (0, b.bottom),
    ])


def inside(canvas: Canvas, b: Bodice, cloth: Cloth) -> None:
    """The back of the neck, seen through the opening."""
    back = mirrored(
        [(0, b.top - 1), (b.neck * 0.6, b.top - 2), (b.neck + 1, b.top, 1), (0, b.top + b.drop + 8)]
    )
    canvas.panel(
        back,
        replace(cloth, base=darker(cloth.base, 0.28), ink=darker(cloth.ink, 0.28), drape=0, puff=0),
    )
    canvas.panel(
        mirrored([(0, b.top + 2), (4, b.top + 2, 1), (4, b.top + 8, 1), (0, b.top + 8)]), LABEL
    )


def short_sleeves(
    canvas: Canvas, b: Bodice, cloth: Cloth, *, length: float = 52, width: float = 30
) -> None:
    """Sleeves to above the elbow, with a stitched hem."""
    x, y = b.shoulder, b.shoulder_y
    out, down = length * 0.62, length * 0.86
    sleeve = closed([
        (x - 8, y - 5, 1), (x + 5, y + 1), (x + out * 0.55, y + down * 0.45),
        (x + out, y + down, 1), (x + out - width, y + down + 9, 1), (b.chest - 3, b.armpit + 3, 1),
        (x - 8, y + 20),
    ])
    hem = curve([(x + out - width + 1, y + down + 4), (x + out - 2, y + down - 5)])
    for side, shape in zip((-34, 34), both(sleeve), strict=True):
        canvas.panel(shape, cloth, turn=side)
    canvas.seams(both(hem), cloth, strength=0.35)


def long_sleeves(canvas: Canvas, b: Bodice, cloth: Cloth) -> Curve:
    """Sleeves to the wrist, hanging beside the body; returns the right wrist line."""
    x, y = b.shoulder, b.shoulder_y
    end = (x + b.spread, y + b.sleeve)
    wrist = (end[0] - b.cuff, end[1] + 5)
    sleeve = closed([
        (x - 9, y - 6, 1), (x + 5, y + 2), (x + b.spread * 0.5, y + b.sleeve * 0.32),
        (x + b.spread * 0.86, y + b.sleeve * 0.68), (*end, 1), (*wrist, 1),
        (x + b.spread * 0.5 - b.elbow * 0.62, y + b.sleeve * 0.62), (b.chest - 2, b.armpit + 2, 1),
        (x - 9, y + 22),
    ])
    for turn, shape in zip((-12, 12), both(sleeve), strict=True):
        canvas.panel(shape, cloth, turn=turn)
    return curve([wrist, end])


def cuffs(canvas: Canvas, wrist: Curve, cloth: Cloth, *, depth: float = 13) -> None:
    """A band at each wrist."""
    shape = np.concatenate([wrist, moved(wrist, -1.5, depth)[::-1]])
    canvas.panel(both(shape), cloth, lift=0.25)


def hem_band(canvas: Canvas, b: Bodice, cloth: Cloth, *, depth: float = 15) -> None:
    """A ribbed band along the bottom."""
    low = b.bottom
    shape = mirrored([
        (0, low - depth * 0.6), (b.hem * 0.6, low - depth * 0.75), (b.hem + 0.5, low - depth, 1),
        (b.hem - 4, low + depth * 0.25, 1), (b.hem * 0.5, low + depth * 0.62),
        (0, low + depth * 0.7),
    ])
    canvas.panel(shape, cloth, lift=0.2)


def neck_band(canvas: Canvas, b: Bodice, cloth: Cloth, *, width: float = 7) -> None:
    """A band around the neck opening, seen from the front."""
    if b.vee:
        line = curve([(-b.neck + 1, b.top, 1), (0, b.top + b.drop, 1), (b.neck - 1, b.top, 1)])
    else:
        line = curve([
            (-b.neck + 1, b.top), (-b.neck * 0.72, b.top + b.drop * 0.72), (0, b.top + b.drop),
            (b.neck * 0.72, b.top + b.drop * 0.72), (b.neck - 1, b.top),
        ])
    canvas.panel(band(line, width), cloth, lift=0.25)


def roll_neck(canvas: Canvas, b: Bodice, cloth: Cloth, *, tall: float = 24) -> None:
    """A turned-down collar of knit."""
    t, w = b.top - tall + 8, b.neck + 2
    canvas.panel(
        mirrored([
            (0, t + 1), (w * 0.7, t), (w - 1, t + 3), (w, t + tall * 0.5), (w + 3, b.top + 5),
            (w * 0.6, b.top + 12), (0, b.top + 14),
        ]),
        cloth,
        lift=0.3,
    )


LABEL = Cloth(base=(0.93, 0.91, 0.87), weave="satin", drape=0, puff=0.2)
