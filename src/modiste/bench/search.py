"""Search in a large catalogue, beside exact search over everything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from modiste.bench.rows import BenchRow
from modiste.bench.search_draw import DrawnShop, ShopSize
from modiste.bench.search_measure import CHANGED, K
from modiste.catalogue.base import Batch
from modiste.catalogue.files.catalogue import FileCatalogue
from modiste.data.batches import Floats
from modiste.errors import CatalogueUnavailable, MissingExtra, ModisteError

QUERIES = 200
MEMORY = 1.3
"""Times the vectors' own size that a serving process may grow by."""
OPEN = 1.0
"""Seconds that opening may take."""
RECALL = {"category": 0.99, "everywhere": 0.95}
_BATCH = 100_000  # items that are put in at once


def bench_search(size: ShopSize | None = None, *, postgres: bool = True) -> list[BenchRow]:
    """Draw a shop, build a catalogue of it, ask it one query at a time on one thread.

    Exact search is NumPy's product of all vectors and the query, and the ten best of it, on one
    thread in the same process. Speed, opening and memory are of a process that does nothing else.

    Args:
        size: of the shop; None: 1,000,000 x 128 in 100 categories.
        postgres: measure PostgreSQL too, where its packages are installed; left out, with a
            sentence on standard error, where it does not answer in its time.

    Raises:
        ModisteError: the process that measures came to an end.
    """
    shop = DrawnShop(size or ShopSize())
    batch = shop.batch()
    wanted, fines = shop.queries(QUERIES)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seconds = _build(folder / "catalogue", batch)
        np.save(folder / "vectors.npy", batch.vectors)
        np.save(folder / "wanted.npy", wanted)
        batch.items.write_parquet(folder / "facts.parquet")
        (folder / "fines.json").write_text(json.dumps(fines), "utf-8")
        rows = _rows(_measured(folder), batch, seconds)
    return [*rows, *(_postgres(batch, wanted, fines) if postgres else [])]


def _build(root: Path, batch: Batch) -> float:
    began = time.perf_counter()
    width, features = batch.vectors.shape[1], batch.features.shape[1]
    catalogue = FileCatalogue.create(root, run="bench", width=width, feature_width=features)
    faiss.omp_set_num_threads(os.cpu_count() or 1)  # indexes are made on all of them
    catalogue.replace(_batches(batch), run="bench", width=width, feature_width=features)
    catalogue.close()
    return time.perf_counter() - began


def _batches(batch: Batch) -> Iterator[Batch]:
    for at in range(0, len(batch.items), _BATCH):
        some = slice(at, at + _BATCH)
        yield Batch(batch.items[some], batch.vectors[some], batch.features[some])


def _measured(folder: Path) -> dict[str, Any]:
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    done = subprocess.run(
        [sys.executable, "-m", "modiste.bench.search_measure", str(folder)],
        capture_output=True,
        text=True,
        env=os.environ | one,
        check=False,
    )
    if done.returncode:
        told = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise ModisteError(f"The process that measures searches came to an end: {told}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _rows(found: dict[str, Any], batch: Batch, seconds: float) -> list[BenchRow]:
    count, width = batch.vectors.shape
    told = f"search {count:,} x {width}"
    exact = f"NumPy product over all {count:,}, one thread"
    rows = []
    for key, name in (("category", "with a category"), ("everywhere", "with no category")):
        for label, share in (("p50", 50), ("p95", 95)):
            ours, theirs = (1e3 * float(np.percentile(found[k], share)) for k in (key, "exact"))
            rows.append(_row(f"{told}, {name}, {label}", ours, "ms", exact, theirs))
        recall = found["recall"][key]
        rows.append(_least(f"{told}, {name}, recall@{K}", recall, RECALL[key]))
    for name, times in found["filtered"].items():
        ours = 1e3 * float(np.median(times))
        theirs = 1e3 * float(np.median(found["exact"]))
        rows.append(_row(f"{told}, {name}, p50", ours, "ms", exact, theirs))
        goal = RECALL["everywhere" if name.startswith("everywhere") else "category"]
        rows.append(_least(f"{told}, {name}, recall@{K}", found["recall"][name], goal))
    memory = found["memory"] / batch.vectors.nbytes
    rows += [
        _row(f"{told}, memory by the vectors' size", memory, "x", "limit", MEMORY),
        _row(f"{told}, opened and first answer", found["open"], "s", "limit", OPEN),
    ]
    alone = (
        ("built", seconds),
        (f"{CHANGED:,} items added", found["add"]),
        (f"{CHANGED:,} items removed", found["remove"]),
    )
    return rows + [_row(f"{told}, {name}", value, "s", "none", value) for name, value in alone]


def _row(name: str, value: float, unit: str, reference: str, theirs: float) -> BenchRow:
    """A figure of which less is better."""
    return BenchRow(
        name=name,
        value=value,
        unit=unit,
        reference=reference,
        reference_value=theirs,
        ratio=theirs / value if value else 0.0,
    )


def _least(name: str, value: float, goal: float) -> BenchRow:
    return BenchRow(
        name=name,
        value=value,
        unit="share",
        reference="goal",
        reference_value=goal,
        ratio=value / goal,
    )


def _postgres(batch: Batch, wanted: Floats, fines: list[str]) -> list[BenchRow]:
    try:
        from modiste.bench.search_postgres import measure_postgres

        return measure_postgres(batch, wanted, fines)
    except (ImportError, MissingExtra):
        return []
    except CatalogueUnavailable as error:  # a busy machine; what was measured of files stands
        print(f"PostgreSQL is left out: {error}", file=sys.stderr)
        return []
