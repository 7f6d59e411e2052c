"""Batches that show the photographs themselves, for encoders that learn with the model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from modiste.data.batches import Ints
from modiste.data.pictures import read_image
from modiste.data.training_batches import TrainingBatches
from modiste.encoders.base import Pixels
from modiste.encoders.onnx import cores
from modiste.errors import ImageError
from modiste.outfit import OutfitBatch
from modiste.training.ahead import OneAhead


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
class Photographs:
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
        self, batches: TrainingBatches, photographs: Photographs, *, flips: bool = True
    ) -> None:
        self.batches, self.photographs, self.flips = batches, photographs, flips
        self.table, self.worn = batches.table, batches.worn
        self._ahead = OneAhead(self._made)

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
