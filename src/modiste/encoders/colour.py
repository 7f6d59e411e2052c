"""What a garment's colours are: an image encoder that needs no weights.

A convolutional network trained on object names is nearly blind to shade; stylists are not. On
photographs of a shop this block added .05 to the FITB accuracy on items never seen in training
(docs/models.md).
"""

from __future__ import annotations

import hashlib

import numpy as np
from PIL import Image

from modiste.arrays import Floats, Ints
from modiste.data.colours import to_lab

SIZE = (60, 84)
"""Pictures are averaged down to this before colours are counted."""
LIGHTNESS = np.array([10, 30, 50, 70, 90], dtype=np.float32)
CHROMA = np.array([-40, -20, -8, 0, 8, 20, 40], dtype=np.float32)
"""Centres of the histogram's cells on L*, and on a* and b*: finer where most garments are."""
APART = 12.0
"""A pixel this far from the border's median, in CIE Lab, is garment."""
ENOUGH = 30
"""With fewer garment pixels than this the middle of the picture is taken instead."""
STATISTICS = 7
COLOUR_FINGERPRINT = hashlib.sha256(b"colour 1").hexdigest()
"""Changes whenever this file changes what comes out."""
COLOUR_DIM = len(LIGHTNESS) * len(CHROMA) ** 2 + STATISTICS


def describe_colours(picture: Image.Image) -> Floats:
    """(COLOUR_DIM,) float32 of an RGB picture: a histogram's square roots, then statistics.

    The histogram is over CIE Lab cells of the garment's pixels; the statistics are their mean and
    standard deviation and the share of the picture that they fill, scaled to weigh about as
    much as the histogram.
    """
    lab = to_lab(np.asarray(picture.resize(SIZE, Image.Resampling.BOX)))
    garment = _garment(lab)
    cells = (
        _nearest(garment[:, 0], LIGHTNESS) * len(CHROMA) ** 2
        + _nearest(garment[:, 1], CHROMA) * len(CHROMA)
        + _nearest(garment[:, 2], CHROMA)
    )
    counts = np.bincount(cells, minlength=COLOUR_DIM - STATISTICS)
    share = len(garment) / (SIZE[0] * SIZE[1])
    statistics = [*(garment.mean(axis=0) / 100), *(garment.std(axis=0) / 50), share / 3]
    histogram = np.sqrt(counts / len(garment))
    described: Floats = np.concatenate([histogram, statistics]).astype(np.float32)
    return described


def _garment(lab: Floats) -> Floats:
    border = np.concatenate([lab[0], lab[:, 0], lab[:, -1]])
    away = np.linalg.norm(lab - np.median(border, axis=0), axis=-1) > APART
    garment: Floats = lab[away]
    if len(garment) >= ENOUGH:
        return garment
    height, width = lab.shape[:2]
    middle = lab[height // 4 : -height // 4, width // 4 : -width // 4]
    return middle.reshape(-1, 3)


def _nearest(values: Floats, centres: Floats) -> Ints:
    nearest: Ints = np.abs(values[:, None] - centres).argmin(axis=1)
    return nearest
