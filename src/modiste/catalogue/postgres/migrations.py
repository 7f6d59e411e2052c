"""The tables of a catalogue in PostgreSQL: made, and brought up to date step by step."""

from __future__ import annotations

from importlib.resources import files

from modiste.catalogue.postgres.database import Connection, Database, errors, sql
from modiste.catalogue.postgres.writing import read_state
from modiste.errors import CatalogueError, Misuse

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
