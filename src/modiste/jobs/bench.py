"""Benchmarks by name: on photographs, or on evaluations drawn from a seed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from modiste.bench.completion import bench_completion
from modiste.bench.embed import bench_embed
from modiste.bench.han2017 import bench_han2017
from modiste.bench.likeness import bench_likeness
from modiste.bench.rows import BenchRow
from modiste.bench.search import bench_search
from modiste.bench.search_draw import ShopSize
from modiste.bench.serve import ServeSize, bench_serve
from modiste.data.drawn import draw_wardrobe
from modiste.data.wardrobe import Wardrobe
from modiste.errors import DataError, Misuse, UnknownName
from modiste.jobs.embed import embed
from modiste.jobs.grown import grow
from modiste.jobs.threads import available_cores
from modiste.jobs.train import train

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
