"""Embed: every photograph and title of a wardrobe to vectors, once.

Pictures are told apart by their bytes, and decoded a little ahead.
"""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from PIL import Image

from modiste.arrays import Floats
from modiste.data.pictures import MAX_PIXELS, read_bytes, read_image
from modiste.data.wardrobe import Wardrobe
from modiste.encoders.base import ImageEncoder, Pixels, TextEncoder
from modiste.encoders.colour import COLOUR_DIM, COLOUR_FINGERPRINT, describe_colours
from modiste.encoders.features import make_current
from modiste.encoders.onnx import cores
from modiste.encoders.store import Store
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


BATCH = 32
"""Pictures that are encoded, and then count, together."""
TEXTS = 256
"""Texts that are."""

Progress = Callable[[int, int], None]
_Prepared = tuple[Pixels | None, Floats | None]


@dataclass(frozen=True, kw_only=True)
class EmbedReport:
    """What `embed` did.

    Args:
        encoded: block -> vectors made now.
        reused: block -> vectors that stood there already.
        skipped: id, file and reason of every picture that could not be read.
        seconds: in all.
    """

    encoded: Mapping[str, int]
    reused: Mapping[str, int]
    skipped: Sequence[Mapping[str, str]]
    notes: Sequence[str] = ()
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def embed_images(  # noqa: PLR0913 - most have defaults
    wardrobe: Wardrobe,
    encoder: ImageEncoder,
    *,
    facts: Mapping[str, Any],
    progress: Progress,
    max_pixels: int = MAX_PIXELS,
    current: bool = True,
) -> EmbedReport:
    """Make the blocks `image` and `colour` of a wardrobe; only what is new or changed is encoded.

    A picture is known by the SHA-256 of its file. Stopped or killed at any moment, it goes on
    from there when it is called again. Hold the wardrobe's lock.

    Args:
        wardrobe: whose pictures.
        encoder: of its photographs.
        facts: more for `encoder.toml`.
        progress: told how many pictures are done of how many.
        max_pixels: a picture with more is skipped.
        current: whether models are trained on these features from now on.

    Raises:
        FeatureError: the disk is full or cannot be written; what was encoded before is kept.
    """
    began = time.monotonic()
    pictures = find_pictures(wardrobe)
    with ExitStack() as stack:
        by = (encoder.name, encoder.fingerprint, encoder.dim)
        image = stack.enter_context(closing(Store(wardrobe.root, "image", by)))
        by = ("colour", COLOUR_FINGERPRINT, COLOUR_DIM)
        colour = stack.enter_context(closing(Store(wardrobe.root, "colour", by)))
        work = _Pass(encoder, image, colour, skipped=list(pictures.skipped))
        reused = {
            str(s.kind): s.count_of(p.key for p in pictures.distinct) for s in (image, colour)
        }
        work.run(pictures.distinct, progress, max_pixels)
        image.finish(pictures.keys(), work.skipped, facts)
        colour.finish(pictures.keys(), work.skipped, {})
    if current:
        make_current(wardrobe.root, {s.kind: s.folder.name for s in (image, colour)})
    return EmbedReport(
        encoded=work.encoded,
        reused=reused,
        skipped=work.skipped,
        notes=_notes(image.damaged + colour.damaged),
        seconds=time.monotonic() - began,
    )


def embed_texts(wardrobe: Wardrobe, encoder: TextEncoder, *, progress: Progress) -> EmbedReport:
    """Make the block `text` of a wardrobe; each distinct title is encoded once.

    Raises:
        FeatureError: the disk is full or cannot be written; what was encoded before is kept.
    """
    began = time.monotonic()
    titled = wardrobe.items.select("id", "title").drop_nulls().rows()
    keys = {
        item: (hashlib.sha256(title.encode()).digest(), title)
        for item, title in titled
        if title.strip()
    }
    titles = dict(keys.values())
    made_by = (encoder.name, encoder.fingerprint, encoder.dim)
    with closing(Store(wardrobe.root, "text", made_by)) as store:
        fresh = [key for key in titles if key not in store.rows]
        for at in range(0, len(fresh), TEXTS):
            progress(at, len(fresh))
            some = fresh[at : at + TEXTS]
            store.add(some, encoder.encode([titles[key] for key in some]))
        progress(len(fresh), len(fresh))
        store.finish(keys, [], {})
    make_current(wardrobe.root, {"text": store.folder.name})
    return EmbedReport(
        encoded={"text": len(fresh)},
        reused={"text": len(titles) - len(fresh)},
        skipped=[],
        notes=_notes(store.damaged),
        seconds=time.monotonic() - began,
    )


@dataclass
class _Pass:
    """One pass over the pictures."""

    encoder: ImageEncoder
    image: Store
    colour: Store
    skipped: list[dict[str, str]]
    encoded: dict[str, int] = field(default_factory=lambda: {"image": 0, "colour": 0})

    def run(self, pictures: Sequence[Picture], progress: Progress, max_pixels: int) -> None:
        wanted = [p for p in pictures if not self._has(p)]
        progress(0, len(wanted))
        ready = prepared(wanted, self._prepare, edge=self.encoder.edge, max_pixels=max_pixels)
        done = 0
        for batch in _batches(ready, BATCH):
            self._add(batch)
            done += len(batch)
            progress(done, len(wanted))

    def _has(self, picture: Picture) -> bool:
        return picture.key in self.image.rows and picture.key in self.colour.rows

    def _prepare(self, picture: Picture, decoded: Image.Image) -> _Prepared:
        """Pixels for the encoder and colours, each only where it is not there yet."""
        wanted = picture.key not in self.image.rows
        pixels = self.encoder.preprocess(decoded) if wanted else None
        wanted = picture.key not in self.colour.rows
        return pixels, describe_colours(decoded) if wanted else None

    def _add(self, batch: Sequence[tuple[Picture, _Prepared | ImageError]]) -> None:
        pixels: dict[bytes, Pixels] = {}
        colours: dict[bytes, Floats] = {}
        for picture, result in batch:
            if isinstance(result, ImageError):
                self.skipped += picture.skipped(str(result))
                continue
            if result[0] is not None:
                pixels[picture.key] = result[0]
            if result[1] is not None:
                colours[picture.key] = result[1]
        if colours:
            self.colour.add(list(colours), np.stack(list(colours.values())))
        if pixels:
            self.image.add(list(pixels), self.encoder.encode(np.stack(list(pixels.values()))))
        self.encoded["image"] += len(pixels)
        self.encoded["colour"] += len(colours)


def _batches(
    ready: Iterator[tuple[Picture, _Prepared | ImageError]], size: int
) -> Iterator[list[tuple[Picture, _Prepared | ImageError]]]:
    while batch := list(islice(ready, size)):
        yield batch


def _notes(damaged: int) -> list[str]:
    notes = []
    if damaged:
        notes.append(f"{damaged:,} stored vectors were damaged and have been made again.")
    return notes
