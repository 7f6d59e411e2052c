"""Garments cut out of studio photographs: the grey behind them turns into paper."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

from modiste.arrays import Bools, Doubles, Floats
from modiste.data.pictures import read_image

LIGHT = 0.62
"""A background darker than this (0 black, 1 white) is a scene, not a studio: it stays."""
UNEVEN = 0.09
"""So does one whose border differs by more than this standard deviation."""
_BORDER = 0.02  # of the picture's width and height
_NOISE = (0.012, 0.035)  # differences from the background that are none, and that are real
_BRIGHTEST = 1.04  # a white garment is a little whiter than the paper
_POWERS = [(i, j) for i in range(3) for j in range(6) if i + j < 6]
_CALM = 1e-3 * np.eye(len(_POWERS))  # keeps the surface flat where nothing shows
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
        pixels: Floats = np.asarray(picture, dtype=np.float32) * np.float32(1 / 255)
        self.scene = _is_scene(pixels)
        self.light: Floats = pixels
        self.share = 1.0
        if not self.scene:
            self.light, self.share = _trimmed(_without_grey(pixels))

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
    """The photograph divided by the light that falls on its background."""
    light = np.clip(pixels / np.maximum(_behind(pixels), 0.05), 0, _BRIGHTEST)
    away = np.abs(light - 1).max(axis=2, keepdims=True)
    low, high = _NOISE
    return np.asarray(
        1 + (light - 1) * np.clip((away - low) / (high - low), 0, 1), dtype=np.float32
    )


def _behind(pixels: Floats) -> Floats:
    """(h, w, 3) the background where nothing lies on it: a smooth surface through what shows."""
    step = max(1, min(pixels.shape[:2]) // 90)
    small = pixels[::step, ::step]
    usual = np.median(_border(pixels), axis=0)
    terms = _terms(*small.shape[:2])
    bare = _frame(*small.shape[:2]) & (np.abs(small - usual).max(axis=2) < 0.15)
    fitted: npt.NDArray[np.floating] = np.broadcast_to(usual, small.shape)
    for near in (0.05, 0.03, 0.015):
        if bare.mean() < 0.08:
            break
        shown = terms[bare]  # (n, k)
        weights = np.linalg.solve(shown.T @ shown + _CALM, shown.T @ small[bare])
        fitted = terms @ weights
        bare = _reaching_edges(np.abs(small - fitted).max(axis=2) < near)
    planes = [Image.fromarray(fitted[..., c].astype(np.float32)) for c in range(3)]
    size = pixels.shape[1], pixels.shape[0]
    wide = [np.asarray(p.resize(size, Image.Resampling.BICUBIC), dtype=np.float32) for p in planes]
    return np.stack(wide, axis=2)


def _frame(height: int, width: int) -> Bools:
    """True along the edges, where studios leave room."""
    frame = np.ones((height, width), dtype=bool)
    deep = max(2, width // 12)
    frame[deep : height - deep // 2, deep : width - deep] = False
    return frame


def _terms(height: int, width: int) -> Doubles:
    """(h, w, k) powers of the place that studio light is made of: more of them downwards."""
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    return np.stack([x**i * y**j for i, j in _POWERS], axis=2)


def _reaching_edges(plain: Bools) -> Bools:
    """The part of `plain` that reaches the border."""
    parts, _ = ndimage.label(plain)
    edges = np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]])
    return np.asarray(np.isin(parts, np.unique(edges[edges > 0])))


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
