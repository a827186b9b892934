"""Keeps the inventory in a PostgreSQL database, several of them in one table.

Takes an address and a name, gives a `Store`. The table is created by the first apply, never by a read. The lock is an
advisory one of the connection that writes: the server frees it when that connection ends, and a run whose connection is
gone cannot write any more.

    reconciler_inventory(inventory, key, data)      a row for the save, one for each write of the journal, one a receipt
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import blake2b, sha256
from typing import TYPE_CHECKING, Any, LiteralString

from reconciler import redact
from reconciler.errors import InventoryError, NotAllowed, SettingsError
from reconciler.inventory import holder, sql
from reconciler.inventory.blobs import Blob, BlobMedium
from reconciler.inventory.holder import Held, Owner, this_process
from reconciler.inventory.store import LockedStore, Moved

if TYPE_CHECKING:
    import psycopg

PAUSE_SECONDS = 0.5
"""How often a run that waits for the lock looks again."""

_CONNECT_SECONDS = 10
_ALREADY_THERE = ("42P07", "23505")
"""What PostgreSQL says where another run created the table at the same moment."""
_REFUSED = ("28", "42501")
"""What its error codes begin with where the credential is wrong, or may not do this."""


def open_postgres(url: str, name: str, *, identify: Callable[[], Owner] = this_process) -> LockedStore:
    """Open the inventory `name` of a database; sends nothing yet. Raises `SettingsError` where it cannot be used."""
    try:
        from psycopg import ProgrammingError
        from psycopg.conninfo import conninfo_to_dict
    except ImportError as error:
        hint = "pip install 'reconciler[postgres]'"
        raise SettingsError("inventory.store: postgres needs a package that is not installed", hint=hint) from error
    try:
        given = {name: str(value) for name, value in conninfo_to_dict(url).items() if value}
    except ProgrammingError:  # it would repeat what it was given
        raise _no_address() from None
    if "@" in given.get("host", "") or ("user" not in given and "@" in given.get("dbname", "")):
        raise _no_address()  # a piece of the password is taken for host, port or database, which messages show
    redact.remember(given.get("password", ""))
    place = PostgresPlace(url, name)
    return LockedStore(BlobMedium(place), AdvisoryLock(place, identify=identify))


def _no_address() -> SettingsError:
    hint = "an address is like postgresql://user:password@host/database; write `@` and `/` in a password as %40 and %2F"
    return SettingsError("inventory.url: no address of a PostgreSQL database", hint=hint)


class PostgresPlace:
    """The rows of one inventory; while its lock is held, everything goes over the connection that holds it."""

    def __init__(self, url: str, name: str) -> None:
        self.name = f"inventory {name} in PostgreSQL"
        self.lock_id = int.from_bytes(blake2b(f"reconciler {name}".encode(), digest_size=8).digest(), signed=True)
        self.holding: psycopg.Connection[Any] | None = None
        self._url = url
        self._inventory = name

    def called(self, key: str) -> str:
        """Name a row."""
        return f"{self.name}: {key}"

    def refresh(self) -> None:
        """Do nothing: a row is always read anew."""

    def connect(self) -> psycopg.Connection[Any]:
        """Open a connection of our own."""
        import psycopg

        with _named(f"cannot connect to {self.name}"):
            # Statements are not prepared: a pooler might hand the next one to another server process.
            connection = psycopg.connect(
                self._url,
                autocommit=True,
                prepare_threshold=None,
                connect_timeout=_CONNECT_SECONDS,
                application_name="reconciler",
            )
            connection.execute(sql.SESSION)
            return connection

    def ask(self, statement: LiteralString, **values: object) -> list[tuple[Any, ...]]:
        """Give the rows of one statement about this inventory; none where there is no table yet."""
        from psycopg.errors import UndefinedTable

        with _named(f"cannot read {self.name}"), self._connection() as connection:
            try:
                return connection.execute(statement, {"inventory": self._inventory, **values}).fetchall()
            except UndefinedTable:
                return []

    def keys(self, folder: str) -> tuple[str, ...]:
        """Give the keys in a folder, sorted."""
        return tuple(sorted(key for (key,) in self.ask(sql.KEYS, begin=f"{folder}/")))

    def read(self, key: str) -> Blob | None:
        """Give a row, None where there is none."""
        rows = self.ask(sql.READ, key=key)
        return Blob(bytes(rows[0][0]), sha256(rows[0][0]).hexdigest()) if rows else None

    def write(self, key: str, data: bytes, over: str | None, drop: Sequence[str] = ()) -> str:
        """Write a row and delete others in one statement, which is one transaction."""
        from psycopg.errors import UndefinedTable

        values = {
            "inventory": self._inventory,
            "key": key,
            "data": data,
            "over": None if over is None else bytes.fromhex(over),
            "drop": list(drop),
            "locked": self.holding is not None,
            "lock": self.lock_id,
        }
        with _named(f"cannot write {self.name}"), self._connection() as connection:
            try:
                rows = connection.execute(sql.WRITE, values).fetchall()
            except UndefinedTable:
                _create_table(connection)
                rows = connection.execute(sql.WRITE, values).fetchall()
        if not rows:
            raise Moved
        return sha256(data).hexdigest()

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Any]]:
        if self.holding is not None:
            yield self.holding
        else:
            with self.connect() as connection:
                yield connection


class AdvisoryLock:
    """The lock of a connection: PostgreSQL frees it when its holder is gone."""

    def __init__(
        self,
        place: PostgresPlace,
        *,
        identify: Callable[[], Owner] = this_process,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._place = place
        self._identify = identify
        self._now = now
        self._monotonic = monotonic
        self._sleep = sleep

    @contextmanager
    def hold(self, timeout: float) -> Iterator[None]:
        """Hold the lock; wait for at most `timeout` seconds, then raise `Locked`."""
        until = self._monotonic() + timeout
        with self._place.connect() as connection:
            while not self._take(connection):
                left = until - self._monotonic()
                if left <= 0:
                    raise self._locked()
                self._sleep(min(PAUSE_SECONDS, left))
            self._place.holding = connection
            try:
                yield
            finally:
                self._place.holding = None
                self._give_back(connection)

    def is_held(self) -> bool:
        """Say whether the connection that writes holds the lock."""
        return self._place.holding is not None and bool(self._place.ask(sql.HOLDS, lock=self._place.lock_id))

    def remove(self) -> str:
        """Say that nothing has to be removed; raise `Locked` where a connection holds the lock."""
        if self._holders():
            raise self._locked()
        return "The inventory is not locked."

    def _take(self, connection: psycopg.Connection[Any]) -> bool:
        who, lock = self._identify(), {"lock": self._place.lock_id}
        with _named(f"cannot lock {self._place.name}"), connection.transaction():
            if connection.execute(sql.HOLDS, lock).fetchone():
                hint = "connect directly, or through a pooler that gives each client a server process (session mode)"
                raise InventoryError(f"{self._place.name}: this connection is shared with another run", hint=hint)
            (got,) = connection.execute(sql.LOCK, lock).fetchone() or (False,)
            # PostgreSQL keeps 63 bytes of a name: what tells most comes first.
            name = f"reconciler {int(self._now())} {who.pid} {who.user}@{who.host}" if got else "reconciler"
            connection.execute(sql.NAME, {"name": name})
        return bool(got)

    def _give_back(self, connection: psycopg.Connection[Any]) -> None:
        """Free the lock now: the server takes its time to notice that a connection was closed."""
        import psycopg

        with suppress(psycopg.Error):  # where the connection is gone, the server frees it by itself
            connection.execute(sql.UNLOCK, {"lock": self._place.lock_id})

    def _holders(self) -> list[tuple[Any, ...]]:
        return self._place.ask(sql.HOLDERS, lock=self._place.lock_id)

    def _locked(self) -> InventoryError:
        holders = self._holders()
        name, process = holders[0] if holders else ("", None)
        whom = holder.describe(_parse(name or ""), self._now())
        hint = "wait for it with `--lock-timeout SECONDS`; PostgreSQL frees it within a minute after its run is gone"
        if process is not None:
            hint += f"; to end it now: `select pg_terminate_backend({process})`"
        return holder.locked(whom, self._place.name, hint)


def _parse(name: str) -> Held | None:
    """Read who holds a lock from the name of a connection; None for one that says nothing."""
    words = name.split(" ", 3)
    if len(words) != 4 or words[0] != "reconciler" or not (words[1] + words[2]).isdigit():
        return None
    user, _, host = words[3].partition("@")
    return Held(Owner(user, host, int(words[2])), float(words[1]))


def _create_table(connection: psycopg.Connection[Any]) -> None:
    import psycopg

    try:
        connection.execute(sql.TABLE)
    except psycopg.Error as error:
        if error.sqlstate not in _ALREADY_THERE:
            raise


@contextmanager
def _named(problem: str) -> Iterator[None]:
    """Give what the library raises the words that a person needs."""
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        words = f"{problem}: {redact.vendor_text(str(error))}"
        if (error.sqlstate or "").startswith(_REFUSED) or "authentication failed" in words or "no password" in words:
            raise NotAllowed(words, hint="look at `inventory.url`, and at what its user may do") from error
        raise InventoryError(words, hint="look at `inventory.url`; does the server run?") from error
