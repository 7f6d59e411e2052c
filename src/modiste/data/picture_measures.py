"""What is measured on one picture: a perceptual hash, its background, the garment's colour."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage
from scipy.fft import dctn

from modiste.data.colours import COLOURS, colour_index, to_lab

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_BORDER = 3  # pixels


def measure_picture(picture: Image.Image) -> dict[str, Any]:
    """Facts about an RGB picture, by the column names of `photographs.py`."""
    background = _background(np.asarray(picture))
    colour, lab = _garment_colour(picture)
    facts: dict[str, Any] = {"phash": _phash(picture), "colour": colour}
    for axis, back, main in zip("lab", background.tolist(), lab.tolist(), strict=True):
        facts |= {f"background_{axis}": back, f"colour_{axis}": main}
    return facts


def _phash(picture: Image.Image) -> int:
    """Which low frequencies are strong: pictures that look alike differ in few of 64 bits.

    After Zauner 2010, with a threshold above zero instead of the median: garments are symmetric,
    so half of their frequencies are nearly none, and the signs of those are noise.
    """
    grey = picture.convert("L").resize((32, 32), Image.Resampling.BOX)
    low = dctn(np.asarray(grey, dtype=np.float64), norm="ortho")[:8, :8].ravel()
    low = low.round(3)  # so that a flat picture has one hash, not its rounding errors'
    strength = np.sqrt((low[1:] ** 2).mean())
    return int.from_bytes(np.packbits(low > 0.05 * strength).tobytes())


def _background(rgb: npt.NDArray[np.uint8]) -> Floats:
    edges = (rgb[:_BORDER], rgb[-_BORDER:], rgb[:, :_BORDER], rgb[:, -_BORDER:])
    border = np.concatenate([edge.reshape(-1, 3) for edge in edges])
    return np.asarray(np.median(to_lab(border), axis=0), dtype=np.float32)


def _garment_colour(picture: Image.Image) -> tuple[str, Floats]:
    """The commonest colour word among the pixels that are not background, and their Lab."""
    small = picture.copy()
    small.thumbnail((64, 64), Image.Resampling.BOX)
    lab = to_lab(np.asarray(small))
    words = colour_index(lab)
    mask = _foreground(lab)
    best = int(np.bincount(words[mask], minlength=len(COLOURS)).argmax())
    if COLOURS[best] in ("white", "grey", "beige"):
        # Something light on a light ground shows at its outline, in shadow: look inside.
        mask = np.asarray(ndimage.binary_fill_holes(ndimage.binary_closing(mask))) | mask
        best = int(np.bincount(words[mask], minlength=len(COLOURS)).argmax())
    colour = np.median(lab[mask & (words == best)], axis=0)
    return COLOURS[best], np.asarray(colour, dtype=np.float32)


def _foreground(lab: Floats) -> Mask:
    """(H, W) True where a pixel differs from the ground between its row's two ends.

    Row by row because studio backgrounds run from light to dark. Never empty: if all is alike,
    the middle of the picture counts.
    """
    height, width = lab.shape[:2]
    left, right = np.median(lab[:, :2], axis=1), np.median(lab[:, -2:], axis=1)
    across = np.linspace(0, 1, width, dtype=np.float32)[None, :, None]
    ground = left[:, None] * (1 - across) + right[:, None] * across
    apart = np.sqrt(((lab - ground) ** 2).sum(axis=-1))
    mask: Mask = apart > 5
    if mask.mean() < 0.02:
        mask = apart > 3
    if mask.mean() < 0.005:
        mask = np.zeros((height, width), dtype=bool)
        mask[height // 3 : height - height // 3, width // 3 : width - width // 3] = True
    return mask
