"""What every encoder is: weights and their preprocessing in one object with one fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

from modiste.arrays import Floats

Pixels = npt.NDArray[np.uint8]


class ImageEncoder(Protocol):
    """Pictures to vectors."""

    @property
    def name(self) -> str:
        """What `build_image_encoder` makes it from."""

    @property
    def dim(self) -> int:
        """Length of a vector."""

    @property
    def fingerprint(self) -> str:
        """64 hex digits that change with the weights and the preprocessing."""

    @property
    def edge(self) -> int:
        """The smaller edge, in pixels, that a picture is wanted at: decoding may stop there."""

    def preprocess(self, picture: Image.Image) -> Pixels:
        """An RGB picture as (H, W, 3) uint8 of the encoder's size; safe in threads."""

    def encode(self, pixels: Pixels) -> Floats:
        """(n, H, W, 3) uint8 to (n, dim) float32; safe in threads."""


class TextEncoder(Protocol):
    """Texts to vectors."""

    @property
    def name(self) -> str:
        """What `build_text_encoder` makes it from."""

    @property
    def dim(self) -> int:
        """Length of a vector."""

    @property
    def fingerprint(self) -> str:
        """64 hex digits that change with the weights and the preprocessing."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """Texts, n of them, to (n, dim) float32 of unit length."""


def fingerprint_of(files: Iterable[Path], facts: Mapping[str, object]) -> str:
    """SHA-256 over weight files and facts (preprocessing, version of our code)."""
    digest = hashlib.sha256(json.dumps(dict(facts), sort_keys=True).encode())
    for path in files:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
