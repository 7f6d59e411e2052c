"""Outlines of garments: smooth curves through a few knots, as polygons.

A knot is `(x, y)` where the curve runs on smoothly and `(x, y, 1)` at a corner. Units are pixels
of a 300 x 300 picture with y downwards; garments are described around the axis x = 0 and put in
their place by `moved`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from modiste.arrays import Bools, Floats

Curve = Floats
"""(N, 2) float32 points x, y."""
Knots = Sequence[tuple[float, ...]]
_Scalar = TypeVar("_Scalar", bound=np.generic)

_T = np.linspace(0, 1, 9, dtype=np.float32)[:-1, None]
_BEZIER = np.concatenate(
    [(1 - _T) ** 3, 3 * _T * (1 - _T) ** 2, 3 * _T**2 * (1 - _T), _T**3], axis=1
)  # (8, 4): shares of the four control points along a piece


def curve(knots: Knots, *, closed: bool = False) -> Curve:
    """A smooth curve through the knots: cubic Bezier pieces with Catmull-Rom directions."""
    points = np.array([(knot[0], knot[1]) for knot in knots], dtype=np.float32)
    sharp = np.array([len(knot) > 2 for knot in knots])
    if not closed:
        sharp[0] = sharp[-1] = True
    along = _next(points) - points[np.arange(len(points)) - 1]
    along /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-6)[:, None]
    pieces = _pieces(points, along, sharp)  # (knots, 8, 2)
    if closed:
        return pieces.reshape(-1, 2)
    return np.concatenate([pieces[:-1].reshape(-1, 2), points[-1:]])


def closed(knots: Knots) -> Curve:
    """A closed outline through the knots."""
    return curve(knots, closed=True)


def mirrored(half: Knots) -> Curve:
    """A closed outline, symmetric about x = 0, from its right half, given from top to bottom."""
    left = [(-knot[0], *knot[1:]) for knot in reversed(half) if abs(knot[0]) > 1e-6]
    return closed([*half, *left])


def both(shape: Curve) -> list[Curve]:
    """A shape and its mirror image about x = 0."""
    return [shape, moved(shape, flip=True)]


def band(line: Curve, width: float | Sequence[float]) -> Curve:
    """A strip along `line`: a strap, a rib, a chain; `width` may change from start to end."""
    ends = np.atleast_1d(np.asarray(width, dtype=np.float32))
    along = np.linspace(0, 1, len(line))
    half = np.interp(along, np.linspace(0, 1, len(ends)), ends)[:, None] / 2
    step = np.gradient(line, axis=0)
    normal = np.stack([-step[:, 1], step[:, 0]], 1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
    strip = np.concatenate([line + normal * half, (line - normal * half)[::-1]])
    return strip.astype(np.float32)


def ellipse(x: float, y: float, width: float, height: float | None = None) -> Curve:
    """An ellipse around (x, y); a circle where `height` is None."""
    turn = np.linspace(0, 2 * np.pi, 49, dtype=np.float32)[:-1]
    tall = width if height is None else height
    return np.stack([x + np.cos(turn) * width / 2, y + np.sin(turn) * tall / 2], 1)


def moved(
    shape: Curve,
    x: float = 0,
    y: float = 0,
    *,
    turn: float = 0,
    scale: float = 1,
    flip: bool = False,
) -> Curve:
    """`shape` flipped left to right, scaled, turned by `turn` degrees clockwise, then moved."""
    angle = np.deg2rad(turn)
    rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    base = shape * np.array([-scale if flip else scale, scale])
    return np.asarray(base @ rotation + np.array([x, y]), dtype=np.float32)


def dashes(line: Curve, dash: float = 3, gap: float = 2) -> list[Curve]:
    """Stitches along `line`."""
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    starts = np.arange(0, max(length[-1] - dash, 0) + 1e-6, dash + gap)
    ends = np.stack([starts, starts + dash], 1)
    x, y = (np.interp(ends, length, line[:, axis]) for axis in (0, 1))
    return list(np.stack([x, y], 2).astype(np.float32))


def _pieces(points: Curve, along: Curve, sharp: Bools) -> Curve:
    """The Bezier piece from every knot to the next, without its last point."""
    ends, ends_sharp = _next(points), _next(sharp)[:, None]
    starts_sharp = sharp[:, None]
    reach = np.hypot(*(ends - points).T)[:, None] / 3
    leave, arrive = points + along * reach, ends - _next(along) * reach
    third = (ends - points) / 3
    first = np.where(ends_sharp, points + third, (points + arrive) / 2)
    second = np.where(starts_sharp, ends - third, (ends + leave) / 2)
    controls = np.stack(
        [points, np.where(starts_sharp, first, leave), np.where(ends_sharp, second, arrive), ends],
        1,
    )
    return np.asarray(_BEZIER @ controls, dtype=np.float32)


def _next(values: npt.NDArray[_Scalar]) -> npt.NDArray[_Scalar]:
    """Each value's successor, the first one's after the last."""
    return np.concatenate([values[1:], values[:1]])
