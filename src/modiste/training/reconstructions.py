"""Photographs above what an autoencoder makes of them, as one picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from modiste.data.atomic import atomic_path
from modiste.encoders.base import Pixels

ACROSS = 8
"""Photographs in a row."""
_GAP = 4  # pixels


def draw_reconstructions(originals: Pixels, drawn: Pixels, path: Path) -> None:
    """Write a PNG: rows of up to eight photographs, each above its reconstruction.

    Args:
        originals: (n, H, W, 3) uint8, n at least 1.
        drawn: (n, H, W, 3) uint8, of the same photographs.
        path: the file; written whole or not at all.
    """
    bands = [
        _band([originals[at : at + ACROSS], drawn[at : at + ACROSS]])
        for at in range(0, len(originals), ACROSS)
    ]
    with atomic_path(path) as temporary:
        Image.fromarray(np.concatenate(bands)).save(temporary, "PNG")


def _band(rows: list[Pixels]) -> Pixels:
    """Two rows of pictures, one above the other, ACROSS of them wide, on white."""
    _, height, width, _ = rows[0].shape
    sheet = np.full((2 * height + 3 * _GAP, ACROSS * (width + _GAP) + _GAP, 3), 255, dtype=np.uint8)
    for line, pictures in enumerate(rows):
        top = line * height + (line + 1) * _GAP
        for place, picture in enumerate(pictures):
            left = place * (width + _GAP) + _GAP
            sheet[top : top + height, left : left + width] = picture
    return sheet
