"""The tables of a catalogue in PostgreSQL, brought up to date step by step."""

from __future__ import annotations

from importlib.resources import files

from modiste.catalogue.postgres_database import Connection, errors, sql
from modiste.errors import CatalogueError

_RECORD = """
CREATE TABLE IF NOT EXISTS migrations (
    number integer PRIMARY KEY,
    name text NOT NULL,
    applied timestamptz NOT NULL DEFAULT now()
)
"""


def migrate(connection: Connection, schema: str, *, up_to: int | None = None) -> list[int]:
    """Apply what has not been applied, each step once, whoever else tries at the same time.

    Args:
        connection: inside a transaction, with `schema` first in its search path.
        schema: which is there.
        up_to: the last step to apply; None for all.

    Returns:
        The numbers of the steps that were applied now.

    Raises:
        CatalogueError: the tables are of a later Modiste, or may not be changed by this user.
    """
    wait_for_others(connection)
    if missing := pending(connection):
        if _owned(connection, schema):
            connection.execute(_RECORD)
        else:
            raise CatalogueError(
                f"The tables in schema {schema!r} are of an earlier Modiste, and this user may not "
                "change them; open the catalogue once as their owner."
            )
    chosen = [step for step in missing if up_to is None or step <= up_to]
    for number in chosen:
        name, text = _steps()[number]
        connection.execute(sql.SQL(text))  # our own file, no input
        connection.execute("INSERT INTO migrations (number, name) VALUES (%s, %s)", [number, name])
    return chosen


def wait_for_others(connection: Connection) -> None:
    """Until the end of the transaction, nobody else makes or alters tables in this database."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('modiste migrations', 0))")


def pending(connection: Connection) -> list[int]:
    """Numbers of the steps that have not been applied.

    Raises:
        CatalogueError: steps were applied that this Modiste does not know.
    """
    try:
        with connection.transaction():
            rows = connection.execute("SELECT number FROM migrations").fetchall()
    except errors.UndefinedTable:
        rows = []
    applied = {number for (number,) in rows}
    if applied - set(_steps()):
        raise CatalogueError(
            "The catalogue in this database was made by a later Modiste; use that one, or build "
            "the catalogue again in another schema (?schema=NAME)."
        )
    return sorted(set(_steps()) - applied)


def _owned(connection: Connection, schema: str) -> bool:
    asked = connection.execute("SELECT has_schema_privilege(%s, 'CREATE')", [schema]).fetchone()
    return bool(asked and asked[0])


def _steps() -> dict[int, tuple[str, str]]:
    """Number to name and SQL, in order."""
    folder = files("modiste.catalogue") / "migrations"
    named = sorted((file.name, file) for file in folder.iterdir() if file.name.endswith(".sql"))
    return {int(name[:4]): (name, file.read_text("utf-8")) for name, file in named}
