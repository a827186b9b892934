"""Writes an inventory as blobs on a place that several machines share.

Takes a place that reads, and writes one blob over a version of it; gives a medium for `LockedStore`.

    inventory                           the last save
    journal/<serial>-<number>           what was recorded since save <serial>: one blob a write, in order
    lock                                who holds it; empty while nobody does (`claim.py`)

Every write is a compare-and-swap: over the version that was read, or only where there is nothing. So a run that lost
its lock without noticing writes into nobody's journal and over nobody's save.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from reconciler.errors import InventoryConflict, InventoryError, Unreadable
from reconciler.inventory import codec, replay
from reconciler.inventory.codec import Records
from reconciler.inventory.journal import Lines
from reconciler.inventory.receipts import is_name
from reconciler.inventory.store import Moved
from reconciler.model import Inventory

_PART = re.compile(r"journal/\d{10}-\d{6}\Z")
INVENTORY, LOCK, JOURNAL, RECEIPTS = "inventory", "lock", "journal", "receipts"


@dataclass(frozen=True, slots=True)
class Blob:
    """What stands at a key; equal versions mean equal data."""

    data: bytes
    version: str


class Place(Protocol):
    """Blobs by key, each replaced as a whole."""

    name: str
    """What a message calls the place."""

    def called(self, key: str) -> str:
        """Give what a message calls a blob."""
        ...

    def refresh(self) -> None:
        """Make sure that what is read from now on is at least as new as this moment."""
        ...

    def keys(self, folder: str) -> tuple[str, ...]:
        """Give the keys that begin with `folder/`, sorted."""
        ...

    def read(self, key: str) -> Blob | None:
        """Give a blob, None where there is none."""
        ...

    def write(self, key: str, data: bytes, over: str | None, drop: Sequence[str] = ()) -> str:
        """Write over a version (None: only where there is nothing), and give the new one; raise `Moved` otherwise.

        Durable when it returns. Other blobs are dropped with it or right after it, never before.
        """
        ...


def write(place: Place, key: str, data: bytes, over: str | None, drop: Sequence[str] = ()) -> str:
    """Write over a version; where the answer got lost on the way and what stands there is ours, it was written."""
    try:
        return place.write(key, data, over, drop)
    except Moved:
        there = place.read(key)
        if there is None or there.data != data:
            raise
        return there.version


class BlobMedium:
    """An inventory as blobs of one place; receipts have a place of their own where `receipts` names it."""

    def __init__(self, place: Place, receipts: Place | None = None) -> None:
        self.name = place.name
        self.journal_name = f"the journal of {place.name}"
        self._place = place
        self._receipts = receipts or place
        self._over: str | None = None
        self._old: tuple[str, ...] = ()
        self._lines: _BlobLines | None = None

    def refresh(self) -> None:
        """See what others wrote until now."""
        self._place.refresh()

    def records(self) -> Records:
        """Read the batches of the newest save that has any."""
        keys = tuple(key for key in self._place.keys(JOURNAL) if _PART.match(key))
        serial = max((_serial(key) for key in keys), default=0)
        batches = [key for key in keys if _serial(key) == serial]
        self._old = keys
        found = [(key, self._called(key), self._place.read(key)) for key in batches]
        try:
            return _joined(found, serial)
        except Unreadable:
            saved = self.head()
            if saved is not None and saved.serial > serial:  # it is part of that, and being dropped or was to be
                return Records(None)
            raise

    def saved(self) -> Inventory | None:
        """Read the inventory."""
        blob = self._place.read(INVENTORY)
        self._over = None if blob is None else blob.version
        return None if blob is None else codec.decode(blob.data, self._called(INVENTORY))

    def head(self) -> Inventory | None:
        """Read the inventory; a place gives whole blobs."""
        blob = self._place.read(INVENTORY)
        self._over = None if blob is None else blob.version
        if blob is None:
            return None
        line = blob.data.partition(b"\n")[0]
        return codec.decode_head(line, lambda: blob.data, self._called(INVENTORY))

    def lines(self, base: Inventory, records: Records) -> Lines:
        """Begin where an earlier run stopped."""
        number = len([key for key in self._old if _serial(key) == base.serial]) if records.length else 0
        self._lines = _BlobLines(self._place, base, number)
        return self._lines

    def drop_journal(self) -> None:
        """Leave it to the next save, which drops whatever was there when it was read."""

    def save(self, inventory: Inventory) -> None:
        """Write the inventory, and drop every batch that is part of it."""
        drop = (*self._old, *(self._lines.keys if self._lines else ()))
        self._over = write(self._place, INVENTORY, codec.encode(inventory), self._over, drop)
        self._old, self._lines = (), None

    def keep(self, name: str, receipt: bytes) -> None:
        """Write a receipt."""
        write(self._receipts, f"{RECEIPTS}/{name}", receipt, None)

    def receipts(self) -> tuple[str, ...]:
        """Name the receipts, sorted."""
        names = (key.partition("/")[2] for key in self._receipts.keys(RECEIPTS))
        return tuple(name for name in names if is_name(name))

    def receipt(self, name: str) -> bytes | None:
        """Read a receipt."""
        blob = self._receipts.read(f"{RECEIPTS}/{name}")
        return None if blob is None else blob.data

    def _called(self, key: str) -> str:
        return self._place.called(key)


# --- the journal --------------------------------------------------------------------------------


def _key(serial: int, number: int) -> str:
    return f"{JOURNAL}/{serial:010}-{number:06}"


def _serial(key: str) -> int:
    return int(key.partition("/")[2].partition("-")[0])


def _joined(batches: Sequence[tuple[str, str, Blob | None]], serial: int) -> Records:
    """Give one journal of all batches; every batch is whole, names the same inventory, and none is missing."""
    found = Records(None)
    for number, (key, called, blob) in enumerate(batches, start=1):
        if blob is None or key != _key(serial, number):
            raise _unfit(called, "this part of the journal, or one before it, is missing")
        records = codec.decode_records(blob.data, called)
        if records.head is None or records.length != len(blob.data):
            raise _unfit(called, "this part of the journal is cut off")
        if records.head.serial != serial or records.head != (found.head or records.head):
            raise _unfit(called, "this part of the journal does not belong to the others")
        found = Records(records.head, found.entries | records.entries, found.length + records.length)
    return found


def _unfit(called: str, problem: str) -> Unreadable:
    hint = "restore it; or remove the journal: what exists is then proposed for adoption"
    return Unreadable(f"{called}:1:1: {problem}", hint=hint)


class _BlobLines:
    """The batches of one run, numbered after those that are there."""

    def __init__(self, place: Place, base: Inventory, number: int) -> None:
        self.keys: list[str] = []
        self._place = place
        self._head = codec.encode_head(base)
        self._serial = base.serial
        self._number = number
        self._unsure: list[bytes] = []

    def append(self, lines: bytes) -> None:
        """Write the next batch; one that was written although its answer said otherwise keeps its number."""
        data, is_written = self._head + lines, False
        while not is_written:
            key = _key(self._serial, self._number + 1)
            try:
                write(self._place, key, data, None)
                is_written = True
            except Moved:
                there = self._place.read(key)
                if there is None or there.data not in self._unsure:
                    what = f"{self._place.name}: another run writes its journal; the lock of this one was removed"
                    raise InventoryConflict(what, hint=replay.AGAIN) from None
            except InventoryError:
                self._unsure.append(data)
                raise
            self.keys.append(key)
            self._number += 1

    def close(self) -> None:
        """Do nothing: nothing is open."""
