"""A wardrobe's distinct pictures: found, named by their bytes, decoded a little ahead."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeVar

from PIL import Image

from modiste.data.pictures import MAX_PIXELS, read_bytes, read_image
from modiste.data.wardrobe import Wardrobe
from modiste.encoders.onnx import cores
from modiste.errors import ImageError

_AHEAD = 64  # pictures decoded before they are asked for

T = TypeVar("T")


@dataclass(frozen=True)
class Picture:
    """One distinct picture.

    Args:
        key: SHA-256 of its file.
        path: the file, or the first of several with the same bytes.
        items: id and file, as the wardrobe names it, of the items that show it.
    """

    key: bytes
    path: Path
    items: list[tuple[str, str]] = field(default_factory=list)

    def skipped(self, reason: str) -> list[dict[str, str]]:
        """One entry for every item that shows it."""
        return [{"id": item, "file": file, "reason": reason} for item, file in self.items]


@dataclass(frozen=True)
class Pictures:
    """What a wardrobe's items show.

    Args:
        distinct: in item order.
        skipped: id, file and reason of items whose file cannot be read.
    """

    distinct: list[Picture]
    skipped: list[dict[str, str]]

    def keys(self) -> dict[str, tuple[bytes, str]]:
        """Item id -> SHA-256 of its picture, and the picture's file."""
        return {
            item: (picture.key, file) for picture in self.distinct for item, file in picture.items
        }


def find_pictures(wardrobe: Wardrobe) -> Pictures:
    """Read every picture's bytes, so that one that changed is noticed by its hash."""
    rows = wardrobe.items.select("id", "image").drop_nulls().rows()
    distinct: dict[bytes, Picture] = {}
    skipped = []
    with ThreadPoolExecutor(cores()) as pool:
        digests = pool.map(lambda row: _digest(wardrobe, row[1]), rows)
        for (item, file), (path, found) in zip(rows, digests, strict=True):
            if isinstance(found, str):
                skipped.append({"id": item, "file": file, "reason": found})
            else:
                distinct.setdefault(found, Picture(found, path)).items.append((item, file))
    return Pictures(list(distinct.values()), skipped)


def _digest(wardrobe: Wardrobe, file: str) -> tuple[Path, bytes | str]:
    path = wardrobe.image_path(file)
    if path is None:
        return wardrobe.root / file, f"There is no file {file} in the wardrobe."
    try:
        return path, hashlib.sha256(read_bytes(path)).digest()
    except ImageError as error:
        return path, str(error)


def prepared(
    pictures: Sequence[Picture],
    prepare: Callable[[Picture, Image.Image], T],
    *,
    edge: int,
    max_pixels: int = MAX_PIXELS,
) -> Iterator[tuple[Picture, T | ImageError]]:
    """Decode pictures and prepare them, in threads and ahead of whoever asks; in order.

    Args:
        pictures: which.
        prepare: what to make of each RGB picture; runs in the threads.
        edge: the smaller edge that is enough, in pixels.
        max_pixels: a picture with more is not decoded.
    """

    def work(picture: Picture) -> T | ImageError:
        try:
            return prepare(picture, read_image(picture.path, max_pixels=max_pixels, draft=edge))
        except ImageError as error:
            return error

    waiting = iter(pictures)
    with ThreadPoolExecutor(cores()) as pool:
        ahead = deque((p, pool.submit(work, p)) for p in islice(waiting, _AHEAD))
        try:
            while ahead:
                picture, future = ahead.popleft()
                result = future.result()
                ahead += [(p, pool.submit(work, p)) for p in islice(waiting, 1)]
                yield picture, result
        finally:
            for _, future in ahead:
                future.cancel()
