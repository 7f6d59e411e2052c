"""Changes to a catalogue in PostgreSQL; each inside a transaction that holds the one lock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from modiste.arrays import Floats
from modiste.catalogue.facts import FACTS
from modiste.catalogue.postgres.database import Connection, sql
from modiste.catalogue.postgres.search import numbered

_FACTS = ["id", *(name for name in FACTS if name not in ("id", "category", "fine"))]
_MORE = ["part", "key", "attributes", "colour_word", "brand_word", "attribute_words", "vector"]
_TYPES = {"key": "int8", "part": "int4", "price": "float8", "in_stock": "bool"}
_TYPES |= {"attributes": "jsonb", "attribute_words": "jsonb", "vector": "vector"}
_BATCH = 8_192  # rows whose Python objects are in memory at once


@dataclass(frozen=True, kw_only=True)
class State:
    """The one row that says what the catalogue is."""

    run: str
    width: int
    feature_width: int
    version: int
    first_key: int
    next_key: int
    horizon: int
    attributes: tuple[str, ...]


def read_state(connection: Connection, *, lock: bool = False) -> State | None:
    """The newest state; None where the catalogue was never made.

    Args:
        connection: to the database.
        lock: until the end of the transaction, let nobody else change anything.
    """
    row = connection.execute(
        "SELECT run, width, feature_width, version, first_key, next_key, horizon, attributes "
        "FROM catalogue" + (" FOR UPDATE" if lock else "")
    ).fetchone()
    if row is None:
        return None
    return State(
        run=row[0],
        width=row[1],
        feature_width=row[2],
        version=row[3],
        first_key=row[4],
        next_key=row[5],
        horizon=row[6],
        attributes=tuple(row[7]),
    )


def insert(
    connection: Connection, state: State, items: pl.DataFrame, vectors: Floats, features: Floats
) -> State:
    """Copy items in; none of their ids is there now. Returns the state that counts them.

    Args:
        connection: in a transaction that holds the lock.
        state: as it is so far.
        items: n rows as `facts.checked` gives them.
        vectors: (n, H) float32.
        features: (n, D) float32.
    """
    names = [name for name in items.columns if name not in FACTS]
    numbers = numbered(connection, items)
    ids = zip(items["id"], _keys(state, items), numbers, strict=True)
    _copy(connection, "ids", ["id", "key", "part"], ["text", "int8", "int4"], ids)
    rows = _rows(state, items, names, numbers, vectors)
    columns = [*_FACTS, *_MORE]
    _copy(connection, "items", columns, [_TYPES.get(name, "text") for name in columns], rows)
    told = ((key, features[n].tobytes()) for n, key in enumerate(_keys(state, items)))
    _copy(connection, "features", ["key", "numbers"], ["int8", "bytea"], told)
    return replace(
        state,
        next_key=state.next_key + len(items),
        attributes=tuple(sorted({*state.attributes, *names})),
    )


def delete(connection: Connection, version: int, ids: Sequence[str], *, before: int) -> int:
    """Make tombstones of items: gone from `version` on. Returns how many there were.

    Args:
        connection: in a transaction that holds the lock.
        version: the first without them.
        ids: of items; others are passed over.
        before: the key from which items are of this very change, and stay.
    """
    done = connection.execute(
        "WITH gone AS (DELETE FROM ids WHERE id = ANY(%s) AND key < %s RETURNING key, part) "
        "UPDATE items SET removed = %s FROM gone "
        "WHERE items.key = gone.key AND items.part = gone.part",
        [list(ids), before, version],
    )
    return done.rowcount


def delete_all(connection: Connection, state: State) -> State:
    """Let what comes next stand alone: the same run or another."""
    connection.execute("DELETE FROM ids")
    return replace(state, first_key=state.next_key, attributes=())


def finish(connection: Connection, state: State, kept: timedelta) -> None:
    """Write down the new version, and clear away what has been gone for longer than `kept`."""
    connection.execute(
        "UPDATE catalogue SET run = %s, width = %s, feature_width = %s, version = %s, "
        "first_key = %s, next_key = %s, attributes = %s",
        [
            state.run,
            state.width,
            state.feature_width,
            state.version,
            state.first_key,
            state.next_key,
            list(state.attributes),
        ],
    )
    connection.execute(
        "INSERT INTO versions (version, first_key) VALUES (%s, %s)",
        [state.version, state.first_key],
    )
    _clear(connection, state.horizon, kept)


def _clear(connection: Connection, horizon: int, kept: timedelta) -> None:
    """The newest version that was made at least `kept` ago is the oldest that stays whole."""
    row = connection.execute(
        "SELECT version, first_key FROM versions WHERE made <= clock_timestamp() - %s "
        "ORDER BY version DESC LIMIT 1",
        [kept],
    ).fetchone()
    if row is None or row[0] <= horizon:
        return
    connection.execute(
        "WITH gone AS (DELETE FROM items WHERE removed <= %s OR key < %s RETURNING key) "
        "DELETE FROM features USING gone WHERE features.key = gone.key",
        row,
    )
    connection.execute("UPDATE catalogue SET horizon = %s", row[:1])
    connection.execute("DELETE FROM versions WHERE version < %s", row[:1])


def _keys(state: State, items: pl.DataFrame) -> range:
    return range(state.next_key, state.next_key + len(items))


def _rows(
    state: State, items: pl.DataFrame, names: list[str], numbers: list[int], vectors: Floats
) -> Iterator[Sequence[Any]]:
    """What goes into `items`, in the order of `_FACTS` and `_MORE`."""
    vectors = np.asarray(vectors, dtype=np.float32)
    for start in range(0, len(items), _BATCH):
        some = items[start : start + _BATCH]
        attributes = some.select(names).rows() if names else [()] * len(some)
        for n, facts in enumerate(some.select(_FACTS).iter_rows(named=True)):
            at = start + n
            told = {name: v for name, v in zip(names, attributes[n], strict=True) if v is not None}
            yield (
                *facts.values(),
                numbers[at],
                state.next_key + at,
                told,
                _folded(facts["looks"] if facts["colour"] is None else facts["colour"]),
                _folded(facts["brand"]),
                {name: value.casefold() for name, value in told.items()},
                vectors[at],
            )


def _folded(word: str | None) -> str | None:
    return None if word is None else word.casefold()


def _copy(
    connection: Connection,
    table: str,
    columns: list[str],
    types: list[str],
    rows: Iterator[Sequence[Any]],
) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)
