"""Search in a large catalogue in files, beside exact search over everything.

Speed, opening and memory are of a process that does nothing else:
`python -m modiste.bench.search.files FOLDER` reads FOLDER/catalogue, vectors.npy, facts.parquet,
wanted.npy and kinds.json, and prints one JSON document. It asks a snapshot, as the stylist does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import polars as pl

from modiste.arrays import Bools, Floats, Ints
from modiste.bench.rows import BenchRow
from modiste.bench.search.shop import DrawnShop, ShopSize
from modiste.catalogue.base import NOTHING, Batch, Found, Snapshot
from modiste.catalogue.files.catalogue import FileCatalogue
from modiste.catalogue.filters import EVERYTHING, Facts, Filter, Kind
from modiste.errors import CatalogueUnavailable, MissingExtra, ModisteError

QUERIES = 200
MEMORY = 1.3
"""Times the vectors' own size that a serving process may grow by."""
OPEN = 1.0
"""Seconds that opening may take."""
RECALL = {"category": 0.99, "everywhere": 0.95}


K = 10
ROUNDS = 3
REFERENCES = 20
"""Queries of exact search a round."""
EVERYWHERE = 100
"""Queries without a category."""
CHANGED = 1_000
"""Items that are added, then removed."""
FILTERS = {"5 %": Filter(price_max=5.0), "0.1 %": Filter(price_max=0.1)}
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
    wanted, kinds = shop.queries(QUERIES)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seconds = _build(folder / "catalogue", batch)
        np.save(folder / "vectors.npy", batch.vectors)
        np.save(folder / "wanted.npy", wanted)
        batch.items.write_parquet(folder / "facts.parquet")
        (folder / "kinds.json").write_text(json.dumps(kinds), "utf-8")
        rows = _rows(_measured(folder), batch, seconds)
    return [*rows, *(_postgres(batch, wanted, kinds) if postgres else [])]


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
        [sys.executable, "-m", "modiste.bench.search.files", str(folder)],
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


def _postgres(batch: Batch, wanted: Floats, kinds: list[Kind]) -> list[BenchRow]:
    try:
        from modiste.bench.search.postgres import measure_postgres

        return measure_postgres(batch, wanted, kinds)
    except (ImportError, MissingExtra):
        return []
    except CatalogueUnavailable as error:  # a busy machine; what was measured of files stands
        print(f"PostgreSQL is left out: {error}", file=sys.stderr)
        return []


def measure(folder: Path) -> dict[str, Any]:
    """All figures; times in seconds, memory in bytes."""
    wanted = np.load(folder / "wanted.npy")
    kinds: list[Kind] = [tuple(each) for each in json.loads((folder / "kinds.json").read_text())]
    before = resident()
    began = time.perf_counter()
    catalogue = FileCatalogue.open(folder / "catalogue")
    snapshot = catalogue.snapshot()
    snapshot.search(wanted[:1], kinds[0], K)
    found: dict[str, Any] = {"open": time.perf_counter() - began}
    for number, kind in enumerate(kinds):
        snapshot.search(wanted[number : number + 1], kind, K)
    for kind in snapshot.kinds:  # so that all vectors have been looked at
        snapshot.search(wanted[:1], kind, K)
    for number in range(min(EVERYWHERE, len(wanted))):
        snapshot.search(wanted[number : number + 1], None, K)
    found["memory"] = resident() - before
    vectors = np.load(folder / "vectors.npy")
    facts = pl.read_parquet(folder / "facts.parquet")
    asked = _Asked(snapshot, vectors, facts, wanted)
    found |= asked.times(kinds) | asked.recalls(kinds)
    found |= _changes(catalogue, facts, vectors)
    return found


class _Asked:
    def __init__(
        self, snapshot: Snapshot, vectors: Floats, items: pl.DataFrame, wanted: Floats
    ) -> None:
        self.snapshot, self.vectors, self.wanted = snapshot, vectors, wanted
        self.facts = Facts(items)

    def times(self, kinds: Sequence[Kind]) -> dict[str, Any]:
        """Ours and exact search in turn, one query at a time."""
        times: dict[str, list[float]] = {"category": [], "everywhere": [], "exact": []}
        for number in range(ROUNDS):
            first = number * REFERENCES
            times["exact"] += [
                _timed(exact, self.vectors, self.wanted[q])
                for q in range(first, min(first + REFERENCES, len(self.wanted)))
            ]
            times["category"] += [_timed(self._search, q, kind) for q, kind in enumerate(kinds)]
            few = range(min(EVERYWHERE, len(self.wanted)))
            times["everywhere"] += [_timed(self._search, q, None) for q in few]
        return times

    def recalls(self, kinds: Sequence[Kind]) -> dict[str, Any]:
        """Shares of the true best ten that are found; `FILTERS` with and without a category."""
        few = range(min(EVERYWHERE, len(self.wanted)))
        everywhere: list[tuple[int, Kind | None]] = [(q, None) for q in few]
        found = {
            "recall": {
                "category": self._recall(list(enumerate(kinds))),
                "everywhere": self._recall(everywhere),
            }
        }
        times = {}
        for name, where in FILTERS.items():
            for place in ("everywhere", "a category"):
                asked = everywhere if place == "everywhere" else [(q, kinds[q]) for q in few]
                self._search(0, None, where)  # the mask is made once
                label = f"{place}, a filter that keeps {name}"
                found["recall"][label] = self._recall(asked, where)
                times[label] = [_timed(self._search, q, kind, where) for q, kind in asked]
        return {**found, "filtered": times}

    def _search(self, query: int, kind: Kind | None, where: Filter = EVERYTHING) -> Found:
        return self.snapshot.search(self.wanted[query : query + 1], kind, K, where)

    def _recall(
        self, asked: Sequence[tuple[int, Kind | None]], where: Filter = EVERYTHING
    ) -> float:
        shares = []
        ids = self.snapshot.items["id"]
        for query, kind in asked:
            rows = np.flatnonzero(self._met(kind, where))
            truth = {str(rows[row]) for row in exact(self.vectors[rows], self.wanted[query])}
            best = self._search(query, kind, where).rows[0]
            found = set(ids.gather(best[best != NOTHING]))
            shares.append(len(truth & found) / len(truth) if truth else float(not found))
        return float(np.mean(shares))

    def _met(self, kind: Kind | None, where: Filter) -> Bools:
        met = self.facts.met(where)
        if kind is None:
            return met
        inside = np.zeros(len(met), dtype=np.bool_)
        inside[self.facts.partitions[kind]] = True
        return met & inside


def exact(vectors: Floats, wanted: Floats) -> Ints:
    """The rows of the best ten by a matrix product over all, in no order."""
    scores = vectors @ wanted
    best: Ints = np.argpartition(scores, max(len(scores) - K, 0))[-K:]
    return best


def resident() -> int:
    """Bytes of this process in memory; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return 0
    line = next(each for each in status.read_text().splitlines() if each.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


def _changes(catalogue: FileCatalogue, facts: pl.DataFrame, vectors: Floats) -> dict[str, Any]:
    count = min(CHANGED, len(facts))
    fresh = facts[:count].with_columns(id=pl.lit("new ") + pl.col("id"))
    features = np.zeros((count, catalogue.feature_width), dtype=np.float32)
    added = _timed(catalogue.add, [Batch(fresh, vectors[:count], features)])
    return {"add": added, "remove": _timed(catalogue.delete, fresh["id"].to_list())}


def _timed(work: Callable[..., object], *arguments: object) -> float:
    began = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - began


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]))))
