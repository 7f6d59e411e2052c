"""Connections to PostgreSQL: a pool, limits in time, and errors in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import numpy as np

from modiste.arrays import Ints
from modiste.errors import CatalogueError, CatalogueUnavailable, MissingExtra, Misuse

try:
    import psycopg
    from pgvector.psycopg import register_vector
    from psycopg import errors as errors
    from psycopg import sql as sql
    from psycopg.adapt import Dumper
    from psycopg.conninfo import conninfo_to_dict, make_conninfo
    from psycopg.pq import Format
    from psycopg_pool import ConnectionPool
except ImportError as error:
    raise MissingExtra(error.name or "psycopg", "postgres", "A catalogue in PostgreSQL") from None

Connection = psycopg.Connection[Any]

_BIGINT, _BIGINTS = 20, 1016  # what PostgreSQL calls bigint and bigint[]
_KEY = np.dtype([("bytes", ">i4"), ("key", ">i8")])


@dataclass(frozen=True)
class Keys:
    """(n,) int64 keys to bind, in PostgreSQL's binary form of bigint[], made by NumPy.

    A list of Python integers takes as long to bind as a search does. It would also be an int[],
    and a list of another type than the column is not hashed, but gone through for every row.
    """

    values: Ints


class KeysDumper(Dumper):
    """Writes `Keys`."""

    format = Format.BINARY
    oid = _BIGINTS

    def dump(self, obj: Keys) -> bytes:
        """One dimension from 1, no nulls, then each key behind its length."""
        rows = np.empty(len(obj.values), dtype=_KEY)
        rows["bytes"] = 8
        rows["key"] = obj.values
        return np.array([1, 0, _BIGINT, len(rows), 1], dtype=">i4").tobytes() + rows.tobytes()


SCHEMA = "modiste"
CONNECTIONS = 8
WAIT = 1.5  # seconds until a server that does not answer is called unavailable
SEARCH_LIMIT = 15_000  # milliseconds that one statement of a reader may take
LONG_LIMIT = 600_000  # milliseconds for one that reads everything
LOCK_LIMIT = 60_000  # milliseconds that a writer waits for another

# Noticed within about two seconds: a server that is gone, or a network that swallows packets.
_LIMITS = {
    "connect_timeout": "2",
    "tcp_user_timeout": "2000",
    "keepalives_idle": "2",
    "keepalives_interval": "1",
    "keepalives_count": "2",
    "application_name": "modiste",
}
_SESSION = """
SELECT set_config('search_path', quote_ident(%s) || ', ' || coalesce(
           (SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace n
                ON n.oid = extnamespace WHERE extname = 'vector'), 'public'), false),
       set_config('statement_timeout', %s, false),
       set_config('plan_cache_mode', 'force_custom_plan', false),
       set_config('jit', 'off', false)
"""


class Database:
    """A schema of a PostgreSQL database, reached through a pool of connections.

    Args:
        url: `postgresql://user:password@host:port/name`, with all that libpq takes after a `?`,
            and `schema=NAME` there where the catalogue is in another schema than `modiste`.

    Raises:
        Misuse: that is no such address.
    """

    def __init__(self, url: str) -> None:
        self._conninfo, self.schema = _parsed(url)
        self.address = _without_secrets(self._conninfo, self.schema)
        """Where it is, without password: for people and logs."""
        self._pool: ConnectionPool[Connection] | None = None

    @contextmanager
    def single(self) -> Iterator[Connection]:
        """A connection of its own, before there is a catalogue to have a pool for."""
        with self._in_our_words():
            with psycopg.connect(self._conninfo, autocommit=True) as connection:
                self._limit(connection)
                yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for single statements.

        Raises:
            CatalogueUnavailable: the server does not answer, or not in time.
            CatalogueError: it refuses, or there is no catalogue any more.
        """
        with self._in_our_words(), self._connected().connection() as connection:
            yield connection

    @contextmanager
    def reading_long(self) -> Iterator[Connection]:
        """A connection that sees one state of everything for as long as it takes."""
        with self.reading() as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            _limit_here(connection, LONG_LIMIT)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: all of it happens, or nothing does."""
        with self.reading() as connection, connection.transaction():
            _limit_here(connection, 0)
            connection.execute("SELECT set_config('lock_timeout', %s, true)", [str(LOCK_LIMIT)])
            yield connection

    def close(self) -> None:
        """Close all connections."""
        if self._pool is not None:
            self._pool.close()

    def _connected(self) -> ConnectionPool[Connection]:
        if self._pool is None:
            self._pool = ConnectionPool(
                self._conninfo,
                kwargs={"autocommit": True},
                min_size=0,
                max_size=CONNECTIONS,
                timeout=WAIT,
                reconnect_timeout=WAIT / 2,  # then whoever comes next tries again, at once
                configure=self._configure,
                check=ConnectionPool.check_connection,
                name=self.schema,
                open=True,
            )
        return self._pool

    def _configure(self, connection: Connection) -> None:
        self._limit(connection)
        register_vector(connection)
        connection.adapters.register_dumper(Keys, KeysDumper)

    def _limit(self, connection: Connection) -> None:
        connection.execute(_SESSION, [self.schema, str(SEARCH_LIMIT)])

    @contextmanager
    def _in_our_words(self) -> Iterator[None]:
        try:
            yield
        except errors.LockNotAvailable:
            raise CatalogueError(
                f"Somebody else has been writing to {self.address} for "
                f"{LOCK_LIMIT // 1000} seconds; try again when they are done."
            ) from None
        except errors.QueryCanceled as error:
            raise CatalogueUnavailable(
                f"The database {self.address} took too long to answer ({_first_line(error)}); "
                "try again later, or look at its load."
            ) from None
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise CatalogueUnavailable(
                f"The database {self.address} does not answer ({_first_line(error)}); it is asked "
                "anew each time, so try again once it runs."
            ) from None
        except (errors.UndefinedTable, errors.UndefinedColumn, errors.InvalidSchemaName) as error:
            raise CatalogueError(
                f"The catalogue in {self.address} is damaged or gone ({_first_line(error)}); "
                "build it again."
            ) from None
        except psycopg.Error as error:
            raise CatalogueError(
                f"The database {self.address} refused ({_first_line(error)})."
            ) from error


def _limit_here(connection: Connection, milliseconds: int) -> None:
    """Until the end of the transaction; 0 is no limit."""
    connection.execute("SELECT set_config('statement_timeout', %s, true)", [str(milliseconds)])


def _parsed(url: str) -> tuple[str, str]:
    """What libpq connects to, and the schema."""
    parts = urlsplit(url)
    asked = parse_qsl(parts.query, keep_blank_values=True)
    schema = dict(asked).get("schema", SCHEMA)
    query = urlencode([pair for pair in asked if pair[0] != "schema"])
    bare = urlunsplit(parts._replace(query=query))
    try:
        given = conninfo_to_dict(bare)
    except psycopg.Error:
        given = None  # libpq quotes what it cannot read, and that may be the password
    if given is None or not schema or len(schema.encode()) > 63 or "\0" in schema:
        raise Misuse(
            "That is no address of a database; write postgresql://user:password@host:port/name, "
            "perhaps with ?schema=NAME."
        )
    known: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return make_conninfo(**{**_LIMITS, **known}), schema


def _without_secrets(conninfo: str, schema: str) -> str:
    given = conninfo_to_dict(conninfo)
    user = f"{given['user']}@" if "user" in given else ""
    port = f":{given['port']}" if "port" in given else ""
    at = f"{given.get('host', '')}{port}".removeprefix("/")
    tail = "" if schema == SCHEMA else f"?schema={schema}"
    return f"postgresql://{user}{at}/{given.get('dbname', given.get('user', ''))}{tail}"


def _first_line(error: psycopg.Error) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
