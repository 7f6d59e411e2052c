"""What a search in a local catalogue takes, in a process that does nothing else.

`python -m modiste.bench.search_measure FOLDER` reads FOLDER/catalogue, vectors.npy, facts.parquet,
wanted.npy and fines.json, and prints one JSON document.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from modiste.catalogue.base import Batch, Hits
from modiste.catalogue.conditions import Conditions
from modiste.catalogue.files.catalogue import FileCatalogue
from modiste.data.batches import Bools, Floats, Ints

K = 10
ROUNDS = 3
REFERENCES = 20
"""Queries of exact search a round."""
EVERYWHERE = 100
"""Queries without a category."""
CHANGED = 1_000
"""Items that are added, then removed."""
FILTERS = {"5 %": Conditions(price_max=5.0), "0.1 %": Conditions(price_max=0.1)}


def measure(folder: Path) -> dict[str, Any]:
    """All figures; times in seconds, memory in bytes."""
    wanted, fines = np.load(folder / "wanted.npy"), json.loads((folder / "fines.json").read_text())
    before = resident()
    began = time.perf_counter()
    catalogue = FileCatalogue.open(folder / "catalogue")
    catalogue.search(wanted[:1], K, Conditions(categories=(fines[0],)))
    found: dict[str, Any] = {"open": time.perf_counter() - began}
    for number, fine in enumerate(fines):
        catalogue.search(wanted[number : number + 1], K, Conditions(categories=(fine,)))
    every = (Conditions(categories=(p.name,)) for p in catalogue.stats().partitions)
    for where in every:  # so that all vectors have been looked at
        catalogue.search(wanted[:1], K, where)
    for number in range(min(EVERYWHERE, len(wanted))):
        catalogue.search(wanted[number : number + 1], K)
    found["memory"] = resident() - before
    vectors = np.load(folder / "vectors.npy")
    facts = pl.read_parquet(folder / "facts.parquet")
    asked = _Asked(catalogue, vectors, facts, wanted)
    found |= asked.times(fines) | asked.recalls(fines)
    found |= _changes(catalogue, facts, vectors)
    return found


class _Asked:
    def __init__(
        self, catalogue: FileCatalogue, vectors: Floats, facts: pl.DataFrame, wanted: Floats
    ) -> None:
        self.catalogue, self.vectors, self.facts, self.wanted = catalogue, vectors, facts, wanted
        self.fine = facts["fine"].to_numpy()

    def times(self, fines: Sequence[str]) -> dict[str, Any]:
        """Ours and exact search in turn, one query at a time."""
        times: dict[str, list[float]] = {"category": [], "everywhere": [], "exact": []}
        for number in range(ROUNDS):
            first = number * REFERENCES
            times["exact"] += [
                _timed(exact, self.vectors, self.wanted[q])
                for q in range(first, min(first + REFERENCES, len(self.wanted)))
            ]
            for q, fine in enumerate(fines):
                where = Conditions(categories=(fine,))
                times["category"].append(_timed(self._search, q, where))
            for q in range(min(EVERYWHERE, len(self.wanted))):
                times["everywhere"].append(_timed(self._search, q, Conditions()))
        return times

    def recalls(self, fines: Sequence[str]) -> dict[str, Any]:
        """Shares of the true best ten that are found; `FILTERS` with and without a category."""
        few = range(min(EVERYWHERE, len(self.wanted)))
        found = {
            "recall": {
                "category": self._recall(
                    [(q, Conditions(categories=(fine,))) for q, fine in enumerate(fines)]
                ),
                "everywhere": self._recall([(q, Conditions()) for q in few]),
            }
        }
        times = {}
        for name, where in FILTERS.items():
            for place in ("everywhere", "a category"):
                asked = [
                    (q, where if place == "everywhere" else _within(where, fines[q])) for q in few
                ]
                self._search(0, where)  # the mask is made once
                label = f"{place}, a filter that keeps {name}"
                found["recall"][label] = self._recall(asked)
                times[label] = [_timed(self._search, q, w) for q, w in asked]
        return {**found, "filtered": times}

    def _search(self, query: int, where: Conditions) -> Hits:
        return self.catalogue.search(self.wanted[query : query + 1], K, where)

    def _recall(self, asked: Sequence[tuple[int, Conditions]]) -> float:
        shares = []
        masks: dict[Conditions, Bools] = {}
        for query, where in asked:
            if where not in masks:
                masks[where] = where.mask(self.facts)
            rows = np.flatnonzero(masks[where])
            truth = {str(rows[row]) for row in exact(self.vectors[rows], self.wanted[query])}
            found = set(self._search(query, where).ids[0])
            shares.append(len(truth & found) / len(truth) if truth else float(not found))
        return float(np.mean(shares))


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


def _within(where: Conditions, fine: str) -> Conditions:
    return Conditions(categories=(fine,), price_max=where.price_max)


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
