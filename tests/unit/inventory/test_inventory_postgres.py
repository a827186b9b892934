"""The store in PostgreSQL: its table, its lock, connections that break, and credentials that no message repeats."""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reconciler import redact
from reconciler.errors import InventoryError, Locked, NotAllowed, SettingsError
from reconciler.inventory import Journal, Store, open_store, postgres
from reconciler.model import ValueSource

from .inventory_places import Postgres
from .inventory_samples import entry

NUMBERS = itertools.count()


@pytest.fixture
def database(postgres_url: str) -> Iterator[str]:
    """An empty database of its own."""
    name = f"d{next(NUMBERS)}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    yield postgres_url.replace("/postgres", f"/{name}")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


def at(url: str, name: str = "prod") -> Store:
    return open_store("postgres", name, Path("/"), {"url": url})


def record(journal: Journal, *names: str) -> None:
    async def record_all() -> None:
        await asyncio.gather(*(journal.record(entry(name).address, entry(name)) for name in names))

    asyncio.run(record_all())


def apply(store: Store, *names: str) -> None:
    with store.lock(0):
        journal = store.begin(store.load())
        record(journal, *names)
        store.commit(journal)


def names(store: Store) -> list[str]:
    return sorted(address.name for address in store.load().entries)


def tables(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
    return [name for (name,) in rows]


# --- the table ----------------------------------------------------------------------------------


def test_only_what_is_written_makes_the_table(database: str) -> None:
    store = at(database)
    assert store.load().serial == 0
    assert store.receipts() == ()
    assert store.unlock() == "The inventory is not locked."
    with store.lock(0):
        store.commit(store.begin(store.load()))
    assert tables(database) == []
    apply(store, "a")
    assert tables(database) == ["reconciler_inventory"]


def test_two_that_make_it_at_once_do_not_disturb_each_other(database: str) -> None:
    with psycopg.connect(database) as slow, psycopg.connect(database, autocommit=True) as quick:
        slow.execute(postgres.sql.TABLE)

        async def both() -> None:
            make = asyncio.create_task(asyncio.to_thread(postgres._create_table, quick))
            await asyncio.sleep(0.3)
            slow.commit()
            await make

        asyncio.run(both())
    assert tables(database) == ["reconciler_inventory"]


def test_several_inventories_share_it_and_nothing_else(database: str) -> None:
    prod, staging = at(database), at(database, "staging")
    with prod.lock(0), staging.lock(0):
        journal = prod.begin(prod.load())
        record(journal, "a")
        record(staging.begin(staging.load()), "b")
        prod.commit(journal)
    assert (names(prod), names(staging)) == (["a"], ["b"])


def test_a_user_who_may_only_read_can_plan(database: str) -> None:
    apply(at(database), "a")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("drop role if exists reader")
        connection.execute("create role reader login")
        connection.execute("grant select on reconciler_inventory to reader")
    reader = at(database.replace("tester@", "reader@"))
    assert names(reader) == ["a"]
    with pytest.raises(NotAllowed, match="permission denied for table reconciler_inventory") as caught, reader.lock(0):
        record(reader.begin(reader.load()), "b")
    assert caught.value.exit_code == 7
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("drop owned by reader")
        connection.execute("drop role reader")


# --- the lock -----------------------------------------------------------------------------------


def test_waits_until_it_is_free(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = at(database).lock(0)
    first.__enter__()
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        first.__exit__(None, None, None)

    place = postgres.PostgresPlace(database, "prod")
    lock = postgres.AdvisoryLock(place, sleep=sleep)
    with lock.hold(60):
        assert lock.is_held()
    assert waits == [postgres.PAUSE_SECONDS]
    assert not lock.is_held()


def test_says_who_holds_it_and_how_to_end_that(database: str) -> None:
    with at(database).lock(0):
        with pytest.raises(
            Locked, match=r"locked by .+@.+, process \d+, for \d+ s \(inventory prod in PostgreSQL"
        ) as caught:
            at(database).unlock()
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(caught.value.hint.split("`")[-2])
    assert at(database).unlock() == "The inventory is not locked."


@pytest.mark.parametrize("name", ["", "psql", "reconciler", "reconciler x y z", "reconciler 1 x a@b"])
def test_a_holder_that_says_nothing_of_itself_holds_it_too(database: str, name: str) -> None:
    place = postgres.PostgresPlace(database, "prod")
    with psycopg.connect(database, autocommit=True, application_name=name) as connection:
        connection.execute("select pg_advisory_lock(%s)", [place.lock_id])
        with pytest.raises(Locked, match="by a run that left no name"), at(database).lock(0):
            pytest.fail("two hold the lock")


def test_a_long_name_is_cut_and_still_read(database: str) -> None:
    owner = postgres.Owner("a-service-account-of-the-pipeline", "a-runner-with-a-very-long-name.example.com", 4194304)
    place = postgres.PostgresPlace(database, "prod")
    lock, said = postgres.AdvisoryLock(place, identify=lambda: owner), r"a-service-account-.*, process 4194304, for"
    with lock.hold(0), pytest.raises(Locked, match=said):
        at(database).unlock()


def test_a_connection_that_a_pooler_shares_is_refused(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pooler may give two runs one server process, which would hold the lock for both of them."""
    place = postgres.PostgresPlace(database, "prod")
    with psycopg.connect(database, autocommit=True) as shared:
        shared.execute("select pg_advisory_lock(%s)", [place.lock_id])

        class Pooled:
            def __enter__(self) -> Any:
                return shared

            def __exit__(self, *_: object) -> None:
                pass

        monkeypatch.setattr(place, "connect", Pooled)
        lock = postgres.AdvisoryLock(place)
        with pytest.raises(InventoryError, match="shared with another run") as caught, lock.hold(0):
            pytest.fail("held")
    assert "session mode" in caught.value.hint


def test_what_is_written_without_the_lock_is_not_written(database: str) -> None:
    """So a pooler that puts another server process under a run is found out at the next write."""
    store = at(database)
    apply(store, "a")
    with store.lock(0):
        journal = store.begin(store.load())
        place = store._medium._place  # type: ignore[attr-defined]
        place.holding.execute("select pg_advisory_unlock(%s)", [place.lock_id])
        with pytest.raises(InventoryError, match="the lock of this one was removed"):
            record(journal, "b")
        with pytest.raises(InventoryError, match="not locked by this run"):
            store.commit(journal)
    assert names(store) == ["a"]


# --- connections --------------------------------------------------------------------------------


def test_a_connection_that_breaks_takes_the_lock_with_it_and_loses_nothing(database: str) -> None:
    store, place = at(database), Postgres(Path("/prod"), database)
    with store.lock(0):
        journal = store.begin(store.load())
        record(journal, "a")
        place.break_lock()
        with pytest.raises(
            InventoryError, match=r"cannot write inventory prod in PostgreSQL: .*terminating connection"
        ):
            record(journal, "b")
        with pytest.raises(InventoryError, match="cannot read inventory prod in PostgreSQL"):
            store.commit(journal)
        with at(database).lock(0):
            assert names(at(database)) == ["a"]
    apply(store, "c")
    assert names(store) == ["a", "c"]


def test_a_session_is_set_up_for_a_long_run(database: str) -> None:
    with postgres.PostgresPlace(database, "prod").connect() as connection:
        settings = ("tcp_keepalives_idle", "tcp_keepalives_interval", "idle_session_timeout", "synchronous_commit")
        found = [connection.execute(f"show {name}").fetchone()[0] for name in settings]  # type: ignore[index]
    assert found == ["30", "10", "0", "on"]


def test_what_is_acknowledged_is_on_the_disk_whatever_the_database_thinks(database: str) -> None:
    name = database.rpartition("/")[2]
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"alter database {name} set synchronous_commit = off")
        connection.execute(f"alter database {name} set idle_session_timeout = '1s'")
    with postgres.PostgresPlace(database, "prod").connect() as connection:
        found = [
            connection.execute(f"show {name}").fetchone() for name in ("synchronous_commit", "idle_session_timeout")
        ]
    assert found == [("on",), ("0",)]


def test_a_server_that_is_not_there_is_told(postgres_url: str) -> None:
    store = at("postgresql://ann:s3cr3t-password@127.0.0.1:9/db")
    with pytest.raises(
        InventoryError, match=r"cannot connect to inventory prod in PostgreSQL.*Connection refused"
    ) as caught:
        store.load()
    assert (type(caught.value), caught.value.exit_code) == (InventoryError, 1)
    assert "s3cr3t" not in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    "url",
    [
        "nonsense s3cr3t",
        "postgresql://u:s3cr3t@host:port/x?a",
        "postgresql://u:s3cr3t@[x",
        "postgresql://u@h/d?s3cr3t=1",
        "postgresql://u:pass@s3cr3t@127.0.0.1:9/db",  # libpq's host: s3cr3t@127.0.0.1
        "postgresql://u:s3cr3t/word@127.0.0.1:9/db",  # libpq's port: s3cr3t
        "postgresql://u:1234/s3cr3t@127.0.0.1:9/db",
    ],
)
def test_what_is_no_address_is_told_without_repeating_it(url: str) -> None:
    with pytest.raises(SettingsError, match=r"inventory\.url: no address of a PostgreSQL database") as caught:
        at(url)
    assert "s3cr3t" not in f"{caught.value} {caught.value.hint} {caught.value.__cause__}"
    assert "write `@` and `/` in a password as %40 and %2F" in caught.value.hint
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_password_is_remembered_so_that_no_text_shows_it() -> None:
    at("postgresql://u:pa55-w0rd%21@127.0.0.1/db")
    assert "pa55" not in redact.scrub("FATAL: pa55-w0rd! is wrong")


def test_the_address_comes_from_where_settings_say(
    database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    store = open_store("postgres", "prod", tmp_path, {"url": ValueSource("env", "DATABASE_URL")})
    apply(store, "a")
    assert names(store) == ["a"]
    monkeypatch.delenv("DATABASE_URL")
    with pytest.raises(NotAllowed, match=r"inventory\.url: environment variable DATABASE_URL is not set") as caught:
        open_store("postgres", "prod", tmp_path, {"url": ValueSource("env", "DATABASE_URL")})
    assert caught.value.exit_code == 7


@contextmanager
def asking_for_passwords(url: str) -> Iterator[None]:
    """Let the server want a password from now on."""
    with psycopg.connect(url, autocommit=True) as connection:
        (file,) = connection.execute("show hba_file").fetchone()  # type: ignore[misc]
        rules = Path(file).read_text()
        connection.execute("create role locked login password 'right'")
        Path(file).write_text(f"host all locked all scram-sha-256\n{rules}")
        connection.execute("select pg_reload_conf()")
        try:
            yield
        finally:
            Path(file).write_text(rules)
            connection.execute("select pg_reload_conf()")
            connection.execute("drop role locked")


def test_a_wrong_password_is_told(database: str) -> None:
    with asking_for_passwords(database):
        for credential in ("locked:wr0ng-password", "locked"):
            store = at(database.replace("tester", credential))
            with pytest.raises(NotAllowed, match="cannot connect to inventory prod in PostgreSQL") as caught:
                store.load()
            assert caught.value.exit_code == 7
            assert "wr0ng" not in caught.value.message


def test_without_its_package_the_store_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(SettingsError, match=r"inventory\.store: postgres needs a package") as caught:
        at("postgresql://127.0.0.1/x")
    assert caught.value.hint == "pip install 'reconciler[postgres]'"


def test_the_lock_is_free_as_soon_as_it_is_given_back(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server notices only a moment later that a connection was closed; here it never does."""
    left: list[psycopg.Connection[Any]] = []
    close = psycopg.Connection.close

    def keep(connection: psycopg.Connection[Any]) -> None:
        left.append(connection)

    monkeypatch.setattr(psycopg.Connection, "close", keep)
    store = at(database)
    for _ in range(3):
        with store.lock(0):
            pass
    monkeypatch.undo()
    for connection in left:
        close(connection)
