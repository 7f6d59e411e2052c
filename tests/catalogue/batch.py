"""Batch for the stores under test, and what a search would find by looking at every item."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from modiste.arrays import Floats
from modiste.catalogue.base import NOTHING, Batch, Catalogue
from modiste.catalogue.facts import checked
from modiste.catalogue.filters import EVERYTHING, Facts, Filter

WIDTH, FEATURES = 8, 3
FINES = {"shoes": ("boots", "pumps"), "tops": ("shirts", "basics"), "bags": ("basics",)}
COLOURS = ("red", "navy blue", "weiß", None)
BRANDS = ("Étoile", "STRASSE", None)


def batch(count: int, seed: int = 0, prefix: str = "item") -> Batch:
    """The same count and seed draw the same; ids are `prefix 0` onwards."""
    rng = np.random.default_rng(seed)
    kinds = [(coarse, fine) for coarse, fines in FINES.items() for fine in fines]
    chosen = [kinds[n] for n in rng.integers(len(kinds), size=count)]
    price = rng.uniform(5, 100, count).round(2)
    items = pl.DataFrame(
        {
            "id": [f"{prefix} {n}" for n in range(count)],
            "category": [coarse for coarse, _ in chosen],
            "fine": [fine for _, fine in chosen],
            "title": [f"title {n}" for n in range(count)],
            "price": [None if n % 7 == 0 else float(price[n]) for n in range(count)],
            "in_stock": rng.random(count) < 0.7,
            "colour": [COLOURS[n] for n in rng.integers(len(COLOURS), size=count)],
            "looks": [("red", "green", None)[n] for n in rng.integers(3, size=count)],
            "brand": [BRANDS[n] for n in rng.integers(len(BRANDS), size=count)],
            "season": [("2023", "2024", None)[n] for n in rng.integers(3, size=count)],
            "sold by": [("Us", "them")[n] for n in rng.integers(2, size=count)],
        },
        schema_overrides={"price": pl.Float64},
    )
    vectors = rng.normal(size=(count, WIDTH)).astype(np.float32)
    return Batch(items, vectors, rng.normal(size=(count, FEATURES)).astype(np.float32))


def queries(count: int, seed: int = 99) -> Floats:
    """(count, WIDTH) float32."""
    return np.random.default_rng(seed).normal(size=(count, WIDTH)).astype(np.float32)


def joined(parts: Sequence[Batch]) -> Batch:
    """Several batch as one."""
    return Batch(
        pl.concat([part.items for part in parts], how="diagonal"),
        np.concatenate([part.vectors for part in parts]),
        np.concatenate([part.features for part in parts]),
    )


class Answer(NamedTuple):
    """For each of B queries the ids found, best first; (B, k) scores."""

    ids: list[list[str]]
    scores: Floats


def answer(store: Catalogue, wanted: Floats, k: int, where: Filter = EVERYTHING) -> Answer:
    """What the newest version of a store finds, by id."""
    snapshot = store.snapshot()
    found = snapshot.search(wanted, None, k, where)
    names = snapshot.items["id"]
    return Answer([names.gather(r[r != NOTHING]).to_list() for r in found.rows], found.scores)


def slowly(held: Batch, wanted: Floats, k: int, where: Filter) -> list[list[tuple[str, float]]]:
    """For each query the ids and scores of the k best that meet a filter."""
    met = Facts(checked(held.items)).met(where)
    ids = held.items["id"].to_list()
    scores = held.vectors.astype(np.float64) @ wanted.T.astype(np.float64)
    rows = np.flatnonzero(met)
    return [
        [(ids[row], float(scores[row, b])) for row in rows[np.argsort(-scores[rows, b])][:k]]
        for b in range(len(wanted))
    ]
