"""Keeps the inventory in a JSON file that people can read and git can compare, with a journal and a lock beside it.

Takes a path, gives a `Store`. Loading never writes, and nothing is written where nothing was recorded.

    record          →  inventory.json.journal      append, fsync
    commit          →  inventory.json.tmp          write, fsync
                    →  inventory.json              rename, fsync of the folder
                    →  inventory.json.journal      remove, fsync of the folder

The journal names the inventory and the serial that it continues, so one that outlived its commit is recognised.
"""

from __future__ import annotations

import dataclasses
import secrets
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from reconciler.errors import InventoryConflict, InventoryError, Unreadable
from reconciler.inventory import codec, disk
from reconciler.inventory.base import Journal
from reconciler.inventory.codec import Records
from reconciler.inventory.journal import FileJournal
from reconciler.inventory.lock import FileLock, Owner, this_process
from reconciler.model import Address, Entry, Inventory

SALT_BYTES = 32

_AGAIN = "run it again: it starts from what is there now"


def _new_id() -> str:
    return str(uuid.uuid4())


def _new_salt() -> str:
    return secrets.token_hex(SALT_BYTES)


class FileStore:
    """An inventory in a file; `name` is how messages call it."""

    def __init__(
        self,
        path: Path,
        *,
        name: str = "",
        identify: Callable[[], Owner] = this_process,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        new_id: Callable[[], str] = _new_id,
        new_salt: Callable[[], str] = _new_salt,
    ) -> None:
        self._path = path
        self._name = name or str(path)
        self._journal_path = path.with_name(path.name + ".journal")
        self._journal_name = self._name + ".journal"
        lock_path = path.with_name(path.name + ".lock")
        self._lock = FileLock(lock_path, name=self._name + ".lock", identify=identify, now=now, sleep=sleep)
        self._new_id = new_id
        self._new_salt = new_salt
        self._journal: FileJournal | None = None

    def load(self) -> Inventory:
        """Give the inventory with its journal replayed, in memory alone; entries that were saved come in order."""
        # The journal first: a commit between the two reads then makes it an old one, which is left out.
        records = self._read_journal()
        data = disk.read(self._path, self._name)
        saved = None if data is None else codec.decode(data, self._name)
        base = self._continued(records, saved)
        if base is None:
            return saved or Inventory(self._new_id(), self._new_salt())
        return dataclasses.replace(base, entries=_replayed(base.entries, records.entries))

    @contextmanager
    def lock(self, timeout: float) -> Iterator[None]:
        """Keep other runs out; a journal that was not committed stays, for the next run to replay."""
        with self._lock.hold(timeout):
            try:
                yield
            finally:
                self._close_journal()

    def unlock(self) -> str:
        """Remove a lock that a dead run on another machine left."""
        return self._lock.remove()

    def begin(self, inventory: Inventory) -> Journal:
        """Start to record changes to what `load` gave."""
        self._check_lock()
        saved = self._check_current(inventory)
        records = self._read_journal()
        base = self._continued(records, saved)
        if base is None:
            disk.remove(self._journal_path, self._journal_name)  # it outlived its commit
        elif base.id != inventory.id or _replayed(inventory.entries, records.entries) != inventory.entries:
            raise self._conflict("another run broke off")
        self._close_journal()
        kept = 0 if base is None else records.length
        self._journal = FileJournal(self._journal_path, inventory, name=self._journal_name, kept=kept)
        return self._journal

    def commit(self, journal: Journal) -> Inventory:
        """Save what the journal holds, if anything."""
        self._check_lock()
        if self._journal is None or journal is not self._journal:
            raise InventoryError(f"{self._name}: this journal was not begun under this lock, or is committed already")
        if self._journal.is_empty:
            self._close_journal()
            return journal.inventory
        self._check_current(self._journal.base)
        saved = dataclasses.replace(journal.inventory, serial=self._journal.base.serial + 1)
        disk.replace(self._path, codec.encode(saved), self._name)
        self._close_journal()
        disk.remove(self._journal_path, self._journal_name)
        return saved

    def _read_journal(self) -> Records:
        data = disk.read(self._journal_path, self._journal_name)
        return Records(None) if data is None else codec.decode_records(data, self._journal_name)

    def _continued(self, records: Records, saved: Inventory | None) -> Inventory | None:
        """Give the inventory that a journal continues; None where its records are in the file already."""
        head = records.head
        if head is None or (saved is not None and head.id == saved.id and head.serial < saved.serial):
            return None
        if saved is None and head.serial == 0:
            return head  # the first run broke off before it saved
        if saved is None:
            problem, hint = f"continues {self._name}, which is missing", f"restore {self._name}, or remove both"
        elif head.id != saved.id:
            problem, hint = f"belongs to another inventory than {self._name}", "remove the one that is not wanted"
        elif head.serial > saved.serial:
            problem = f"continues save {head.serial}, but {self._name} is save {saved.serial}"
            hint = f"restore the newer {self._name}; or remove the journal: what exists is then proposed for adoption"
        else:
            return saved
        raise Unreadable(f"{self._journal_name}:1:1: this journal {problem}", hint=hint)

    def _check_current(self, inventory: Inventory) -> Inventory | None:
        """Compare id and serial of the file with what was loaded, and give them; None where there is no file."""
        with disk.named("read", self._name):
            try:
                with self._path.open("rb") as file:
                    line = file.readline()
            except FileNotFoundError:
                if inventory.serial:
                    raise self._conflict("it was removed") from None
                return None
            saved = codec.decode_head(line, self._path.read_bytes, self._name)
        if (saved.id, saved.serial) != (inventory.id, inventory.serial):
            raise self._conflict(f"another run saved it (it is save {saved.serial} now, was {inventory.serial})")
        return saved

    def _check_lock(self) -> None:
        if not self._lock.is_held():
            raise InventoryConflict(f"{self._name} is not locked by this run, or its lock was removed", hint=_AGAIN)

    def _conflict(self, what: str) -> InventoryConflict:
        return InventoryConflict(f"{self._name}: {what} since this run loaded it", hint=_AGAIN)

    def _close_journal(self) -> None:
        if self._journal is not None:
            self._journal.close()
            self._journal = None


def _replayed(entries: Mapping[Address, Entry], records: Mapping[Address, Entry | None]) -> dict[Address, Entry]:
    latest = {**entries, **records}
    return {address: entry for address, entry in latest.items() if entry is not None}
