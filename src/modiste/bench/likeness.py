"""Look-alikes among many items: a sketch that proposes, beside comparing every vector."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from modiste.arrays import Floats, Ints
from modiste.bench.rows import BenchRow, share_row
from modiste.stylist.likeness import Aspect, prepare

REFERENCE = "every vector, NumPy"
FIRST = 24
"""Items of a page."""
CHUNK = 16_384


@dataclass(frozen=True, kw_only=True)
class LikenessSize:
    """How much is compared; drawn from a seed.

    Args:
        items: with features of `width` float32 numbers each.
        width: of the vectors, as an image encoder makes them.
        varied: directions in which items differ; what is left of them is noise.
        queries: things that others are to be like.
    """

    items: int = 200_000
    width: int = 1280
    varied: int = 96
    queries: int = 20


def bench_likeness(size: LikenessSize | None = None) -> list[BenchRow]:
    """Time the first page of look-alikes, and count how much of the true one is on it."""
    size = size or LikenessSize()
    features, wanted = _draw(size)
    aspect, rows = Aspect(features, slice(None), cosine=True), np.arange(size.items)
    began = time.perf_counter()
    prepare([aspect])
    prepared = time.perf_counter() - began
    ours, theirs, shares = [], [], []
    for each in wanted:
        began = time.perf_counter()
        found = aspect.to(each).best(rows, FIRST)
        ours.append(time.perf_counter() - began)
        began = time.perf_counter()
        truth = _slowly(features, each)
        theirs.append(time.perf_counter() - began)
        shares.append(len(set(found.tolist()) & set(truth.tolist())) / FIRST)
    return _rows(size, ours, theirs, statistics.fmean(shares), prepared)


def _draw(size: LikenessSize) -> tuple[Floats, Floats]:
    """(M, D) features and (Q, D) others of the same kind, float32.

    Each direction varies a little less than the one before, as those of an encoder do.
    """
    rng = np.random.default_rng(0)
    falling = (1 / np.sqrt(1 + np.arange(size.varied))).astype(np.float32)
    directions = falling[:, None] * rng.standard_normal((size.varied, size.width), dtype=np.float32)
    usual = 2 * rng.standard_normal(size.width, dtype=np.float32)

    def some(count: int) -> Floats:
        apart = rng.standard_normal((count, size.varied), dtype=np.float32) @ directions
        noise = 0.2 * rng.standard_normal((count, size.width), dtype=np.float32)
        found: Floats = usual + apart + noise
        return found

    features = np.empty((size.items, size.width), dtype=np.float32)
    for start in range(0, size.items, CHUNK):
        part = features[start : start + CHUNK]
        part[:] = some(len(part))
    return features, some(size.queries)


def _slowly(features: Floats, wanted: Floats) -> Ints:
    """The first page by the cosine of every vector, read from `features` as they lie."""
    found = [
        part @ wanted / np.linalg.norm(part, axis=1)
        for start in range(0, len(features), CHUNK)
        for part in [features[start : start + CHUNK]]
    ]
    first: Ints = np.argsort(-np.concatenate(found), kind="stable")[:FIRST]
    return first


def _rows(
    size: LikenessSize,
    ours: Sequence[float],
    theirs: Sequence[float],
    share: float,
    prepared: float,
) -> list[BenchRow]:
    told = f"likeness, {size.items:,} x {size.width:,}"
    median = statistics.median(theirs)
    return [
        BenchRow(
            name=f"{told}, first {FIRST}",
            value=1000 * statistics.median(ours),
            unit="ms",
            reference=REFERENCE,
            reference_value=1000 * median,
            ratio=statistics.median(b / a for a, b in zip(ours, theirs, strict=True)),
        ),
        share_row(f"{told}, share of the true first {FIRST}", share),
        BenchRow(
            name=f"{told}, prepared once",
            value=prepared,
            unit="s",
            reference=f"{REFERENCE}, once",
            reference_value=median,
            ratio=median / prepared,
        ),
    ]
