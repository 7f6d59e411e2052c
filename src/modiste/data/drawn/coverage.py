"""How much of each pixel a shape covers: smooth edges by drawing large and averaging down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw
from scipy.ndimage import uniform_filter1d

from modiste.data.drawn.curves import Curve

Floats = npt.NDArray[np.float32]

SIZE = 300
"""Pixels along a side of the picture."""
_FINE = 4  # shapes are filled at this many times the size
_MARGIN = 10  # room around a piece for its shadow and for soft light at its edges


@dataclass(frozen=True)
class Area:
    """The part of the picture that some shapes need, so that no more is computed."""

    top: int
    left: int
    height: int
    width: int

    @classmethod
    def of(cls, shapes: Sequence[Curve]) -> Area:
        """The area around the shapes, within the picture."""
        points = np.concatenate(shapes)
        low, high = points.min(axis=0) - _MARGIN, points.max(axis=0) + _MARGIN
        left, top = (min(max(int(edge), 0), SIZE - 2) for edge in low)
        right, bottom = int(high[0]) + 1, int(high[1]) + 1
        right, bottom = min(max(right, left + 2), SIZE), min(max(bottom, top + 2), SIZE)
        return cls(top, left, bottom - top, right - left)

    @property
    def window(self) -> tuple[slice, slice]:
        """The area as an index into arrays of the picture."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)

    def filled(self, shapes: Sequence[Curve]) -> Floats:
        """(h, w) how much of each pixel the shapes cover, 0 to 1."""
        sheet, draw = self._sheet()
        for shape in shapes:
            draw.polygon(self._points(shape), fill=255)
        return _shares(sheet)

    def stroked(self, lines: Sequence[Curve], width: float) -> Floats:
        """(h, w) how much of each pixel lines of this width cover, 0 to 1."""
        sheet, draw = self._sheet()
        joint = "curve" if width > 1.5 else None  # no corner shows on thinner lines
        for line in lines:
            draw.line(self._points(line), fill=255, width=round(width * _FINE), joint=joint)
        return _shares(sheet)

    def _sheet(self) -> tuple[Image.Image, ImageDraw.ImageDraw]:
        sheet = Image.new("L", (self.width * _FINE, self.height * _FINE))
        return sheet, ImageDraw.Draw(sheet)

    def _points(self, shape: Curve) -> list[float]:
        moved = (shape - (self.left, self.top)) * _FINE
        points: list[float] = moved.ravel().tolist()
        return points


def blurred(mask: Floats, radius: float) -> Floats:
    """Two box filters each way, or one: nearly a Gaussian blur of this radius, and much faster."""
    size = max(3, round(radius * 2) | 1)
    one, other = np.empty_like(mask), np.empty_like(mask)
    for source in (mask, other) if radius > 1 else (mask,):
        uniform_filter1d(source, size, axis=0, output=one, mode="constant")
        uniform_filter1d(one, size, axis=1, output=other, mode="constant")
    return other


def _shares(sheet: Image.Image) -> Floats:
    return np.array(sheet.reduce(_FINE), dtype=np.float32) * np.float32(1 / 255)
