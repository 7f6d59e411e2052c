"""Garments cut out of studio photographs: the grey behind them turns into paper."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from modiste.data.pictures import read_image

Floats = npt.NDArray[np.float32]

LIGHT = 0.62
"""A background darker than this (0 black, 1 white) is a scene, not a studio: it stays."""
UNEVEN = 0.09
"""So does one whose border differs by more than this standard deviation."""
_BORDER = 0.02  # of the picture's width and height
_NOISE = (0.008, 0.03)  # differences from the background that are none, and that are real
_BRIGHTEST = 1.04  # a white garment is a little whiter than the paper
_EDGE = 900  # pixels; more are of no use on a sheet


class Cutout:
    """A photograph ready to be laid on paper.

    Attributes:
        light: (h, w, 3) float32, 0 to 1.04: what to multiply the paper by; for a scene, what
            to lay on it as it is.
        scene: whether the photograph has no plain light background.
        share: how much of the photograph's height the part that is kept had, 0 to 1.
    """

    def __init__(self, path: Path) -> None:
        """Read a photograph and take its background away.

        Raises:
            ImageError: it cannot be read.
        """
        picture = read_image(path, draft=_EDGE)
        picture.thumbnail((_EDGE, _EDGE), Image.Resampling.LANCZOS)
        pixels = np.asarray(picture, dtype=np.float32) / 255
        self.scene = _is_scene(pixels)
        self.light, self.share = (pixels, 1.0) if self.scene else _trimmed(_without_grey(pixels))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.light.shape[1], self.light.shape[0]

    def resized(self, width: int, height: int) -> Floats:
        """`light` at another size."""
        picture = Image.fromarray((self.light / _BRIGHTEST * 255 + 0.5).astype(np.uint8))
        small = picture.resize((max(width, 1), max(height, 1)), Image.Resampling.LANCZOS)
        return np.asarray(small, dtype=np.float32) * (_BRIGHTEST / 255)


def _border(pixels: Floats) -> Floats:
    """(n, 3) the pixels along the edges, the lower one left out: things stand there."""
    deep = max(2, round(min(pixels.shape[:2]) * _BORDER))
    parts = (pixels[:deep], pixels[:, :deep], pixels[:, -deep:])
    return np.concatenate([part.reshape(-1, 3) for part in parts])


def _is_scene(pixels: Floats) -> bool:
    border = _border(pixels)
    middle = np.median(border, axis=0)
    away = np.abs(border - middle).mean(axis=1)
    return bool(middle.mean() < LIGHT or np.sort(away)[: int(len(away) * 0.9)].std() > UNEVEN)


def _without_grey(pixels: Floats) -> Floats:
    """The photograph divided by the light of its background, row by row."""
    deep = max(2, round(pixels.shape[1] * _BORDER))
    left = np.median(pixels[:, :deep], axis=1)
    right = np.median(pixels[:, -deep:], axis=1)
    usual = np.median(_border(pixels), axis=0)
    # Where a garment touches the edge, the row's own border is no background.
    left, right = (np.where(np.abs(side - usual).max(1, keepdims=True) > 0.15, usual, side) for side in (left, right))
    along = np.linspace(0, 1, pixels.shape[1], dtype=np.float32)[None, :, None]
    behind = left[:, None] * (1 - along) + right[:, None] * along
    light = np.clip(pixels / np.maximum(behind, 0.05), 0, _BRIGHTEST)
    away = np.abs(light - 1).max(axis=2, keepdims=True)
    low, high = _NOISE
    return np.asarray(1 + (light - 1) * np.clip((away - low) / (high - low), 0, 1), dtype=np.float32)


def _trimmed(light: Floats) -> tuple[Floats, float]:
    """The part that is not background, with a little room, and its share of the height."""
    dark = np.abs(light - 1).max(axis=2) > 0.05
    rows, columns = np.flatnonzero(dark.mean(1) > 0.004), np.flatnonzero(dark.mean(0) > 0.004)
    if not (len(rows) and len(columns)):
        return light, 1.0
    room = 4
    top, bottom = max(rows[0] - room, 0), rows[-1] + room + 1
    left, right = max(columns[0] - room, 0), columns[-1] + room + 1
    kept = light[top:bottom, left:right]
    return kept, kept.shape[0] / light.shape[0]
