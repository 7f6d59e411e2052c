"""Benchmarks by name: on photographs, on a service, or on what is drawn from a seed.

`grow` makes a catalogue of as many items as one likes, to measure what many items cost.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl

from modiste.arrays import Floats, Ints
from modiste.bench.completion import bench_completion
from modiste.bench.embed import bench_embed
from modiste.bench.han2017 import bench_han2017
from modiste.bench.likeness import bench_likeness
from modiste.bench.rows import BenchRow
from modiste.bench.search.files import bench_search
from modiste.bench.search.shop import ShopSize
from modiste.bench.serve.measure import ServeSize, bench_serve
from modiste.catalogue.base import Batch
from modiste.catalogue.places import create_catalogue
from modiste.data.batches import ItemTable
from modiste.data.drawn.build import draw_wardrobe
from modiste.data.wardrobe import Wardrobe
from modiste.errors import DataError, Misuse, UnknownName
from modiste.jobs.catalogue import catalogue_items, item_vectors
from modiste.jobs.embed import embed
from modiste.jobs.progress import Report, progress
from modiste.jobs.threads import available_cores
from modiste.jobs.train import train
from modiste.models.base import OutfitModel
from modiste.training.run import Run, table_of

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

    def some(self, count: int, report: Report) -> Iterator[Batch]:
        """The first `count` of them."""
        size, start = len(self.facts), 0
        while start < count:
            report(start, count)
            copy, place = divmod(start, size)
            rows = np.arange(place, min(place + CHUNK, size, place + count - start))
            yield self.of(copy, rows)
            start += len(rows)
        report(count, count)

    def of(self, copy: int, rows: Ints) -> Batch:
        """Rows of one copy."""
        features, facts = np.ascontiguousarray(self.table.features[rows]), self.facts[rows]
        if copy:
            rng = np.random.default_rng([copy, int(rows[0])])
            noise = rng.standard_normal(features.shape, dtype=np.float32)
            features = features + NOISE * self.spread * noise
            facts = facts.with_columns(pl.col("id") + f" ({copy})")
        return Batch(facts, item_vectors(self.model, features, self.table.category[rows]), features)


BENCHMARKS = ("completion", "embed", "han2017", "likeness", "search", "serve")


def bench(
    names: Sequence[str] = (),
    *,
    wardrobe: Path | None = None,
    count: int = 600,
    items: int = ShopSize.items,
    run: Path | None = None,
    catalogue: str | None = None,
    grown: int | None = None,
    serve: ServeSize | None = None,
) -> list[BenchRow]:
    """Run benchmarks, each beside its reference in the same run.

    Args:
        names: of `BENCHMARKS`; none: all.
        wardrobe: whose photographs `embed` encodes; None: garments drawn for it.
        count: how many photographs.
        items: how many `search` searches.
        run: which run `serve` serves; None: one that is trained for it on drawn garments.
        catalogue: what `serve` serves, as `modiste serve --catalogue` takes it; None: the run's
            wardrobe.
        grown: `serve` serves a catalogue of so many items, those of the run many times over.
        serve: how much `serve` asks.

    Raises:
        Misuse: a catalogue without the run that it was built for.
        UnknownName: there is no such benchmark.
        DataError: the wardrobe has no photographs.
    """
    for name in names:
        if name not in BENCHMARKS:
            raise UnknownName("benchmark", name, BENCHMARKS)
    if catalogue is not None and run is None:
        raise Misuse("--catalogue is of one run's items; say of which with --run.")
    if catalogue is not None and grown is not None:
        raise Misuse("--grow makes a catalogue of its own; leave it or --catalogue out.")
    work: dict[str, Callable[[], list[BenchRow]]] = {
        "completion": bench_completion,
        "embed": lambda: _embed(wardrobe, count),
        "han2017": bench_han2017,
        "likeness": bench_likeness,
        "search": lambda: bench_search(ShopSize(items=items)),
        "serve": lambda: _serve(run, catalogue, grown, serve),
    }
    return [row for name in dict.fromkeys(names or BENCHMARKS) for row in work[name]()]


def _embed(wardrobe: Path | None, count: int) -> list[BenchRow]:
    if wardrobe is not None:
        return bench_embed(_photographs(Wardrobe(wardrobe), count))
    with tempfile.TemporaryDirectory() as folder:
        drawn = draw_wardrobe(Path(folder) / "W", items=max(count, 20), outfits=5)
        return bench_embed(_photographs(drawn, count))


def _serve(
    run: Path | None, catalogue: str | None, grown: int | None, size: ServeSize | None
) -> list[BenchRow]:
    size = size or ServeSize()
    if size.threads is None:  # what `modiste serve` takes, said so that the reference takes it too
        size = replace(size, threads=max(1, available_cores() - 1))
    with tempfile.TemporaryDirectory() as folder:
        if run is None:
            run = Path(folder) / "run"
            drawn = draw_wardrobe(Path(folder) / "W", items=300, outfits=600)
            embed(drawn.root)
            train(drawn.root, run, settings=["epochs=2"])
        if grown is not None:
            catalogue = str(Path(folder) / "catalogue")
            grow(run, catalogue, grown)
        return bench_serve(run, size, catalogue)


def _photographs(wardrobe: Wardrobe, count: int) -> list[Path]:
    paths = [wardrobe.image_path(image) for image in wardrobe.items["image"].drop_nulls()]
    found = [path for path in paths if path is not None][:count]
    if not found:
        raise DataError(f"{wardrobe.root} has no photographs to encode; give another --wardrobe.")
    return found
