"""One version of a catalogue in PostgreSQL; rows of numbers are fetched by key and kept a while."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from cachetools import LRUCache

from modiste.arrays import Floats, Ints
from modiste.catalogue.base import NOTHING, Found, LazyRows
from modiste.catalogue.facts import FACTS
from modiste.catalogue.filters import EVERYTHING, Facts, Filter, Kind
from modiste.catalogue.postgres.database import Connection, Database, Keys, sql
from modiste.catalogue.postgres.search import Where, best, both, conditions, visible
from modiste.catalogue.postgres.writing import State, read_state
from modiste.errors import CatalogueError

_AT_ONCE = 4_096  # rows of one question, which bounds what is in memory twice


class KeptRows:
    """A bounded memory of rows by key; safe to use from several threads.

    A key never gets other numbers, so nothing here is ever out of date.

    Args:
        limit: bytes of numbers to keep.
    """

    def __init__(self, limit: int) -> None:
        self._kept: LRUCache[int, Floats] = LRUCache(limit, getsizeof=lambda row: row.nbytes)
        self._lock = threading.Lock()

    def rows(
        self, keys: Ints, width: int, fetch: Callable[[list[int]], dict[int, bytes]]
    ) -> Floats:
        """(n, width) float32, one row a key.

        Args:
            keys: (n,) int64, in any order, repeated perhaps.
            width: numbers in a row.
            fetch: float32 bytes by key of keys that are not in memory; all of them, or it raises.
        """
        found = np.empty((len(keys), width), dtype=np.float32)
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            found[start : start + len(some)] = self._some(some, width, fetch)
        return found

    def _some(
        self, keys: Ints, width: int, fetch: Callable[[list[int]], dict[int, bytes]]
    ) -> Floats:
        places: dict[int, list[int]] = {}
        for place, key in enumerate(keys.tolist()):
            places.setdefault(key, []).append(place)
        found = np.empty((len(keys), width), dtype=np.float32)
        with self._lock:
            here = {key: self._kept[key] for key in places if key in self._kept}
        if missing := [key for key in places if key not in here]:
            fetched = fetch(missing)
            here |= {key: np.frombuffer(fetched[key], dtype=np.float32) for key in missing}
            self._keep({key: here[key] for key in missing})
        for key, row in here.items():
            found[places[key]] = row
        return found

    def _keep(self, rows: dict[int, Floats]) -> None:
        if 4 * sum(row.nbytes for row in rows.values()) > self._kept.maxsize:
            return  # somebody reads everything; what others ask for often is worth more
        with self._lock:
            self._kept.update(rows)


_BATCH = 20_000  # items in memory as Python objects at once
_HEAD = 19  # bytes before the first row of a binary COPY
_VECTOR_HEAD = 4  # bytes before the numbers of a vector that is sent
_KEY_AND_PART = np.dtype(  # a row of two columns, each behind its length
    [("n", ">i2"), ("k", ">i4"), ("key", ">i8"), ("p", ">i4"), ("part", ">i4")]
)


class PostgresSnapshot:
    """See `base.Snapshot`. Keys are in memory, the rest is fetched when asked for.

    Items that go stay in the database for an hour or more (`PostgresCatalogue.open`), so that
    this stays whole; asked later than that, it raises `CatalogueError`.

    Args:
        database: where to ask.
        connection: in a transaction that sees `state`.
        state: of the version.
        kept: features in memory, shared by all versions.
        older: of the same catalogue; what it has read of items need not be read again.
    """

    def __init__(
        self,
        database: Database,
        connection: Connection,
        state: State,
        kept: KeptRows,
        older: PostgresSnapshot | None = None,
    ) -> None:
        self._database = database
        self._state = state
        self._kept = kept
        self._older = older
        self._visible = visible(state.version, state.first_key, state.next_key)
        self.keys: Ints
        self.keys, self._parts = _keys_and_parts(connection, self._visible)
        living = set(np.unique(self._parts).tolist())
        named = connection.execute("SELECT number, category, fine FROM parts")
        self._numbers: dict[Kind, int] = {
            (category, fine): number for number, category, fine in named if number in living
        }

    @property
    def version(self) -> int:
        """The version that it is of."""
        return self._state.version

    @property
    def run(self) -> str:
        """Fingerprint of the run whose model made the vectors."""
        return self._state.run

    @cached_property
    def items(self) -> pl.DataFrame:
        """M rows: the columns of `FACTS`, then attributes as text."""
        older, self._older = self._older, None
        schema = FACTS | dict.fromkeys(self._state.attributes, pl.String)
        frames, start = [pl.DataFrame(schema=schema)], self._state.first_key
        if older is not None and "items" in vars(older):
            frames.append(older.items.filter(np.isin(older.keys, self.keys)))
            start = older._state.next_key
        frames += self._read(schema, start)
        return pl.concat(frames, how="diagonal").select(list(schema))

    def _read(self, schema: dict[str, Any], start: int) -> list[pl.DataFrame]:
        """Items with keys from `start`, some at a time."""
        statement, values = _facts(self._state.attributes, self._visible)
        frames = []
        with self._database.reading_long() as connection:
            self._check(connection)
            with connection.cursor(name="items") as cursor:
                cursor.execute(statement, values | {"start": start})
                while rows := cursor.fetchmany(_BATCH):
                    frames.append(pl.DataFrame(rows, schema=schema, orient="row"))
        return frames

    @cached_property
    def facts(self) -> Facts:
        """The same, to be asked."""
        return Facts(self.items)

    @cached_property
    def features(self) -> LazyRows:
        """(M, D) float32, fetched by row when asked for."""
        width = self._state.feature_width
        return LazyRows(
            (len(self.keys), width),
            lambda rows: self._kept.rows(self.keys[rows], width, self._fetch_features),
        )

    def vectors(self, rows: Ints) -> Floats:
        """(n, H) float32 what the items of `rows` are searched by."""
        rows = np.asarray(rows, dtype=np.int64)
        asked, back = np.unique(rows, return_inverse=True)
        found = np.empty((len(asked), self._state.width), dtype=np.float32)
        for start in range(0, len(asked), _BATCH):
            some = asked[start : start + _BATCH]
            told = self._fetch(
                "SELECT key, vector_send(vector) FROM items WHERE key = ANY(%s) AND part = ANY(%s)",
                self.keys[some],
                np.unique(self._parts[some]).tolist(),
            )
            for n, key in enumerate(self.keys[some].tolist()):
                found[start + n] = np.frombuffer(told[key], dtype=">f4", offset=_VECTOR_HEAD)
        return found[back]

    def search(
        self, wanted: Floats, kind: Kind | None, k: int, where: Filter = EVERYTHING
    ) -> Found:
        """Find the k items with the largest inner product; see `base.RowSearch.search`."""
        kinds = where.kinds(self._numbers) & (set(self._numbers) if kind is None else {kind})
        parts = (
            None if len(kinds) == len(self._numbers) else [self._numbers[each] for each in kinds]
        )
        asked = both(self._visible, conditions(where, lambda: self.facts, self.keys))
        gone = self._rows(where.exclude_items, parts)
        if len(gone):
            asked.add("key <> ALL(%(gone)s)", gone=Keys(self.keys[gone]))
        with self._database.reading() as connection:
            scored = best(connection, wanted, k, parts, asked)
            self._check(connection)
        rows = np.full(scored.scores.shape, NOTHING, dtype=np.int64)
        for b, keys in enumerate(scored.keys):
            rows[b, : len(keys)] = np.searchsorted(self.keys, keys)
        return Found(rows, scored.scores)

    def _rows(self, ids: Sequence[str], parts: Sequence[int] | None) -> Ints:
        """The rows of items that are in some partitions; keys are compared faster than ids."""
        known = self.facts.rows if ids else {}  # which reads all items
        rows = np.array([known[item] for item in ids if item in known], dtype=np.int64)
        return rows if parts is None else rows[np.isin(self._parts[rows], parts)]

    def _fetch_features(self, keys: list[int]) -> dict[int, bytes]:
        return self._fetch(
            "SELECT key, numbers FROM features WHERE key = ANY(%s)", np.array(keys, dtype=np.int64)
        )

    def _fetch(self, statement: str, keys: Ints, *more: Any) -> dict[int, Any]:
        with self._database.reading() as connection:
            told = dict(connection.execute(statement, [Keys(keys), *more], binary=True).fetchall())
            if len(told) < len(keys):
                self._check(connection)
                raise CatalogueError(
                    f"Numbers of {len(keys) - len(told)} items are missing in "
                    f"{self._database.address}; build the catalogue again with --replace."
                )
        return told

    def _check(self, connection: Connection) -> None:
        """Whether all of this version is still there."""
        state = read_state(connection)
        if state is None or state.horizon > self.version:
            raise CatalogueError(
                f"Version {self.version} of {self._database.address} was cleared away long after "
                "newer ones came; open the catalogue again."
            )


def _keys_and_parts(connection: Connection, where: Where) -> tuple[Ints, Ints]:
    """(M,) keys ascending and the number of each one's partition."""
    statement = sql.SQL(
        "COPY (SELECT key, part FROM items WHERE {} ORDER BY key) TO STDOUT (FORMAT BINARY)"
    ).format(sql.SQL(" AND ").join(where.parts))
    data = bytearray()
    with connection.cursor() as cursor, cursor.copy(statement, where.values) as copy:
        for piece in copy:
            data += piece
    count = (len(data) - _HEAD - 2) // _KEY_AND_PART.itemsize  # two bytes end the file
    rows = np.frombuffer(data, dtype=_KEY_AND_PART, count=count, offset=_HEAD)
    return rows["key"].astype(np.int64), rows["part"].astype(np.int64)


def _facts(attributes: tuple[str, ...], where: Where) -> tuple[sql.Composed, dict[str, Any]]:
    named: list[sql.Composable] = [
        sql.Identifier("parts" if name in ("category", "fine") else "items", name) for name in FACTS
    ]
    named += [
        sql.SQL("items.attributes ->> {}::text").format(sql.Placeholder(f"name_{n}"))
        for n in range(len(attributes))
    ]
    statement = sql.SQL(
        "SELECT {} FROM items JOIN parts ON number = part "
        "WHERE {} AND key >= %(start)s ORDER BY key"
    ).format(sql.SQL(", ").join(named), sql.SQL(" AND ").join(where.parts))
    return statement, where.values | {f"name_{n}": name for n, name in enumerate(attributes)}
