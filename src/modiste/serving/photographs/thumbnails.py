"""Photographs as they are shown: shrunk, or cut out of their grey, and kept in memory."""

from __future__ import annotations

import hashlib
import io
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from cachetools import LRUCache
from PIL import Image

from modiste.data.pictures import read_image
from modiste.serving.photographs.silhouette import laid_out
from modiste.stylist.pictures.cutout import Cutout

SIZES = (96, 192, 384, 768)
"""Longer edges that are made, in pixels."""


@dataclass(frozen=True)
class Thumbnail:
    """A photograph ready to be sent.

    Args:
        data: the file.
        media_type: of the file.
        tag: tells whether a browser has it already.
    """

    data: bytes
    media_type: str
    tag: str


class Thumbnails:
    """Makes them on demand and keeps those that were asked for last.

    Args:
        most: bytes that are kept.
    """

    def __init__(self, most: int) -> None:
        self._kept: LRUCache[tuple[object, ...], Thumbnail] = LRUCache(
            most, getsizeof=lambda made: len(made.data)
        )
        self._lock = threading.Lock()

    def kept(self, path: Path, size: int, *, cut: bool) -> Thumbnail | None:
        """The photograph at `path` where it is in memory."""
        try:
            key = _key(path, size, cut)
        except OSError:
            return None
        with self._lock:
            return self._kept.get(key)

    def get(self, path: Path, size: int, cut: bool) -> Thumbnail:
        """The photograph at `path` with its longer edge of `size` pixels at most.

        Raises:
            ImageError: it cannot be read.
            OSError: it has gone.
        """
        if (found := self.kept(path, size, cut=cut)) is not None:
            return found
        key, made = _key(path, size, cut), make(path, size, cut=cut)
        with self._lock, suppress(ValueError):  # larger than all that may be kept
            self._kept[key] = made
        return made


def _key(path: Path, size: int, cut: bool) -> tuple[object, ...]:
    facts = path.stat()
    return str(path), facts.st_mtime_ns, facts.st_size, int(size), cut


def make(path: Path, size: int, *, cut: bool) -> Thumbnail:
    """Shrink a photograph, or cut it out and shrink that."""
    picture = cut_out(path, size) if cut else shrunk(path, size)
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=84, method=3)
    data = file.getvalue()
    return Thumbnail(data, "image/webp", f'"{hashlib.sha256(data).hexdigest()[:24]}"')


def shrunk(path: Path, size: int) -> Image.Image:
    """The photograph as it is, smaller."""
    picture = read_image(path, draft=size)
    picture.thumbnail((size, size), Image.Resampling.LANCZOS)
    return picture


def cut_out(path: Path, size: int) -> Image.Image:
    """The garment alone; where it is not, nothing. A scene stays as it is."""
    cutout = Cutout(path)
    width, height = cutout.size
    scale = min(size / max(width, height), 1.0)
    light = cutout.resized(round(width * scale), round(height * scale))
    if cutout.scene:
        return Image.fromarray((np.clip(light, 0, 1) * 255 + 0.5).astype(np.uint8))
    rgba = laid_out(light)
    return Image.fromarray((rgba * 255 + 0.5).astype(np.uint8), "RGBA")
