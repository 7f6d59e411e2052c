"""What a catalogue in PostgreSQL holds, and whether it is sound."""

from __future__ import annotations

from typing import Any

import numpy as np

from modiste.catalogue.base import CatalogueStats, PartitionStats
from modiste.catalogue.postgres.database import Connection, Database, sql
from modiste.catalogue.postgres.writing import State

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
