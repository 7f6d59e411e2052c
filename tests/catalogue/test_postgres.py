"""What a database adds to a store: it goes away, is old, is shared, and holds secrets."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import numpy as np
import polars as pl
import pytest

from modiste.bench.search.postgres import TemporaryServer
from modiste.catalogue.base import Batch
from modiste.catalogue.filters import Filter
from modiste.catalogue.places import open_catalogue
from modiste.catalogue.postgres import database as postgres_database
from modiste.catalogue.postgres.catalogue import PostgresCatalogue
from modiste.catalogue.postgres.database import Database
from modiste.catalogue.postgres.migrations import migrate, pending
from modiste.errors import CatalogueError, CatalogueUnavailable, MissingExtra, Misuse
from tests.catalogue.batch import FEATURES, WIDTH, answer, batch, queries

SIZES = {"width": WIDTH, "feature_width": FEATURES}


@pytest.fixture
def url(postgres: TemporaryServer) -> str:
    """A schema of its own in the running server."""
    return f"{postgres.url}&schema=test_{uuid4().hex}"


@pytest.fixture
def catalogue(url: str) -> Iterator[PostgresCatalogue]:
    """With 60 items."""
    made = PostgresCatalogue.create(url, run="a run", **SIZES)
    made.add([batch(60)])
    yield made
    made.close()


def _run_sql(url: str, statement: str) -> None:
    with Database(url).single() as connection:
        connection.execute(statement)


# It goes away and comes back


def test_a_server_that_stops_is_noticed_soon_and_used_again_once_it_is_back(
    postgres: TemporaryServer, catalogue: PostgresCatalogue
) -> None:
    snapshot = catalogue.snapshot()
    before = answer(catalogue, queries(1), 5)
    postgres.stop()
    try:
        for ask in (
            lambda: answer(catalogue, queries(1), 5),
            lambda: catalogue.version(),
            lambda: snapshot.search(queries(1), ("shoes", "boots"), 5),
            lambda: snapshot.features[0],
            lambda: catalogue.add([batch(1, seed=3)]),
        ):
            start = time.perf_counter()
            with pytest.raises(CatalogueUnavailable, match="does not answer"):
                ask()
            assert time.perf_counter() - start < 2.5
    finally:
        postgres.start()
    assert answer(catalogue, queries(1), 5).ids == before.ids
    assert snapshot.search(queries(1), ("shoes", "boots"), 5).rows[0, 0] >= 0


def test_a_catalogue_is_not_opened_while_its_server_is_away(
    postgres: TemporaryServer, catalogue: PostgresCatalogue, url: str
) -> None:
    postgres.stop()
    try:
        with pytest.raises(CatalogueUnavailable, match="does not answer"):
            open_catalogue(url)
    finally:
        postgres.start()
    open_catalogue(url).close()


def test_a_connection_that_was_cut_while_it_wrote_leaves_nothing(
    catalogue: PostgresCatalogue, url: str
) -> None:
    def batches() -> Iterator[Batch]:
        yield batch(20, prefix="new")
        _run_sql(
            url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'modiste' AND state = 'idle in transaction'",
        )
        yield batch(20, prefix="newer")

    version = catalogue.version()
    with pytest.raises(CatalogueUnavailable):
        catalogue.replace(batches(), run="b", **SIZES)
    assert (catalogue.version(), catalogue.stats().items) == (version, 60)
    assert catalogue.verify() == []


def test_a_statement_that_takes_too_long_is_ended(
    catalogue: PostgresCatalogue, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_database, "SEARCH_LIMIT", 50)
    database = Database(url)
    with pytest.raises(CatalogueUnavailable, match="too long"):
        with database.reading() as connection:
            connection.execute("SELECT pg_sleep(5)")
    database.close()


# It is shared


def test_readers_go_on_while_everything_is_being_replaced(
    catalogue: PostgresCatalogue, url: str
) -> None:
    reader = open_catalogue(url)
    before = answer(reader, queries(2), 5)
    seen = []

    def batches() -> Iterator[Batch]:
        for seed in range(3):
            part = batch(30, seed, f"new {seed}")
            items = part.items.with_columns(fine=part.items["fine"] + f" {seed}")
            yield Batch(items, part.vectors, part.features)
            seen.append(answer(reader, queries(2), 5).ids)

    catalogue.replace(batches(), run="b", **SIZES)
    assert seen == [before.ids] * 3
    assert reader.run == "b"
    assert reader.stats().items == 90
    reader.close()


def test_processes_that_add_at_once_lose_nothing(catalogue: PostgresCatalogue, url: str) -> None:
    program = (
        "import sys; from modiste.catalogue.places import open_catalogue\n"
        "from tests.catalogue.batch import Batch, batch\n"
        "catalogue = open_catalogue(sys.argv[1])\n"
        "for n in range(8):\n"
        "    part = batch(10, n, sys.argv[2] + f' {n}')\n"
        "    both = part.items.with_columns(fine=part.items['fine'] + f' {n}')\n"
        "    catalogue.add([Batch(both, part.vectors, part.features)])\n"
        "    catalogue.add([batch(3, n, 'shared')])\n"
        "catalogue.close()\n"
    )
    before = catalogue.version()
    running = [
        subprocess.Popen([sys.executable, "-c", program, url, name]) for name in ("one", "two")
    ]
    assert [process.wait(timeout=300) for process in running] == [0, 0]
    assert catalogue.version() == before + 32
    ids = set(catalogue.snapshot().items["id"])
    assert {f"{name} {n} {i}" for name in ("one", "two") for n in range(8) for i in range(10)} < ids
    assert len(ids) == 60 + 160 + 3
    assert catalogue.verify() == []


def test_a_writer_waits_for_another_so_long_and_no_longer(
    catalogue: PostgresCatalogue, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_database, "LOCK_LIMIT", 100)
    other = open_catalogue(url)

    def batches() -> Iterator[Batch]:
        with pytest.raises(CatalogueError, match="Somebody else"):
            other.add([batch(1)])
        yield batch(2)

    catalogue.replace(batches(), run="b", **SIZES)
    assert other.add([batch(1, prefix="after")]) == (1, 0)
    other.close()


def test_of_many_who_make_it_at_once_one_does(url: str) -> None:
    made: list[PostgresCatalogue] = []
    refused: list[CatalogueError] = []

    def make() -> None:
        try:
            made.append(PostgresCatalogue.create(url, run="a", **SIZES))
        except CatalogueError as error:
            refused.append(error)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), len(refused)) == (1, 3)
    assert all("already" in str(error) for error in refused)
    made[0].close()


def test_schemas_hold_catalogues_of_their_own_whatever_they_are_called(
    catalogue: PostgresCatalogue, postgres: TemporaryServer
) -> None:
    odd = f"{postgres.url}&schema=Shop%20%22a%22%3B--%25s"
    other = PostgresCatalogue.create(odd, run="b", **SIZES)
    other.add([batch(5, prefix="else")])
    assert catalogue.stats().items == 60
    assert answer(open_catalogue(odd), queries(1), 1).ids[0][0].startswith("else")
    other.close()


def test_who_may_only_read_reads_and_is_refused_the_rest(
    catalogue: PostgresCatalogue, url: str
) -> None:
    schema, reader = Database(url).schema, f"reader_{uuid4().hex}"
    for statement in (
        f"CREATE ROLE {reader} LOGIN",
        f"GRANT USAGE ON SCHEMA {schema} TO {reader}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {reader}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT ON TABLES TO {reader}",
    ):
        _run_sql(url, statement)
    reading = open_catalogue(url.replace("postgres:@", f"{reader}@"))
    part = batch(4, prefix="new")
    catalogue.add(
        [Batch(part.items.with_columns(fine=pl.lit("hats")), part.vectors, part.features)]
    )
    wanted, hats = queries(1), Filter(categories=("hats",))
    assert answer(reading, wanted, 9, hats).ids == answer(catalogue, wanted, 9, hats).ids
    assert reading.snapshot().features[:].shape == (64, FEATURES)
    assert reading.verify() == []
    with pytest.raises(CatalogueError, match="permission denied"):
        reading.add([batch(1)])
    reading.close()
    for statement in (f"DROP OWNED BY {reader}", f"DROP ROLE {reader}"):
        _run_sql(url, statement)


# What has gone stays for a while


def test_what_has_gone_is_cleared_away_later_and_old_snapshots_say_so(url: str) -> None:
    PostgresCatalogue.create(url, run="a run", **SIZES).close()
    catalogue = PostgresCatalogue.open(url, kept=timedelta(hours=1), memory=0)
    catalogue.add([batch(60)])
    old = catalogue.snapshot()
    catalogue.delete([f"item {n}" for n in range(20)])
    assert catalogue.stats().deleted == 20
    assert len(old.items) == 60
    tidy = PostgresCatalogue.open(url, kept=timedelta(0))
    tidy.delete(["item 20"])
    tidy.delete(["item 21"])
    assert tidy.stats().deleted <= 1
    assert tidy.verify() == []
    for ask in (
        lambda: old.search(queries(1), None, 3),
        lambda: old.features[:],
        lambda: old.vectors(np.arange(60)),
    ):
        with pytest.raises(CatalogueError, match="cleared away"):
            ask()
    assert len(catalogue.snapshot().items) == 38
    tidy.close()
    catalogue.close()


def test_a_newer_snapshot_reads_only_the_items_that_are_new(
    catalogue: PostgresCatalogue, url: str
) -> None:
    old = catalogue.snapshot()
    assert catalogue.snapshot() is old
    assert len(old.items) == 60
    part = batch(12, seed=5)
    catalogue.add([Batch(part.items.with_columns(cut=pl.lit("Slim")), part.vectors, part.features)])
    catalogue.delete(["item 30"])
    new = catalogue.snapshot()
    _run_sql(url, "UPDATE items SET title = 'read again'")
    fresh = open_catalogue(url)
    told = {name: new.items[name].to_list() for name in new.items.columns}
    meant = {name: fresh.snapshot().items[name].to_list() for name in new.items.columns}
    assert new.items.columns == fresh.snapshot().items.columns
    assert told["title"].count("read again") == 12
    assert told | {"title": None} == meant | {"title": None}
    catalogue.replace([batch(4, seed=9)], run="b", **SIZES)
    assert catalogue.snapshot().items["title"].to_list() == [f"title {n}" for n in range(4)]
    assert len(old.items) == 60
    fresh.close()


# It is old


def test_older_tables_are_brought_up_to_date_and_keep_what_they_hold(url: str) -> None:
    database = Database(url)
    with database.single() as connection, connection.transaction():
        connection.execute(f"CREATE SCHEMA {database.schema}")
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector SCHEMA public")
        assert migrate(connection, database.schema, up_to=1) == [1]
        connection.execute(
            "INSERT INTO catalogue (run, width, feature_width, version, next_key, attributes) "
            "VALUES ('old', 2, 1, 3, 2, '{season}')"
        )
        connection.execute("INSERT INTO parts (category, fine) VALUES ('shoes', 'boots')")
        connection.execute("CREATE TABLE items_1 PARTITION OF items FOR VALUES IN (1)")
        connection.execute(
            "INSERT INTO items (part, key, id, title, in_stock, attributes, attribute_words, "
            "vector, removed) VALUES "
            "(1, 0, 'gone', '', true, '{}', '{}', '[1,0]', 2), "
            "(1, 1, 'here', 'Boot', true, '{\"season\": \"SS\"}', '{\"season\": \"ss\"}', "
            "'[0,1]', null)"
        )
        connection.execute("INSERT INTO ids VALUES ('here', 1, 1)")
        connection.execute("INSERT INTO features VALUES (0, '\\x0000803f'), (1, '\\x0000803f')")
        assert pending(connection) == [2]
    catalogues = [PostgresCatalogue.open(url, kept=timedelta(0)) for _ in range(2)]
    catalogue = catalogues[0]
    wanted = np.array([[0.0, 2.0]], dtype=np.float32)
    hits = answer(catalogue, wanted, 3, Filter(attributes=(("season", "Ss"),)))
    assert (hits.ids, hits.scores[0, 0]) == ([["here"]], 2.0)
    assert catalogue.snapshot().features[0].tolist() == [1.0]
    assert catalogue.verify() == []
    assert catalogue.delete(["here"]) == 1
    assert catalogue.version() == 4
    with database.single() as connection:
        assert pending(connection) == []
    for one in catalogues:
        one.close()


def test_tables_of_a_later_modiste_are_left_alone(catalogue: PostgresCatalogue, url: str) -> None:
    _run_sql(url, "INSERT INTO migrations (number, name) VALUES (999, '0999_future.sql')")
    with pytest.raises(CatalogueError, match="later Modiste"):
        open_catalogue(url)


def test_a_catalogue_that_is_dropped_while_it_is_open_is_missed(
    catalogue: PostgresCatalogue, url: str
) -> None:
    catalogue.version()
    _run_sql(url, f"DROP SCHEMA {Database(url).schema} CASCADE")
    with pytest.raises(CatalogueError, match="damaged or gone"):
        answer(catalogue, queries(1), 1)


# It is sound, or says why not


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        ("DELETE FROM features WHERE key = 3", "1 items have no features"),
        ("INSERT INTO features VALUES (999, '')", "1 features belong to no item"),
        ("UPDATE features SET numbers = 'short' WHERE key < 2", "2 items have features that are"),
        (
            "UPDATE features SET numbers = '\\x0000c07f0000c07f0000c07f' WHERE key = 1",
            "1 items have features that are damaged",
        ),
        ("UPDATE items SET vector = '[1,2]' WHERE key = 5", "1 items have a vector of another"),
        ("DELETE FROM ids WHERE key = 7", "1 entries of the list of ids"),
        ("DELETE FROM items WHERE key = 7", "1 entries of the list of ids"),
        ("UPDATE items SET id = 'item 1' WHERE id = 'item 2'", "1 ids are there more than once"),
        ("ALTER TABLE items DETACH PARTITION items_1", "1 categories have no partition"),
        ("UPDATE catalogue SET next_key = 50", "10 items come from a version"),
    ],
)
def test_damage_is_found(catalogue: PostgresCatalogue, url: str, harm: str, told: str) -> None:
    assert catalogue.verify() == []
    _run_sql(url, harm)
    assert any(line.startswith(told) for line in catalogue.verify())


# It holds secrets


@pytest.mark.parametrize("host", ["", "127.0.0.1:1"])
def test_a_password_is_never_told(postgres: TemporaryServer, host: str) -> None:
    tail = postgres.url.partition("@")[2] if not host else f"{host}/postgres"
    secret = f"postgresql://postgres:s3cret%21@{tail}{'&' if '?' in tail else '?'}schema=t"
    with pytest.raises(CatalogueError) as raised:
        PostgresCatalogue.open(secret)
    told = "".join(traceback.format_exception(raised.value))
    database = Database(secret)
    for text in (told, database.address, repr(database)):
        assert "s3cret" not in text
    assert "postgres@" in str(raised.value)


@pytest.mark.parametrize(
    "wrong",
    [
        "postgresql://me:s3cret@h/x?colour=red",
        "postgresql://me:s3cret%zz@h/x",
        "postgresql://h/x?schema=",
        "postgresql://h/x?schema=" + "a" * 64,
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(wrong: str) -> None:
    with pytest.raises(Misuse, match="no address") as raised:
        open_catalogue(wrong)
    assert "s3cret" not in "".join(traceback.format_exception(raised.value))


def test_without_its_driver_it_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from modiste.catalogue.places import open_catalogue\n"
        "open_catalogue('postgresql://host/name')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert MissingExtra.__name__ in done.stderr
    assert "pip install 'modiste[postgres]'" in done.stderr
