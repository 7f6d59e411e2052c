"""A catalogue in PostgreSQL with pgvector: one partition a category, searched exactly.

A graph index was tried and left out: under filters it lost most answers (docs/decisions/0017).
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np

from modiste.catalogue.base import Added, Batch, CatalogueStats, PartitionStats, checked_batch
from modiste.catalogue.postgres.database import Connection, Database, errors, sql
from modiste.catalogue.postgres.migrations import bring_up_to_date, no_catalogue, set_up
from modiste.catalogue.postgres.snapshot import KeptRows, PostgresSnapshot
from modiste.catalogue.postgres.writing import State, delete, delete_all, finish, insert, read_state
from modiste.errors import DataError

_BATCH = 2_000  # features in memory at once

NOW = sql.SQL("removed IS NULL AND key >= (SELECT first_key FROM catalogue)")
"""Items of the newest version."""

_COUNTS = sql.SQL(
    "SELECT fine, count(*) FILTER (WHERE {now}), count(*) FROM items "
    'JOIN parts ON number = part GROUP BY fine ORDER BY fine COLLATE "C"'
).format(now=NOW)

_BYTES = """
SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
"""

# Each counts what should not be; {now} are the items of the newest version.
_FAULTS: tuple[tuple[str, str], ...] = (
    (
        "SELECT count(*) - count(DISTINCT id) FROM items WHERE {now}",
        "{n} ids are there more than once.",
    ),
    (
        "SELECT count(*) FROM ids FULL JOIN (SELECT id, key, part FROM items WHERE {now}) live "
        "USING (id, key, part) WHERE ids.key IS NULL OR live.key IS NULL",
        "{n} entries of the list of ids and of the items do not agree.",
    ),
    (
        "SELECT count(*) FROM items LEFT JOIN parts ON number = part WHERE number IS NULL",
        "{n} items stand in a partition that belongs to no category.",
    ),
    (
        "SELECT count(*) FROM parts WHERE NOT EXISTS (SELECT FROM pg_inherits WHERE inhparent = "
        "'items'::regclass AND inhrelid = to_regclass('items_' || number))",
        "{n} categories have no partition.",
    ),
    (
        "SELECT count(*) FROM items WHERE {now} AND vector_dims(vector) <> %(width)s",
        "{n} items have a vector of another width.",
    ),
    (
        "SELECT count(*) FROM items LEFT JOIN features USING (key) WHERE features.key IS NULL",
        "{n} items have no features.",
    ),
    (
        "SELECT count(*) FROM features LEFT JOIN items USING (key) WHERE items.key IS NULL",
        "{n} features belong to no item.",
    ),
    (
        "SELECT count(*) FROM items, catalogue WHERE items.key >= next_key OR removed > version",
        "{n} items come from a version that has not been.",
    ),
)


def statistics(connection: Connection, state: State, database: Database) -> CatalogueStats:
    """Count everything; one pass over the items."""
    counts = connection.execute(_COUNTS).fetchall()
    size = connection.execute(_BYTES).fetchone()
    return CatalogueStats(
        where=database.address,
        run=state.run,
        width=state.width,
        feature_width=state.feature_width,
        version=state.version,
        items=sum(live for _, live, _ in counts),
        deleted=sum(every - live for _, live, every in counts),
        bytes=int(size[0]) if size else 0,
        partitions=tuple(
            PartitionStats(name=fine, items=live, search="exact")
            for fine, live, _ in counts
            if live
        ),
    )


def damage(connection: Connection, state: State) -> list[str]:
    """Read everything; what is wrong, one sentence each."""
    found = []
    for statement, sentence in _FAULTS:
        asked = sql.SQL(statement).format(now=NOW)  # written above
        values: dict[str, Any] = {"width": state.width}
        row = connection.execute(asked, values).fetchone()
        if row and row[0]:
            found.append(sentence.format(n=row[0]))
    return found + _unreadable(connection, state)


def _unreadable(connection: Connection, state: State) -> list[str]:
    """Features of the newest version that are cut short, or hold what is no number."""
    bad = 0
    with connection.cursor(name="features", binary=True) as cursor:
        cursor.execute(
            sql.SQL(
                "SELECT numbers FROM features WHERE key IN (SELECT key FROM items WHERE {})"
            ).format(NOW)
        )
        while rows := cursor.fetchmany(_BATCH):
            bad += sum(not _sound(row[0], state.feature_width) for row in rows)
    return [f"{bad} items have features that are damaged."] if bad else []


def _sound(numbers: bytes, width: int) -> bool:
    right = len(numbers) == 4 * width
    return right and bool(np.isfinite(np.frombuffer(numbers, dtype=np.float32)).all())


KEPT = timedelta(hours=1)
MEMORY = 64_000_000


class PostgresCatalogue:
    """See `base.Catalogue`. Safe to use from several threads and processes.

    Made by `open` and `create`.
    """

    def __init__(self, database: Database, kept: timedelta, memory: int) -> None:
        self._database = database
        self._kept = kept
        self._features = KeptRows(memory)
        self._last: Callable[[], PostgresSnapshot | None] = lambda: None

    @classmethod
    def open(cls, url: str, *, kept: timedelta = KEPT, memory: int = MEMORY) -> PostgresCatalogue:
        """The catalogue at an address; its tables are brought up to date where they are older.

        Args:
            url: `postgresql://user:password@host:port/name`, perhaps with `?schema=NAME`.
            kept: how long items that are gone stay for those who have an older snapshot.
            memory: bytes of features to keep at hand.

        Raises:
            CatalogueError: there is none, or a later Modiste made it.
            CatalogueUnavailable: the database does not answer.
            Misuse: that is no address.
        """
        database = Database(url)
        bring_up_to_date(database)
        return cls(database, kept, memory)

    @classmethod
    def create(cls, url: str, *, run: str, width: int, feature_width: int) -> PostgresCatalogue:
        """A new catalogue without items; the database is there, the schema need not be.

        Raises:
            CatalogueError: there is one already, or pgvector is missing.
            CatalogueUnavailable: the database does not answer.
            Misuse: that is no address.
        """
        database = Database(url)
        set_up(database, run=run, width=width, feature_width=feature_width)
        return cls(database, KEPT, MEMORY)

    @property
    def run(self) -> str:
        """Fingerprint of the run whose model made the vectors."""
        return self._state().run

    @property
    def width(self) -> int:
        """H, numbers in a vector."""
        return self._state().width

    @property
    def feature_width(self) -> int:
        """D, numbers in an item's features."""
        return self._state().feature_width

    def version(self) -> int:
        """Grows with every change, by whomever; about 0.5 ms."""
        return self._state().version

    def add(self, batches: Iterable[Batch]) -> Added:
        """Add items, in the place of those that have their ids; see `base.Catalogue`."""
        with self._database.writing() as connection:
            before = self._locked(connection)
            state, replaced = replace(before, version=before.version + 1), 0
            for batch in _checked(state, batches):
                ids = batch.items["id"].to_list()
                replaced += delete(connection, state.version, ids, before=before.next_key)
                state = _insert(connection, state, batch)
            count = state.next_key - before.next_key
            if count:
                finish(connection, state, self._kept)
        return Added(count - replaced, replaced)

    def delete(self, ids: Sequence[str]) -> int:
        """Delete items; ids that there are not are passed over. Returns how many are gone."""
        asked = [item for item in ids if "\0" not in item]
        with self._database.writing() as connection:
            state = self._locked(connection)
            gone = delete(connection, state.version + 1, asked, before=state.next_key)
            if gone:
                finish(connection, replace(state, version=state.version + 1), self._kept)
        return gone

    def replace(self, batches: Iterable[Batch], *, run: str, width: int, feature_width: int) -> int:
        """Put other items in the place of all, in one transaction; see `base.Catalogue`."""
        with self._database.writing() as connection:
            state = delete_all(connection, self._locked(connection))
            state = replace(
                state,
                run=run,
                width=width,
                feature_width=feature_width,
                version=state.version + 1,
            )
            for batch in _checked(state, batches):
                state = _insert(connection, state, batch)
            finish(connection, state, self._kept)
        return state.next_key - state.first_key

    def snapshot(self) -> PostgresSnapshot:
        """The newest version, to search and read from until an hour after newer ones came."""
        with self._database.reading_long() as connection:
            state = self._known(connection)
            last = self._last()
            if last is None or last.version != state.version:
                last = PostgresSnapshot(self._database, connection, state, self._features, last)
                self._last = weakref.ref(last)
        return last

    def stats(self) -> CatalogueStats:
        """What the store holds."""
        with self._database.reading_long() as connection:
            return statistics(connection, self._known(connection), self._database)

    def verify(self) -> list[str]:
        """Read everything; damage that was found, one sentence each. Empty: sound."""
        with self._database.reading_long() as connection:
            return damage(connection, self._known(connection))

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def _state(self) -> State:
        with self._database.reading() as connection:
            return self._known(connection)

    def _known(self, connection: Connection) -> State:
        state = read_state(connection)
        if state is None:
            raise no_catalogue(self._database)
        return state

    def _locked(self, connection: Connection) -> State:
        state = read_state(connection, lock=True)
        if state is None:
            raise no_catalogue(self._database)
        return state


def _checked(state: State, batches: Iterable[Batch]) -> Iterator[Batch]:
    return (checked_batch(batch, (state.width, state.feature_width)) for batch in batches)


def _insert(connection: Connection, state: State, batch: Batch) -> State:
    try:
        return insert(connection, state, *batch)
    except errors.UniqueViolation:
        raise DataError("An id is there twice, in two batches; every item needs its own.") from None
