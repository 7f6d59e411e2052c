"""Encoding photographs, against the loop that everybody writes first."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn

from modiste.arrays import Floats
from modiste.bench.rows import BenchRow
from modiste.encoders.base import ImageEncoder, Pixels
from modiste.encoders.colour import describe_colours
from modiste.encoders.embed import Picture, prepared
from modiste.encoders.image import lite0
from modiste.errors import ImageError

BATCH = 32
REFERENCE = "Pillow + timm tf_efficientnet_lite0 in torch, fp32, batch 32"


def bench_embed(pictures: Sequence[Path], *, rounds: int = 3) -> list[BenchRow]:
    """Time the plain loop and ours in turn over the same files; ratios are medians over rounds.

    The plain loop: Pillow decodes and resizes, timm's network in fp32 runs in torch over batches
    of 32. Ours does what `modiste embed` does to a picture, the colour block included.
    Everything is run once before it counts, so that files and code are in memory.
    """
    encoder = lite0()
    works: dict[str, Callable[[], object]] = {
        "plain": lambda: plain_loop(pictures, encoder.module),
        "ours": lambda: ours(pictures, encoder),
    }
    for work in works.values():
        work()
    times = [{name: _seconds(work) for name, work in works.items()} for _ in range(rounds)]
    plain, mine = (statistics.median(t[name] for t in times) for name in ("plain", "ours"))
    return [
        BenchRow(
            name="embed",
            value=len(pictures) / mine,
            unit="pictures/s",
            reference=REFERENCE,
            reference_value=len(pictures) / plain,
            ratio=statistics.median(t["plain"] / t["ours"] for t in times),
        )
    ]


def ours(pictures: Sequence[Path], encoder: ImageEncoder) -> Floats:
    """(n, dim) vectors as `embed` makes them: decoding runs ahead in threads."""

    def prepare(_: Picture, decoded: Image.Image) -> Pixels:
        describe_colours(decoded)
        return encoder.preprocess(decoded)

    ready = prepared([Picture(b"", path) for path in pictures], prepare, edge=encoder.edge)
    vectors = []
    while batch := [result for _, result in islice(ready, BATCH)]:
        vectors.append(
            encoder.encode(np.stack([p for p in batch if not isinstance(p, ImageError)]))
        )
    return np.concatenate(vectors)


def plain_loop(pictures: Sequence[Path], network: nn.Module) -> Floats:
    """The reference: (n, 1280) vectors; the network takes pixels and normalises them itself."""
    vectors = []
    for at in range(0, len(pictures), BATCH):
        decoded = []
        for path in pictures[at : at + BATCH]:
            with Image.open(path) as picture:
                small = picture.convert("RGB").resize((224, 224), Image.Resampling.BICUBIC)
                decoded.append(np.asarray(small))
        with torch.inference_mode():
            vectors.append(network(torch.from_numpy(np.stack(decoded))).numpy())
    found: Floats = np.concatenate(vectors)
    return found


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
