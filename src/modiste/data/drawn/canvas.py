"""A small studio: pieces of cloth are laid down and lit from the upper left.

Edges are smooth: shapes are drawn large and averaged down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import uniform_filter1d

from modiste.arrays import Floats
from modiste.data.drawn.cloth import Cloth, falling, lit
from modiste.data.drawn.curves import Curve, dashes
from modiste.data.drawn.palettes import Rgb, seam_colour

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


_LIGHT_X, _LIGHT_Y = 0.62, 0.78


class Canvas:
    """What has been laid down so far: premultiplied colour (300, 300, 3), cover (300, 300).

    Curves are given around the axis x = 0, the middle of the picture, with y from 0 to 300.
    """

    def __init__(
        self, rng: np.random.Generator, *, zoom: float = 1, middle: float = SIZE / 2
    ) -> None:
        """Take an empty canvas; the height `middle` of drawings comes to its middle."""
        self.rng = rng
        self.colour: Floats = np.zeros((SIZE, SIZE, 3), dtype=np.float32)
        self.cover: Floats = np.zeros((SIZE, SIZE), dtype=np.float32)
        scale = zoom * rng.uniform(0.96, 1.02)
        turn = np.deg2rad(rng.uniform(-1.5, 1.5))  # nobody lays a garment down quite straight
        cosine, sine = scale * np.cos(turn), scale * np.sin(turn)
        self._matrix = np.array([[cosine, sine], [-sine, cosine]], dtype=np.float32)
        origin = rng.uniform(-4, 4, 2) + SIZE / 2 - np.array([0, middle]) @ self._matrix
        self._origin = origin.astype(np.float32)

    def panel(
        self,
        shape: Curve | Sequence[Curve],
        cloth: Cloth,
        *,
        turn: float = 0,
        folds: Sequence[Curve] = (),
        lift: float = 0,
    ) -> None:
        """Lay a piece of cloth.

        Args:
            shape: one outline, or several that are one piece.
            cloth: what it is made of.
            turn: degrees that pattern and folds are turned by, clockwise.
            folds: where it is creased, beside the folds that soft cloth falls into by itself.
            lift: how strong a shadow it casts on what lies below, 0 to 1.
        """
        shapes = self._placed([shape] if isinstance(shape, np.ndarray) else shape)
        area = Area.of(shapes)
        mask = area.filled(shapes)
        if lift:
            dark = blurred(_fallen(mask), 3) * (lift * 0.55)
            self.colour[area.window] *= (1 - dark)[..., None]
        relief = 3.4 * cloth.puff * blurred(mask, 11) + 0.45 * blurred(mask, 1)
        if folds:
            relief -= blurred(area.stroked(self._placed(folds), 3), 2.5)
        self._lay(self._lit(relief, cloth, turn), mask, area)

    def lines(
        self, lines: Sequence[Curve], colour: Rgb, *, width: float = 1, opacity: float = 1
    ) -> None:
        """Draw lines of one colour."""
        self._draw(self._placed(lines), colour, width, opacity)

    def seams(self, lines: Sequence[Curve], cloth: Cloth, *, strength: float = 0.5) -> None:
        """Fine lines on the cloth: a little darker, or lighter where it is dark."""
        placed = self._placed(lines)
        self._draw(placed, seam_colour(cloth.base), 1.1, strength, on_cloth=True)

    def stitches(self, lines: Sequence[Curve], colour: Rgb, *, opacity: float = 0.8) -> None:
        """Broken lines of thread on the cloth."""
        pieces = [dash for line in self._placed(lines) for dash in dashes(line)]
        self._draw(pieces, colour, 1.0, opacity, on_cloth=True)

    def glow(self, shape: Curve, colour: Rgb, *, soft: float = 8, opacity: float = 0.3) -> None:
        """Tint what lies there with a soft spot: worn denim, a reflection."""
        placed = self._placed([shape])
        area = Area.of(placed)
        mask = blurred(area.filled(placed), soft) * self.cover[area.window] * opacity
        self._lay(np.array(colour, dtype=np.float32), mask, area)

    def _placed(self, shapes: Sequence[Curve]) -> list[Curve]:
        """From around the axis x = 0 to their place in the picture."""
        return [shape @ self._matrix + self._origin for shape in shapes]

    def _draw(
        self,
        placed: Sequence[Curve],
        colour: Rgb,
        width: float,
        opacity: float,
        *,
        on_cloth: bool = False,
    ) -> None:
        if not placed:
            return
        area = Area.of(placed)
        mask = area.stroked(placed, width) * opacity
        if on_cloth:
            mask *= self.cover[area.window]
        self._lay(np.array(colour, dtype=np.float32), mask, area)

    def _lit(self, relief: Floats, cloth: Cloth, turn: float) -> Floats:
        """The colour of every point of a piece under the lamp (h, w, 3)."""
        height, width = relief.shape
        across = np.arange(width, dtype=np.float32) - width / 2
        x, y = np.meshgrid(across, np.arange(height, dtype=np.float32) - height / 2)
        cosine, sine = float(np.cos(np.deg2rad(turn))), float(np.sin(np.deg2rad(turn)))
        u, v = x * cosine + y * sine, y * cosine - x * sine
        down, right = np.gradient(relief)
        light: Floats = np.asarray(right * _LIGHT_X + down * _LIGHT_Y)
        if cloth.drape:
            lamp = _LIGHT_X * cosine + _LIGHT_Y * sine, _LIGHT_Y * cosine - _LIGHT_X * sine
            start_u, start_v = (int(s) for s in self.rng.integers(0, 512, 2))
            fallen, shift = falling(cloth, u + start_u, v + start_v, lamp)
            light, u, v = light + fallen, u + shift, v + shift
        return lit(cloth, u, v, light)

    def _lay(self, colour: Floats, mask: Floats, area: Area) -> None:
        window = area.window
        self.colour[window] += (colour - self.colour[window]) * mask[..., None]
        self.cover[window] += (1 - self.cover[window]) * mask


def _fallen(mask: Floats) -> Floats:
    """Two pixels down and to the right, where the lamp throws the shadow."""
    fallen = np.zeros_like(mask)
    fallen[2:, 2:] = mask[:-2, :-2]
    return fallen
