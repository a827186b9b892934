"""Keeps the laws of `reconciler.inventory.base`, whatever an inventory is written on.

Takes a medium, which reads and writes without any rule, and a lock; gives a `Store`. It does no I/O of its own.
"""

from __future__ import annotations

import dataclasses
import secrets
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from reconciler.errors import InventoryConflict, InventoryError, NoReceipt
from reconciler.inventory import replay
from reconciler.inventory.base import Journal
from reconciler.inventory.codec import Records
from reconciler.inventory.journal import Lines, RunJournal
from reconciler.inventory.receipts import require_name
from reconciler.model import Inventory

SALT_BYTES = 32


class Medium(Protocol):
    """What an inventory, its journal and its receipts are written on."""

    @property
    def name(self) -> str:
        """What a message calls the inventory."""
        ...

    @property
    def journal_name(self) -> str:
        """What a message calls its journal."""
        ...

    def refresh(self) -> None:
        """Make sure that what is read from now on is at least as new as this moment."""
        ...

    def records(self) -> Records:
        """Read the journal; read before the inventory, one that is saved meanwhile is recognised as old."""
        ...

    def saved(self) -> Inventory | None:
        """Read the inventory; None where there is none."""
        ...

    def head(self) -> Inventory | None:
        """Read the inventory, without its entries where that is cheaper; what `save` writes over."""
        ...

    def lines(self, base: Inventory, records: Records) -> Lines:
        """Open the journal that continues `base`, after the records that are part of it already."""
        ...

    def drop_journal(self) -> None:
        """Remove a journal that outlived its commit, or make sure that the next `save` does."""
        ...

    def save(self, inventory: Inventory) -> None:
        """Write the inventory over what `head` gave, then drop the journal; raise `Moved` where it is another now."""
        ...

    def keep(self, name: str, receipt: bytes) -> None:
        """Write a receipt; raise `Moved` where there is one of this name."""
        ...

    def receipts(self) -> tuple[str, ...]:
        """Name the receipts, sorted."""
        ...

    def receipt(self, name: str) -> bytes | None:
        """Read a receipt; None where there is none."""
        ...


class Lock(Protocol):
    """What keeps other runs out."""

    def hold(self, timeout: float) -> AbstractContextManager[None]:
        """Hold it while the context lasts; wait for at most `timeout` seconds, then raise `Locked`."""
        ...

    def is_held(self) -> bool:
        """Say whether this process holds it, and nobody has removed it."""
        ...

    def remove(self) -> str:
        """Remove what a dead run left, and say what; raise `Locked` where the holder is known to be alive."""
        ...


class Moved(Exception):
    """Another writer was there first: what was to be written over is not what stands there."""


def new_id() -> str:
    """Give the id of a new inventory."""
    return str(uuid.uuid4())


def new_salt() -> str:
    """Give the key of a new inventory's digests, as hex."""
    return secrets.token_hex(SALT_BYTES)


class LockedStore:
    """An inventory on a medium, written by one run at a time."""

    def __init__(
        self,
        medium: Medium,
        lock: Lock,
        *,
        new_id: Callable[[], str] = new_id,
        new_salt: Callable[[], str] = new_salt,
    ) -> None:
        self._medium = medium
        self._lock = lock
        self._new_id = new_id
        self._new_salt = new_salt
        self._is_locked = False
        self._journal: RunJournal | None = None

    @property
    def name(self) -> str:
        """What a message calls it."""
        return self._medium.name

    def load(self) -> Inventory:
        """Give the inventory with its journal replayed, in memory alone; entries that were saved come in order."""
        if not self._is_locked:  # else nobody else writes
            self._medium.refresh()
        records = self._medium.records()
        saved = self._medium.saved()
        base = self._continued(records, saved)
        if base is None:
            return saved or Inventory(self._new_id(), self._new_salt())
        return dataclasses.replace(base, entries=replay.replayed(base.entries, records.entries))

    @contextmanager
    def lock(self, timeout: float) -> Iterator[None]:
        """Keep other runs out; a journal that was not committed stays, for the next run to replay."""
        with self._lock.hold(timeout):
            self._is_locked = True
            try:
                yield
            finally:
                self._is_locked = False
                self._close_journal()

    def unlock(self) -> str:
        """Remove a lock that a dead run left where nothing frees it by itself."""
        return self._lock.remove()

    def begin(self, inventory: Inventory) -> Journal:
        """Start to record changes to what `load` gave."""
        self._check_lock()
        saved = self._check_current(inventory)
        records = self._medium.records()
        base = self._continued(records, saved)
        if base is None:
            self._medium.drop_journal()  # it outlived its commit
            records = Records(None)
        else:
            replay.require_seen(inventory, base, records, self._medium.name)
        self._close_journal()
        lines = self._medium.lines(inventory, records)
        self._journal = RunJournal(inventory, lines, name=self._medium.journal_name, continues=records.length > 0)
        return self._journal

    def commit(self, journal: Journal) -> Inventory:
        """Save what the journal holds, if anything."""
        self._check_lock()
        name = self._medium.name
        if self._journal is None or journal is not self._journal:
            raise InventoryError(f"{name}: this journal was not begun under this lock, or is committed already")
        if self._journal.is_empty:
            self._close_journal()
            return journal.inventory
        base = self._journal.base
        self._check_current(base)
        saved = dataclasses.replace(journal.inventory, serial=base.serial + 1)
        try:
            self._medium.save(saved)
        except Moved:
            self._medium.refresh()
            self._check_lock()
            self._check_current(base)
            raise replay.conflict(name, "another run wrote to it") from None
        self._close_journal()
        return saved

    def start_from(self, inventory: Inventory) -> None:
        """Save an inventory that another store gave."""
        self._check_lock()
        there, name = self.load(), self._medium.name
        if there.id == inventory.id and there.serial >= inventory.serial:
            return
        if there.serial or there.entries:
            raise InventoryConflict(f"{name} holds an inventory already", hint="name a place that holds none")
        try:
            self._medium.save(inventory)
        except Moved:
            raise InventoryConflict(f"{name}: another run wrote to it", hint=replay.AGAIN) from None

    def keep(self, name: str, receipt: bytes) -> None:
        """Keep a receipt for good."""
        try:
            self._medium.keep(require_name(name), receipt)
        except Moved:
            raise InventoryError(f"{self._medium.name}: there is a receipt {name} already") from None

    def receipts(self) -> tuple[str, ...]:
        """Name all receipts, oldest first."""
        return self._medium.receipts()

    def receipt(self, name: str) -> bytes:
        """Give one receipt."""
        found = self._medium.receipt(require_name(name))
        if found is None:
            raise NoReceipt(f"{self._medium.name}: there is no receipt {name}", hint="`history` lists them")
        return found

    def _continued(self, records: Records, saved: Inventory | None) -> Inventory | None:
        return replay.continued(records, saved, self._medium.journal_name, self._medium.name)

    def _check_current(self, inventory: Inventory) -> Inventory | None:
        saved = self._medium.head()
        replay.require_current(inventory, saved, self._medium.name)
        return saved

    def _check_lock(self) -> None:
        if not self._lock.is_held():
            what = f"{self._medium.name} is not locked by this run, or its lock was removed"
            raise InventoryConflict(what, hint=replay.AGAIN)

    def _close_journal(self) -> None:
        if self._journal is not None:
            self._journal.close()
            self._journal = None
