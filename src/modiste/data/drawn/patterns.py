"""Patterns printed on cloth or woven into it: how much of the second colour is at a point."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from modiste.data.drawn.weaves import EDGE, sample

Floats = npt.NDArray[np.float32]


def _bar(x: Floats, period: float, width: float) -> Floats:
    """1 on bars of `width` every `period` pixels, with soft edges."""
    away = np.abs((x / period) % 1 - 0.5) * period
    return np.asarray(np.clip(width / 2 - away + 0.5, 0, 1))


def _striped(u: Floats, v: Floats) -> Floats:
    return _bar(v, 14, 5.6)


def _pinstriped(u: Floats, v: Floats) -> Floats:
    return _bar(u, 10, 1.4) * 0.85


def _checked(u: Floats, v: Floats) -> Floats:
    return 0.5 * _bar(u, 20, 10) + 0.5 * _bar(v, 20, 10)


def _tartan(u: Floats, v: Floats) -> Floats:
    wide = 0.42 * _bar(u, 38, 17) + 0.42 * _bar(v, 38, 17)
    return np.maximum(wide, 0.75 * np.maximum(_bar(u + 19, 38, 2), _bar(v + 19, 38, 2)))


def _dotted(u: Floats, v: Floats) -> Floats:
    row = np.floor(v / 9.5)
    x = (u + (row % 2) * 7.5) % 15 - 7.5
    y = v - row * 9.5 - 4.75
    return np.asarray(np.clip(3.4 - np.hypot(x, y), 0, 1))


def _floral(u: Floats, v: Floats) -> Floats:
    return sample(_meadow(), u * 2, v * 2)


PATTERNS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "checked": _checked,
    "dotted": _dotted,
    "floral": _floral,
    "pinstriped": _pinstriped,
    "striped": _striped,
    "tartan": _tartan,
}
"""Functions of cloth coordinates (h, w) in pixels that answer (h, w) from 0 to 1."""


@cache
def _meadow() -> Floats:
    """A print of flowers and leaves at twice its size, without seams."""
    rng = np.random.default_rng(5)
    sheet = Image.new("L", (EDGE * 2, EDGE * 2))
    draw = ImageDraw.Draw(sheet)
    for x, y in _scattered(rng, apart=118, edge=EDGE * 2):
        size, turn = rng.uniform(25, 40), rng.uniform(0, 2 * np.pi)
        for dx in (-EDGE * 2, 0, EDGE * 2):
            for dy in (-EDGE * 2, 0, EDGE * 2):
                _flower(draw, x + dx, y + dy, size, turn)
    return np.array(sheet.reduce(2), dtype=np.float32) * np.float32(1 / 255)


def _scattered(rng: np.random.Generator, apart: float, edge: int) -> list[tuple[float, float]]:
    """Places at least `apart` from each other, counting around the edges."""
    spots: list[tuple[float, float]] = []
    for x, y in rng.uniform(0, edge, (600, 2)):
        gaps = (
            np.hypot(*(abs((a - b + edge / 2) % edge - edge / 2) for a, b in ((x, p), (y, q))))
            for p, q in spots
        )
        if all(gap >= apart for gap in gaps):
            spots.append((float(x), float(y)))
    return spots


def _flower(draw: ImageDraw.ImageDraw, x: float, y: float, size: float, turn: float) -> None:
    for side in (0.6, 0.6 + np.pi * 0.8):
        for reach, share in ((1.5, 0.3), (1.85, 0.22)):
            along = turn + side
            _blob(
                draw,
                x + reach * size * np.cos(along),
                y + reach * size * np.sin(along),
                size * share,
                150,
            )
    for petal in range(5):
        along = turn + petal * 2 * np.pi / 5
        _blob(
            draw, x + size * 0.7 * np.cos(along), y + size * 0.7 * np.sin(along), size * 0.48, 255
        )
    _blob(draw, x, y, size * 0.3, 70)


def _blob(draw: ImageDraw.ImageDraw, x: float, y: float, r: float, tone: int) -> None:
    draw.ellipse((x - r, y - r, x + r, y + r), fill=tone)
