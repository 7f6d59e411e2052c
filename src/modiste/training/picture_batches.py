"""Batches of single photographs, cropped and mirrored at random, for encoders in training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from modiste.data.batches import Ints
from modiste.encoders.base import Pixels
from modiste.errors import DataError, Misuse
from modiste.training.ahead import OneAhead
from modiste.training.pixels import Photographs

_CHOICES = {
    "crop": ("none", "resized", "window"),
    "flips": ("none", "horizontal", "both"),
}
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
        for name, known in _CHOICES.items():
            if (given := getattr(self, name)) not in known:
                raise Misuse(f"{name}={given!r}: give {', '.join(known)}.")
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
        photographs: Photographs,
        rows: Sequence[int],
        labels: dict[int, int],
        size: int,
        config: PictureConfig,
    ) -> None:
        self.photographs, self.labels, self.size, self.config = photographs, labels, size, config
        self._rows = np.array(rows, dtype=np.int64)
        self._shown = min(config.items_per_epoch or len(rows), len(rows))
        self._batch = min(config.batch_size, self._shown)
        self._ahead = OneAhead(self._made)

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
