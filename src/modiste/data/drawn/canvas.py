"""A small studio: pieces of cloth are laid down and lit from the upper left."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw
from scipy.ndimage import uniform_filter1d

from modiste.data.drawn.cloth import Cloth, falling, lit
from modiste.data.drawn.colours import Rgb, seam_colour
from modiste.data.drawn.curves import Curve, dashes, moved

Floats = npt.NDArray[np.float32]

SIZE = 300
"""Pixels along a side of the picture."""
FINE = 4  # shapes are filled at this many times the size and averaged down: smooth edges
MARGIN = 10  # room around a piece for its shadow and for soft light at its edges
LIGHT_X, LIGHT_Y = 0.62, 0.78


class Canvas:
    """What has been laid down so far: premultiplied colour (300, 300, 3), cover (300, 300).

    Curves are given around the axis x = 0, the middle of the picture, with y from 0 to 300.
    """

    def __init__(
        self, rng: np.random.Generator, *, zoom: float = 1, middle: float = SIZE / 2
    ) -> None:
        """Take an empty canvas; the height `middle` of drawings comes to its middle."""
        self.rng = rng
        self._middle = middle
        self._scale = zoom * rng.uniform(0.96, 1.02)
        self._turn = rng.uniform(-1.5, 1.5)  # nobody lays a garment down quite straight
        self._shift = rng.uniform(-4, 4, 2) + SIZE / 2
        self.colour: Floats = np.zeros((SIZE, SIZE, 3), dtype=np.float32)
        self.cover: Floats = np.zeros((SIZE, SIZE), dtype=np.float32)

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
        top, left, height, width = _box(shapes)
        mask = _filled([s - (left, top) for s in shapes], height, width)
        window = (slice(top, top + height), slice(left, left + width))
        if lift:
            dark = blurred(_moved(mask), 3) * (lift * 0.55)
            self.colour[window] *= (1 - dark)[..., None]
        relief = 3.4 * cloth.puff * blurred(mask, 11) + 0.45 * blurred(mask, 1)
        if folds:
            creases = [f - (left, top) for f in self._placed(folds)]
            relief -= blurred(_stroked(creases, 3, height, width), 2.5)
        self._lay(self._lit(relief, cloth, turn), mask, window)

    def lines(
        self,
        lines: Sequence[Curve],
        colour: Rgb,
        *,
        width: float = 1,
        opacity: float = 1,
        on_cloth: bool = False,
    ) -> None:
        """Draw lines of one colour; only where cloth lies already if `on_cloth`."""
        if not lines:
            return
        placed = self._placed(lines)
        top, left, height, box_width = _box(placed)
        mask = _stroked([line - (left, top) for line in placed], width, height, box_width)
        window = (slice(top, top + height), slice(left, left + box_width))
        if on_cloth:
            mask = mask * self.cover[window]
        self._lay(np.array(colour, dtype=np.float32), mask * opacity, window)

    def seams(self, lines: Sequence[Curve], cloth: Cloth, *, strength: float = 0.5) -> None:
        """Fine lines a little darker than the cloth, or lighter where it is dark."""
        self.lines(lines, seam_colour(cloth.base), width=1.1, opacity=strength, on_cloth=True)

    def stitches(self, lines: Sequence[Curve], colour: Rgb, *, opacity: float = 0.8) -> None:
        """Broken lines of thread."""
        self.lines(
            [d for line in lines for d in dashes(line)], colour, opacity=opacity, on_cloth=True
        )

    def glow(self, shape: Curve, colour: Rgb, *, soft: float = 8, opacity: float = 0.3) -> None:
        """Tint what lies there with a soft spot: worn denim, a reflection."""
        placed = self._placed([shape])
        top, left, height, width = _box(placed)
        window = (slice(top, top + height), slice(left, left + width))
        mask = blurred(_filled([placed[0] - (left, top)], height, width), soft)
        mask *= self.cover[window] * opacity
        self.colour[window] += (np.array(colour, dtype=np.float32) - self.colour[window]) * mask[
            ..., None
        ]

    def _placed(self, shapes: Sequence[Curve]) -> list[Curve]:
        """From around the axis x = 0 to the middle of the picture."""
        x, y = self._shift
        lay = (moved(shape, 0, -self._middle) for shape in shapes)
        return [moved(shape, x, y, turn=self._turn, scale=self._scale) for shape in lay]

    def _lit(self, relief: Floats, cloth: Cloth, turn: float) -> Floats:
        """The colour of every point of a piece under the lamp (h, w, 3)."""
        height, width = relief.shape
        across = np.arange(width, dtype=np.float32) - width / 2
        x, y = np.meshgrid(across, np.arange(height, dtype=np.float32) - height / 2)
        cosine, sine = float(np.cos(np.deg2rad(turn))), float(np.sin(np.deg2rad(turn)))
        u, v = x * cosine + y * sine, y * cosine - x * sine
        down, right = np.gradient(relief)
        light: Floats = np.asarray(right * LIGHT_X + down * LIGHT_Y)
        if cloth.drape:
            lamp = LIGHT_X * cosine + LIGHT_Y * sine, LIGHT_Y * cosine - LIGHT_X * sine
            start_u, start_v = (int(s) for s in self.rng.integers(0, 512, 2))
            fallen, shift = falling(cloth, u + start_u, v + start_v, lamp)
            light, u, v = light + fallen, u + shift, v + shift
        return lit(cloth, u, v, light)

    def _lay(self, colour: Floats, mask: Floats, window: tuple[slice, slice]) -> None:
        self.colour[window] += (colour - self.colour[window]) * mask[..., None]
        self.cover[window] += (1 - self.cover[window]) * mask


def _moved(mask: Floats) -> Floats:
    """Two pixels down and to the right, where the lamp throws the shadow."""
    fallen = np.zeros_like(mask)
    fallen[2:, 2:] = mask[:-2, :-2]
    return fallen


def _box(shapes: Sequence[Curve]) -> tuple[int, int, int, int]:
    """Top, left, height, width of the part of the picture that holds the shapes."""
    points = np.concatenate(shapes)
    left, top = np.clip(np.floor(points.min(0)) - MARGIN, 0, SIZE - 2).astype(int)
    right, bottom = np.clip(np.ceil(points.max(0)) + MARGIN, (left + 2, top + 2), SIZE).astype(int)
    return int(top), int(left), int(bottom - top), int(right - left)


def _filled(shapes: Sequence[Curve], height: int, width: int) -> Floats:
    """How much of each pixel the shapes cover, 0 to 1."""
    sheet = Image.new("L", (width * FINE, height * FINE))
    draw = ImageDraw.Draw(sheet)
    for shape in shapes:
        draw.polygon((shape * FINE).ravel().tolist(), fill=255)
    return _shares(sheet)


def _stroked(lines: Sequence[Curve], line_width: float, height: int, width: int) -> Floats:
    sheet = Image.new("L", (width * FINE, height * FINE))
    draw = ImageDraw.Draw(sheet)
    for line in lines:
        points = (line * FINE).ravel().tolist()
        draw.line(points, fill=255, width=round(line_width * FINE), joint="curve")
    return _shares(sheet)


def _shares(sheet: Image.Image) -> Floats:
    """A sheet at its real size, 0 to 1."""
    return np.array(sheet.reduce(FINE), dtype=np.float32) * np.float32(1 / 255)


def blurred(mask: Floats, radius: float) -> Floats:
    """Two box filters each way: nearly a Gaussian blur of this radius, and much faster."""
    size = max(3, round(radius * 2) | 1)
    for _ in range(2):
        mask = uniform_filter1d(mask, size, axis=0, mode="constant")
        mask = uniform_filter1d(mask, size, axis=1, mode="constant")
    return mask
