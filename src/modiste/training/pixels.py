"""Batches that show the photographs themselves, for encoders that learn.

The next is made while a step runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, Literal, TypeVar

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from modiste.arrays import Ints
from modiste.data.pictures import read_image
from modiste.data.training_batches import TrainingBatches
from modiste.encoders.base import Pixels
from modiste.encoders.onnx import cores
from modiste.errors import DataError, ImageError, Misuse, check_choices
from modiste.outfit import OutfitBatch

Batch = TypeVar("Batch")


class Prefetch(Generic[Batch]):
    """Batches by step, each made in a thread while the one before is in use.

    Args:
        make: the batch of a step; it must follow from the step alone.
    """

    def __init__(self, make: Callable[[int], Batch]) -> None:
        self._make = make
        self._maker = ThreadPoolExecutor(1, thread_name_prefix="batches")
        self._coming: tuple[int, Future[Batch]] | None = None

    def take(self, step: int) -> Batch:
        """The batch of one step; raises what making it raised."""
        coming = self._coming
        if coming is None or coming[0] != step:
            coming = (step, self._maker.submit(self._make, step))
        found = coming[1].result()
        self._coming = (step + 1, self._maker.submit(self._make, step + 1))
        return found

    def close(self) -> None:
        """Let go of the thread."""
        self._maker.shutdown(cancel_futures=True)


@dataclass(frozen=True, kw_only=True)
class PicturedBatch(OutfitBatch):
    """A batch with the photographs of its items.

    Args:
        pixels: (P, H, W, 3) uint8, as the encoder takes them, some mirrored.
        pictured: (P,) int64 catalogue rows that they are of, ascending; items of the batch that
            are not among them have no photograph.
    """

    pixels: Tensor
    pictured: Tensor


@dataclass
class PhotographPixels:
    """A wardrobe's photographs as an encoder takes them, decoded once while memory allows.

    Args:
        paths: catalogue row -> file; rows without a photograph are not in it.
        prepare: an RGB picture to (H, W, 3) uint8.
        size: H and W.
        memory: bytes of pixels that are kept; what is beyond is decoded again every time.
    """

    paths: dict[int, Path]
    prepare: Callable[[Image.Image], Pixels]
    size: tuple[int, int]
    memory: int
    unreadable: dict[int, str] = field(default_factory=dict)
    """Rows whose file turned out to be none that can be read, and why; as if they had none."""
    _kept: dict[int, Pixels] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._pool = ThreadPoolExecutor(cores(), thread_name_prefix="photographs")

    def read(self, rows: Sequence[int]) -> tuple[Ints, Pixels]:
        """Those of `rows`, ascending, that have a photograph, (P,), and their (P, H, W, 3)."""
        wanted = [row for row in sorted(set(rows)) if row in self.paths]
        found = [
            (row, pixels)
            for row, pixels in zip(wanted, self._pool.map(self._one, wanted), strict=True)
            if pixels is not None
        ]
        shown = np.empty((len(found), *self.size, 3), dtype=np.uint8)
        for place, (_, pixels) in enumerate(found):
            shown[place] = pixels
        return np.array([row for row, _ in found], dtype=np.int64), shown

    def batches(self, rows: Sequence[int], size: int) -> Iterator[tuple[Ints, Pixels]]:
        """The photographs of `rows`, `size` at a time, the next ones read meanwhile."""
        parts = [rows[at : at + size] for at in range(0, len(rows), size)]
        with ThreadPoolExecutor(1) as ahead:
            coming = ahead.submit(self.read, parts[0]) if parts else None
            for following in [*parts[1:], None]:
                if coming is None:
                    return
                found = coming.result()
                coming = None if following is None else ahead.submit(self.read, following)
                yield found

    def close(self) -> None:
        """Let go of threads and pixels."""
        self._pool.shutdown(cancel_futures=True)
        self._kept.clear()

    def _one(self, row: int) -> Pixels | None:
        if (kept := self._kept.get(row)) is not None or row in self.unreadable:
            return kept
        try:
            pixels = self.prepare(read_image(self.paths[row], draft=min(self.size)))
        except ImageError as error:
            self.unreadable[row] = str(error)
            return None
        if (len(self._kept) + 1) * pixels.nbytes <= self.memory:
            self._kept[row] = pixels
        return pixels


class PicturedBatches:
    """Training batches with the photographs of their items; the next one is read meanwhile.

    Photographs are mirrored at random, each as (seed, step) says: the only change that Han et al.
    2017 make to them.

    Args:
        batches: of outfits and candidates, all of which are shown.
        photographs: of the items.
        flips: whether to mirror any.
    """

    def __init__(
        self, batches: TrainingBatches, photographs: PhotographPixels, *, flips: bool = True
    ) -> None:
        self.batches, self.photographs, self.flips = batches, photographs, flips
        self.table, self.worn = batches.table, batches.worn
        self._ahead = Prefetch(self._made)

    def __len__(self) -> int:
        """Steps an epoch."""
        return len(self.batches)

    def batch(self, step: int) -> PicturedBatch:
        """The batch of one step, counted from 0 over all epochs."""
        return self._ahead.take(step)

    def close(self) -> None:
        """Let go of threads and pixels."""
        self._ahead.close()
        self.photographs.close()

    def _made(self, step: int) -> PicturedBatch:
        batch = self.batches.batch(step)
        rows = batch.row[batch.present]
        if batch.candidates is not None:
            rows = torch.cat([rows, batch.candidates.row])
        pictured, pixels = self.photographs.read(rows.tolist())
        if self.flips:
            chance = np.random.default_rng((self.batches.config.seed, 3, step))
            mirrored = chance.random(len(pixels)) < 0.5
            pixels[mirrored] = pixels[mirrored, :, ::-1]
        return PicturedBatch(
            items=batch.items,
            present=batch.present,
            category=batch.category,
            row=batch.row,
            candidates=batch.candidates,
            pixels=torch.from_numpy(pixels),
            pictured=torch.from_numpy(pictured),
        )


_TRIES = 10  # to find a rectangle that fits; torchvision's number
_ASPECTS = (3 / 4, 4 / 3)


@dataclass(frozen=True, kw_only=True)
class PictureConfig:
    """Which photographs an epoch shows, and how they are changed."""

    batch_size: int = 32
    items_per_epoch: int = 0
    """Photographs of an epoch, drawn anew for each; 0: all of the training split."""
    valid_items: int = 0
    """Photographs that an evaluation looks at, always the same; 0: all of that split."""
    crop: Literal["none", "resized", "window"] = "none"
    """`none`: the whole picture. `resized`: a random rectangle of it, made as large as the
    network's input. `window`: as large as the input, from a picture of `source` pixels; things
    are then larger than they will be when pictures are embedded whole."""
    crop_area: float = 0.08
    """The smallest share of the picture that `resized` takes."""
    source: int = 0
    """Edge of the pictures that crops are taken from; 0: the input's, half as much again where
    there are crops."""
    flips: Literal["none", "horizontal", "both"] = "horizontal"
    """Mirror half of the photographs; `both`: half of them upside down, too."""
    pixels_mb: int = 2000
    """Megabytes of decoded photographs that are kept in memory."""
    seed: int = 0
    """Of the split, the weights, the order and every change."""

    def __post_init__(self) -> None:
        check_choices(self)
        if self.batch_size < 2:
            raise Misuse(f"batch_size={self.batch_size}: give 2 or more.")
        if not 0 < self.crop_area <= 1:
            raise Misuse(f"crop_area={self.crop_area}: give a share above 0, at most 1.")
        low = min(self.items_per_epoch, self.valid_items, self.source, self.pixels_mb, self.seed)
        if low < 0:
            raise Misuse(
                "items_per_epoch, valid_items, source, pixels_mb and seed cannot be below 0."
            )

    def source_of(self, size: int) -> int:
        """The edge that photographs are kept at, for an input of `size` pixels.

        Raises:
            Misuse: the input is larger.
        """
        source = self.source or (size if self.crop == "none" else size * 3 // 2)
        if source < size:
            raise Misuse(f"source={source}: the input has {size} pixels; give as many or more.")
        return source


@dataclass(frozen=True)
class PictureBatch:
    """Photographs and what they are of.

    Args:
        pixels: (n, H, W, 3) uint8.
        label: (n,) int64 number of the category.
    """

    pixels: Tensor
    label: Tensor


class PictureBatches:
    """The batches of a training, by step; the next one is made meanwhile.

    Which photographs, which rectangles and which mirrorings follow from (seed, step) alone.

    Args:
        photographs: kept at `config.source_of(size)`.
        rows: catalogue rows of the training split.
        labels: catalogue row -> number of its category.
        size: edge of the network's input.
        config: settings.
    """

    def __init__(
        self,
        photographs: PhotographPixels,
        rows: Sequence[int],
        labels: dict[int, int],
        size: int,
        config: PictureConfig,
    ) -> None:
        self.photographs, self.labels, self.size, self.config = photographs, labels, size, config
        self._rows = np.array(rows, dtype=np.int64)
        self._shown = min(config.items_per_epoch or len(rows), len(rows))
        self._batch = min(config.batch_size, self._shown)
        self._ahead = Prefetch(self._made)

    def __len__(self) -> int:
        """Steps an epoch; what does not fill a batch waits for another epoch."""
        return self._shown // self._batch

    def batch(self, step: int) -> PictureBatch:
        """The batch of one step, counted from 0 over all epochs.

        Raises:
            DataError: none of its photographs can be read any more.
        """
        return self._ahead.take(step)

    def close(self) -> None:
        """Let go of threads and pixels."""
        self._ahead.close()
        self.photographs.close()

    def _made(self, step: int) -> PictureBatch:
        epoch, place = divmod(step, len(self))
        order = np.random.default_rng((self.config.seed, 11, epoch)).permutation(len(self._rows))
        chosen = self._rows[order[place * self._batch : (place + 1) * self._batch]]
        rows, pixels = self.photographs.read(chosen.tolist())
        if len(rows) < 2:
            reason = next(iter(self.photographs.unreadable.values()), "the files are gone")
            raise DataError(
                f"Photographs cannot be read any more ({reason}); check the wardrobe's images."
            )
        chance = np.random.default_rng((self.config.seed, 12, step))
        changed = np.stack([self._changed(picture, chance) for picture in pixels])
        return PictureBatch(torch.from_numpy(changed), label_tensor(rows, self.labels))

    def _changed(self, picture: Pixels, chance: np.random.Generator) -> Pixels:
        """One photograph, cropped and mirrored: (size, size, 3)."""
        size, config = self.size, self.config
        if config.crop == "resized":
            picture = _resized(picture, rectangle(len(picture), config.crop_area, chance), size)
        elif config.crop == "window":
            top, left = chance.integers(0, len(picture) - size + 1, 2)
            picture = picture[top : top + size, left : left + size]
        elif len(picture) != size:
            picture = _resized(picture, (0, 0, len(picture), len(picture)), size)
        if config.flips != "none" and chance.random() < 0.5:
            picture = picture[:, ::-1]
        if config.flips == "both" and chance.random() < 0.5:
            picture = picture[::-1]
        return picture


def rectangle(edge: int, least: float, chance: np.random.Generator) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of a random part of a square picture.

    As torchvision's RandomResizedCrop: an area of `least` to the whole, 3:4 to 4:3, both evenly
    on their scale; the whole where none fits.
    """
    for _ in range(_TRIES):
        area = edge * edge * chance.uniform(least, 1)
        aspect = math.exp(chance.uniform(math.log(_ASPECTS[0]), math.log(_ASPECTS[1])))
        width, height = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
        if 0 < width <= edge and 0 < height <= edge:
            left = int(chance.integers(0, edge - width + 1))
            top = int(chance.integers(0, edge - height + 1))
            return left, top, left + width, top + height
    return 0, 0, edge, edge


def label_tensor(rows: Ints, labels: dict[int, int]) -> Tensor:
    """(n,) int64 numbers of the categories of catalogue rows."""
    return torch.tensor([labels[row] for row in rows.tolist()], dtype=torch.int64)


def _resized(picture: Pixels, box: tuple[int, int, int, int], size: int) -> Pixels:
    whole = Image.fromarray(picture)
    part = whole.resize((size, size), Image.Resampling.BICUBIC, box=box)
    return np.asarray(part, dtype=np.uint8)
