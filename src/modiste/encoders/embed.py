"""Embed: every photograph and title of a wardrobe to vectors, once."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from modiste.data.pictures import read_image
from modiste.data.wardrobe import Wardrobe
from modiste.encoders.base import Floats, ImageEncoder, Pixels, TextEncoder
from modiste.encoders.colour import COLOUR_DIM, COLOUR_FINGERPRINT, describe_colours
from modiste.encoders.features import Store, make_current
from modiste.errors import ImageError

BATCH = 32
READERS = 2
"""Threads that decode pictures beside the network: decoding lets go of the interpreter."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class EmbedReport:
    """What `embed` did.

    Args:
        encoded: block -> vectors made now.
        reused: block -> vectors that stood there already.
        skipped: id, file and reason of every picture that could not be read.
        precision: `fp32` or `int8`.
        agreement: share of the ten nearest neighbours that int8 keeps; None where not measured.
        seconds: in all.
    """

    encoded: Mapping[str, int]
    reused: Mapping[str, int]
    skipped: Sequence[Mapping[str, str]]
    precision: str = "fp32"
    agreement: float | None = None
    notes: Sequence[str] = ()
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def to_text(self) -> str:
        """What was done, and every picture that was skipped."""
        made = ", ".join(
            f"{name} {count:,} new and {self.reused.get(name, 0):,} kept"
            for name, count in self.encoded.items()
        )
        lines = [f"Vectors: {made}; {self.precision}; {self.seconds:,.0f} s."]
        if self.agreement is not None:
            lines.append(f"int8 keeps {self.agreement:.1%} of the ten nearest neighbours.")
        lines += [f"- {note}" for note in self.notes]
        if self.skipped:
            lines.append(f"Skipped {len(self.skipped):,} pictures, which count as absent:")
            lines += [f"- {s['id']} ({s['file']}): {s['reason']}" for s in self.skipped]
        return "\n".join(lines)


@dataclass
class _Picture:
    """One distinct picture on its way."""

    key: bytes
    path: Path
    items: list[str]
    pixels: Pixels | None = None
    colours: Floats | None = None
    reason: str = ""


@dataclass
class _Pass:
    """What the pass over the pictures found."""

    encoded: dict[str, int] = field(default_factory=lambda: {"image": 0, "colour": 0})
    skipped: list[dict[str, str]] = field(default_factory=list)


def embed_images(
    wardrobe: Wardrobe, encoder: ImageEncoder, *, facts: Mapping[str, Any], progress: Progress
) -> EmbedReport:
    """Make the blocks `image` and `colour` of a wardrobe; only what is new or changed is encoded.

    A picture is known by the SHA-256 of its file. Hold the wardrobe's lock.
    """
    began = time.monotonic()
    pictures, keys, skipped = _pictures(wardrobe)
    image = Store(wardrobe.root, "image", (encoder.name, encoder.fingerprint, encoder.dim))
    colour = Store(wardrobe.root, "colour", ("colour", COLOUR_FINGERPRINT, COLOUR_DIM))
    wanted = [p for p in pictures if p.key not in image.rows or p.key not in colour.rows]
    found = _Pass(skipped=skipped)
    try:
        for batch in _batches(_prepared(wanted, encoder), BATCH):
            _encode(batch, encoder, image, colour, found)
            progress(sum(found.encoded.values()) // 2 + len(found.skipped), len(wanted))
    except BaseException:
        image.close()
        colour.close()
        raise
    for store in (image, colour):
        store.finish(keys, found.skipped, facts if store is image else {})
    make_current(wardrobe.root, {s.kind: s.folder.name for s in (image, colour)})
    reused = {"image": len(pictures) - len(wanted), "colour": len(pictures) - len(wanted)}
    return EmbedReport(
        encoded=found.encoded,
        reused=reused,
        skipped=found.skipped,
        seconds=time.monotonic() - began,
    )


def embed_texts(wardrobe: Wardrobe, encoder: TextEncoder, *, progress: Progress) -> EmbedReport:
    """Make the block `text` of a wardrobe; each distinct title is encoded once."""
    began = time.monotonic()
    titled = wardrobe.items.select("id", "title").rows()
    keys = {
        item: hashlib.sha256(title.encode()).digest() for item, title in titled if title.strip()
    }
    titles = {keys[item]: title for item, title in titled if item in keys}
    store = Store(wardrobe.root, "text", (encoder.name, encoder.fingerprint, encoder.dim))
    fresh = [key for key in titles if key not in store.rows]
    try:
        for at in range(0, len(fresh), 512):
            some = fresh[at : at + 512]
            store.add(some, encoder.encode([titles[key] for key in some]))
            progress(at + len(some), len(fresh))
    except BaseException:
        store.close()
        raise
    store.finish(keys, [], {})
    make_current(wardrobe.root, {"text": store.folder.name})
    return EmbedReport(
        encoded={"text": len(fresh)},
        reused={"text": len(titles) - len(fresh)},
        skipped=[],
        seconds=time.monotonic() - began,
    )


def _pictures(
    wardrobe: Wardrobe,
) -> tuple[list[_Picture], dict[str, bytes], list[dict[str, str]]]:
    """The distinct pictures, the key of every item that has one, and files that are missing."""
    rows = wardrobe.items.select("id", "image").drop_nulls().rows()
    with ThreadPoolExecutor(READERS) as pool:
        digests = list(pool.map(lambda row: _digest(wardrobe.image_path(row[1])), rows))
    keys: dict[str, bytes] = {}
    pictures: dict[bytes, _Picture] = {}
    skipped = []
    for (item, image), digest in zip(rows, digests, strict=True):
        if digest is None:
            skipped.append({"id": item, "file": image, "reason": "there is no such file"})
            continue
        keys[item] = digest
        path = wardrobe.root / image
        pictures.setdefault(digest, _Picture(digest, path, [])).items.append(item)
    return list(pictures.values()), keys, skipped


def _digest(path: Path | None) -> bytes | None:
    if path is None:
        return None
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return None


def _prepared(pictures: Sequence[_Picture], encoder: ImageEncoder) -> Iterator[_Picture]:
    """Decode pictures in threads, a little ahead of the network."""

    def prepare(picture: _Picture) -> _Picture:
        try:
            decoded = read_image(picture.path, draft=encoder.edge)
            picture.pixels = encoder.preprocess(decoded)
            picture.colours = describe_colours(decoded)
        except ImageError as error:
            picture.reason = str(error)
        return picture

    with ThreadPoolExecutor(READERS) as pool:
        waiting = iter(pictures)
        ahead = [pool.submit(prepare, p) for p in islice(waiting, 4 * BATCH)]
        while ahead:
            done = ahead.pop(0).result()
            ahead += [pool.submit(prepare, p) for p in islice(waiting, 1)]
            yield done


def _encode(
    batch: Sequence[_Picture], encoder: ImageEncoder, image: Store, colour: Store, found: _Pass
) -> None:
    for picture in batch:
        if picture.pixels is None:
            found.skipped += [
                {"id": item, "file": picture.path.name, "reason": picture.reason}
                for item in picture.items
            ]
    readable = [p for p in batch if p.pixels is not None and p.colours is not None]
    plain = [p for p in readable if p.key not in colour.rows]
    if plain:
        colour.add(
            [p.key for p in plain], np.stack([p.colours for p in plain if p.colours is not None])
        )
        found.encoded["colour"] += len(plain)
    fresh = [p for p in readable if p.key not in image.rows]
    if fresh:
        pixels = np.stack([p.pixels for p in fresh if p.pixels is not None])
        image.add([p.key for p in fresh], encoder.encode(pixels))
        found.encoded["image"] += len(fresh)
    for picture in batch:
        picture.pixels = picture.colours = None


def _batches(pictures: Iterator[_Picture], size: int) -> Iterator[list[_Picture]]:
    while batch := list(islice(pictures, size)):
        yield batch
