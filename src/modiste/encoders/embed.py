"""Embed: every photograph and title of a wardrobe to vectors, once."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
from PIL import Image

from modiste.data.pictures import MAX_PIXELS
from modiste.data.wardrobe import Wardrobe
from modiste.encoders.base import Floats, ImageEncoder, Pixels, TextEncoder
from modiste.encoders.colour import COLOUR_DIM, COLOUR_FINGERPRINT, describe_colours
from modiste.encoders.features import make_current
from modiste.encoders.reading import Picture, find_pictures, prepared
from modiste.encoders.settle import Choice, settle
from modiste.encoders.store import Store, stored_keys
from modiste.errors import ImageError

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
        precision: `fp32` or `int8`.
        agreement: share of the ten nearest neighbours that int8 keeps among all pictures; None
            where it was not measured.
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


def embed_images(  # noqa: PLR0913 - most have defaults
    wardrobe: Wardrobe,
    encoder: ImageEncoder,
    *,
    facts: Mapping[str, Any],
    progress: Progress,
    precision: Choice = "auto",
    max_pixels: int = MAX_PIXELS,
    current: bool = True,
) -> EmbedReport:
    """Make the blocks `image` and `colour` of a wardrobe; only what is new or changed is encoded.

    A picture is known by the SHA-256 of its file. Stopped or killed at any moment, it goes on
    from there when it is called again. Hold the wardrobe's lock.

    Args:
        wardrobe: whose pictures.
        encoder: in fp32; its int8 version takes its place where `settle` says so.
        facts: more for `encoder.toml`.
        progress: told how many pictures are done of how many.
        precision: `auto`, or `fp32` to leave int8 alone.
        max_pixels: a picture with more is skipped.
        current: whether models are trained on these features from now on.

    Raises:
        FeatureError: the disk is full or cannot be written; what was encoded before is kept.
    """
    began = time.monotonic()
    pictures = find_pictures(wardrobe)
    have = stored_keys(wardrobe.root, encoder.fingerprint)
    fresh = [picture.path for picture in pictures.distinct if picture.key not in have]
    encoder, decision = settle(
        wardrobe.root, encoder, fresh, len(pictures.distinct), choice=precision
    )
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
        image.finish(pictures.keys(), work.skipped, dict(facts) | decision.facts())
        colour.finish(pictures.keys(), work.skipped, {})
    if current:
        make_current(wardrobe.root, {s.kind: s.folder.name for s in (image, colour)})
    return EmbedReport(
        encoded=work.encoded,
        reused=reused,
        skipped=work.skipped,
        precision=decision.precision,
        agreement=decision.projected,
        notes=_notes(decision.reason, image.damaged + colour.damaged),
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
        notes=_notes("", store.damaged),
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


def _notes(reason: str, damaged: int) -> list[str]:
    notes = [f"{reason[0].upper()}{reason[1:]}."] if reason else []
    if damaged:
        notes.append(f"{damaged:,} stored vectors were damaged and have been made again.")
    return notes
