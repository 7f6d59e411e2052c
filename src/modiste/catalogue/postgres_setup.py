"""Making a catalogue in PostgreSQL, and opening one that an earlier Modiste made."""

from __future__ import annotations

from modiste.catalogue.postgres_database import Connection, Database, errors, sql
from modiste.catalogue.postgres_migrations import migrate, pending, wait_for_others
from modiste.catalogue.postgres_writing import read_state
from modiste.errors import CatalogueError, Misuse


def set_up(database: Database, *, run: str, width: int, feature_width: int) -> None:
    """Make the schema, its tables and the one row that says what it is, or nothing.

    Raises:
        CatalogueError: there is one already.
        Misuse: the database is not UTF-8, or pgvector is missing.
    """
    with database.single() as connection, connection.transaction():
        _prepare(connection, database)
        migrate(connection, database.schema)
        if read_state(connection) is not None:
            raise CatalogueError(
                f"There is a catalogue in {database.address} already; add to it, or make this one "
                "in another schema (?schema=NAME)."
            )
        connection.execute(
            "INSERT INTO catalogue (run, width, feature_width) VALUES (%s, %s, %s)",
            [run, width, feature_width],
        )


def bring_up_to_date(database: Database) -> None:
    """Apply the migrations that are missing.

    Raises:
        CatalogueError: there is no catalogue, or a later Modiste made it.
    """
    with database.single() as connection, connection.transaction():
        if not _exists(connection, database.schema):
            raise no_catalogue(database)
        if pending(connection):
            migrate(connection, database.schema)
        if read_state(connection) is None:
            raise no_catalogue(database)


def no_catalogue(database: Database) -> CatalogueError:
    """What to say where there is none."""
    return CatalogueError(
        f"There is no catalogue in {database.address}; make one with `modiste catalogue build`."
    )


def _prepare(connection: Connection, database: Database) -> None:
    """The schema and the extension; what the database lacks is said in one sentence."""
    wait_for_others(connection)
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise Misuse(
            f"The database {database.address} is encoded as {encoding}; make one with "
            "`createdb --encoding=UTF8`."
        )
    name = sql.Identifier(database.schema)
    connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(name))
    try:
        with connection.transaction():
            connection.execute("CREATE EXTENSION IF NOT EXISTS vector SCHEMA public")
    except (errors.FeatureNotSupported, errors.UndefinedFile, errors.InsufficientPrivilege):
        raise Misuse(
            f"The database {database.address} has no pgvector: install it on the server, and let "
            "an administrator run CREATE EXTENSION vector in this database."
        ) from None


def _exists(connection: Connection, schema: str) -> bool:
    asked = connection.execute(
        "SELECT 1 FROM pg_tables WHERE schemaname = %s AND tablename = 'catalogue'", [schema]
    )
    return asked.fetchone() is not None
