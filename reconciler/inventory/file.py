"""Keeps the inventory in a JSON file that people can read and git can compare, with a journal and a lock beside it.

Takes a path, gives a `Store`. Loading never writes, and nothing is written where nothing was recorded.

    record          →  inventory.json.journal      append, fsync
    commit          →  inventory.json.tmp          write, fsync
                    →  inventory.json              rename, fsync of the folder
                    →  inventory.json.journal      remove, fsync of the folder
    keep            →  inventory.json.receipts/    write, fsync, rename, fsync of the folder

The journal names the inventory and the serial that it continues, so one that outlived its commit is recognised.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from reconciler.inventory import codec, disk
from reconciler.inventory.codec import Records
from reconciler.inventory.holder import Owner, this_process
from reconciler.inventory.journal import FileLines, Lines
from reconciler.inventory.lock import FileLock
from reconciler.inventory.receipts import is_name
from reconciler.inventory.store import LockedStore, Moved, new_id, new_salt
from reconciler.model import Inventory


class FileStore(LockedStore):
    """An inventory in a file; `name` is how messages call it."""

    def __init__(
        self,
        path: Path,
        *,
        name: str = "",
        identify: Callable[[], Owner] = this_process,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        new_id: Callable[[], str] = new_id,
        new_salt: Callable[[], str] = new_salt,
    ) -> None:
        name = name or str(path)
        beside = path.with_name(path.name + ".lock")
        lock = FileLock(beside, name=f"{name}.lock", identify=identify, now=now, sleep=sleep)
        super().__init__(_Files(path, name), lock, new_id=new_id, new_salt=new_salt)


class _Files:
    """The files of one inventory."""

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self.journal_name = f"{name}.journal"
        self._path = path
        self._journal = path.with_name(path.name + ".journal")
        self._receipts = path.with_name(path.name + ".receipts")

    def refresh(self) -> None:
        """Do nothing: a file is always read anew."""

    def records(self) -> Records:
        data = disk.read(self._journal, self.journal_name)
        return Records(None) if data is None else codec.decode_records(data, self.journal_name)

    def saved(self) -> Inventory | None:
        data = disk.read(self._path, self.name)
        return None if data is None else codec.decode(data, self.name)

    def head(self) -> Inventory | None:
        with disk.named("read", self.name):
            try:
                with self._path.open("rb") as file:
                    line = file.readline()
            except FileNotFoundError:
                return None
            return codec.decode_head(line, self._path.read_bytes, self.name)

    def lines(self, base: Inventory, records: Records) -> Lines:
        return FileLines(self._journal, codec.encode_head(base), name=self.journal_name, kept=records.length)

    def drop_journal(self) -> None:
        disk.remove(self._journal, self.journal_name)

    def save(self, inventory: Inventory) -> None:
        disk.replace(self._path, codec.encode(inventory), self.name)
        self.drop_journal()

    def keep(self, name: str, receipt: bytes) -> None:
        place, called = self._receipts / name, f"{self.name}.receipts/{name}"
        disk.make_folder(self._receipts, called)
        if place.exists():
            raise Moved
        disk.replace(place, receipt, called)

    def receipts(self) -> tuple[str, ...]:
        with disk.named("read", f"{self.name}.receipts"):
            try:
                return tuple(sorted(path.name for path in self._receipts.iterdir() if is_name(path.name)))
            except FileNotFoundError:
                return ()

    def receipt(self, name: str) -> bytes | None:
        return disk.read(self._receipts / name, f"{self.name}.receipts/{name}")
