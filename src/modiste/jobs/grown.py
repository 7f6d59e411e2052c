"""A catalogue of as many items as one likes, to measure what many items cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl

from modiste.catalogue.base import Goods
from modiste.catalogue.places import create_catalogue
from modiste.data.batches import Floats, Ints, ItemTable
from modiste.jobs.catalogue import item_vectors
from modiste.jobs.catalogue_items import catalogue_items
from modiste.jobs.progress import Report, progress
from modiste.models.base import OutfitModel
from modiste.training.run import Run
from modiste.training.tables import table_of

NOISE = 0.3
"""Of the items' own spread."""
CHUNK = 4096


def grow(run: Path, where: str, items: int) -> None:
    """Fill a new catalogue with a run's items, many times over, with noise on their features.

    The first copy is the items as they are; photographs and titles are those of the originals.
    It takes four bytes a feature and an item on the disk.

    Args:
        run: of a trained model that has dense vectors.
        where: the new catalogue, a folder or a `postgresql://` address.
        items: how many.

    Raises:
        CatalogueError: there is a catalogue already, or the place cannot be written.
        ModisteError: the run or its wardrobe cannot be read.
    """
    opened = Run.open(run)
    wardrobe = opened.wardrobe(None)
    table = table_of(wardrobe, opened.spec, opened.counts)
    copies = _Copies(opened.model(), table, catalogue_items(wardrobe))
    first = copies.of(0, np.arange(1))
    widths = {"width": first.vectors.shape[1], "feature_width": first.features.shape[1]}
    catalogue = create_catalogue(where, run=opened.fingerprint, **widths)
    try:
        with progress("items") as report:
            catalogue.replace(copies.some(items, report), run=opened.fingerprint, **widths)
    finally:
        catalogue.close()


@dataclass(frozen=True)
class _Copies:
    """The endless row of items: those of the table, then copies of them."""

    model: OutfitModel
    table: ItemTable
    facts: pl.DataFrame

    @cached_property
    def spread(self) -> Floats:
        """(D,) standard deviation of the features."""
        return np.asarray(self.table.features.std(axis=0), dtype=np.float32)

    def some(self, count: int, report: Report) -> Iterator[Goods]:
        """The first `count` of them."""
        size, start = len(self.facts), 0
        while start < count:
            report(start, count)
            copy, place = divmod(start, size)
            rows = np.arange(place, min(place + CHUNK, size, place + count - start))
            yield self.of(copy, rows)
            start += len(rows)
        report(count, count)

    def of(self, copy: int, rows: Ints) -> Goods:
        """Rows of one copy."""
        features, facts = np.ascontiguousarray(self.table.features[rows]), self.facts[rows]
        if copy:
            rng = np.random.default_rng([copy, int(rows[0])])
            noise = rng.standard_normal(features.shape, dtype=np.float32)
            features = features + NOISE * self.spread * noise
            facts = facts.with_columns(pl.col("id") + f" ({copy})")
        return Goods(facts, item_vectors(self.model, features, self.table.category[rows]), features)
