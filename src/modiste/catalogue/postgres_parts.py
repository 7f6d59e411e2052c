"""Partitions: one for each pair of a coarse and a fine category, called by number."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from modiste.catalogue.postgres_database import Connection, sql


def part_name(number: int) -> sql.Identifier:
    """What the partition is called: no word of a catalogue becomes a name."""
    return sql.Identifier(f"items_{int(number)}")


def numbered(connection: Connection, items: pl.DataFrame) -> list[int]:
    """The number of each item's partition; those that are new are made."""
    known = {
        (category, fine): number
        for number, category, fine in connection.execute("SELECT number, category, fine FROM parts")
    }
    for pair in items.select("category", "fine").unique(maintain_order=True).rows():
        if pair not in known:
            known[pair] = _new_part(connection, pair)
    return [known[pair] for pair in items.select("category", "fine").rows()]


def _new_part(connection: Connection, pair: Sequence[str]) -> int:
    row = connection.execute(
        "INSERT INTO parts (category, fine) VALUES (%s, %s) RETURNING number", pair
    ).fetchone()
    number = int(row[0]) if row else 0
    name = part_name(number)
    # Attached rather than made as a partition, which would stop every reader. Rows stay whole up
    # to a page, since a scan that fetches each vector from elsewhere takes several times as long.
    connection.execute(
        sql.SQL(
            "CREATE TABLE {} (LIKE items INCLUDING DEFAULTS) WITH (toast_tuple_target = 8160)"
        ).format(name)
    )
    connection.execute(  # statistics of vectors would be costly, and nothing reads them
        sql.SQL("ALTER TABLE {} ALTER COLUMN vector SET STATISTICS 0").format(name)
    )
    connection.execute(
        sql.SQL("ALTER TABLE items ATTACH PARTITION {} FOR VALUES IN ({})").format(
            name, sql.Literal(number)
        )
    )
    return number
