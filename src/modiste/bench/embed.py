"""Encoding photographs, against the loop that everybody writes first."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import nn

from modiste.bench.rows import BenchRow
from modiste.encoders.base import Floats, ImageEncoder, Pixels
from modiste.encoders.colour import describe_colours
from modiste.encoders.image import lite0
from modiste.encoders.precision import measure
from modiste.encoders.reading import Picture, prepared
from modiste.errors import ImageError

BATCH = 32
REFERENCE = "Pillow + timm tf_efficientnet_lite0 in torch, fp32, batch 32"


def bench_embed(pictures: Sequence[Path], *, rounds: int = 3) -> list[BenchRow]:
    """Time the plain loop and ours in turn over the same files; ratios are medians over rounds.

    The plain loop: Pillow decodes and resizes, timm's network in fp32 runs in torch over batches
    of 32. Ours does what `modiste embed` does to a picture, the colour block included, in fp32
    and, where the search finds a network that keeps the neighbours, in int8. Everything is run
    once before it counts, so that files and code are in memory.
    """
    exact = lite0()
    encoders: dict[str, ImageEncoder] = {"fp32": exact}
    decision, quantised = measure(exact, _sample(pictures, exact), len(pictures))
    if quantised is not None:
        encoders["int8"] = quantised
    works: dict[str, Callable[[], object]] = {"plain": lambda: plain_loop(pictures, exact.module)}
    for name, encoder in encoders.items():
        works[name] = lambda encoder=encoder: ours(pictures, encoder)  # type: ignore[misc]
    for work in works.values():
        work()
    times = [{name: _seconds(work) for name, work in works.items()} for _ in range(rounds)]
    return [_row(name, times, len(pictures), decision.projected) for name in encoders]


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


def _sample(pictures: Sequence[Path], encoder: ImageEncoder) -> npt.NDArray[np.uint8]:
    ready = prepared(
        [Picture(b"", path) for path in pictures[:1000]],
        lambda _, decoded: encoder.preprocess(decoded),
        edge=encoder.edge,
    )
    return np.stack([pixels for _, pixels in ready if not isinstance(pixels, ImageError)])


def _row(
    name: str, times: Sequence[dict[str, float]], count: int, agreement: float | None
) -> BenchRow:
    kept = "" if name == "fp32" or agreement is None else f" (keeps {agreement:.1%} of neighbours)"
    return BenchRow(
        name=f"embed {name}{kept}",
        value=count / statistics.median(t[name] for t in times),
        unit="pictures/s",
        reference=REFERENCE,
        reference_value=count / statistics.median(t["plain"] for t in times),
        ratio=statistics.median(t["plain"] / t[name] for t in times),
    )


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
