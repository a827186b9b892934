"""Collects what a run learns, and hands it on line by line, each durable before it is acknowledged.

Takes entries, gives the inventory as it is known now; lines that wait while a write is under way share the next one.
It never reads what was written, and never blocks the event loop: whoever makes lines durable works in a thread.
"""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path
from typing import Protocol

from reconciler.errors import InventoryError
from reconciler.inventory import codec, disk
from reconciler.model import Address, Entry, Inventory


class Lines(Protocol):
    """Where the lines of a journal go."""

    def append(self, lines: bytes) -> None:
        """Make whole lines durable, all or none of them; after a failure it may be tried again."""
        ...

    def close(self) -> None:
        """Let go of what is open; what was written stays."""
        ...


class RunJournal:
    """The journal of one run over `inventory`; `continues`: records of a run that broke off are part of it."""

    def __init__(self, inventory: Inventory, lines: Lines, *, name: str, continues: bool = False) -> None:
        self._base = inventory
        self._lines = lines
        self._name = name
        self._entries = dict(inventory.entries)
        self._has_records = continues
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None
        self._writing = threading.Lock()
        self._closed = False

    @property
    def base(self) -> Inventory:
        """The inventory that was loaded."""
        return self._base

    @property
    def inventory(self) -> Inventory:
        """What is known now."""
        return Inventory(self._base.id, self._base.salt, self._base.serial, dict(self._entries))

    @property
    def is_empty(self) -> bool:
        """Nothing was recorded, by this run or by one that broke off."""
        return not self._has_records and self._entries == self._base.entries

    async def record(self, address: Address, entry: Entry | None) -> None:
        """Remember an entry, None for one that is no longer ours; return once it is durable."""
        line = codec.encode_record(address, entry)
        if entry is None:
            self._entries.pop(address, None)
        else:
            self._entries[address] = entry
        written = asyncio.get_running_loop().create_future()
        self._waiting.append((line, written))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_waiting())
        await written

    def close(self) -> None:
        """End it: what is written stays, and nothing more is."""
        with self._writing:
            self._closed = True
            self._lines.close()

    async def _write_waiting(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                lines = b"".join(line for line, _ in batch)
                # Whatever goes wrong must reach those who wait: they would wait forever.
                [problem] = await asyncio.gather(asyncio.to_thread(self._append, lines), return_exceptions=True)
                for _, written in batch:
                    _settle(written, problem)
        finally:
            self._writer = None

    def _append(self, lines: bytes) -> None:
        with self._writing:
            if self._closed:
                raise InventoryError(f"cannot write {self._name}: the run is over")
            self._lines.append(lines)
            self._has_records = True


def _settle(written: asyncio.Future[None], problem: BaseException | None) -> None:
    if written.done():  # whoever waited was cancelled
        return
    if problem is None:
        written.set_result(None)
    else:
        written.set_exception(problem)


class FileLines:
    """The lines of a file that begins with `head`; its first `kept` bytes are whole and there already."""

    def __init__(self, path: Path, head: bytes, *, name: str, kept: int = 0) -> None:
        self._path = path
        self._head = head
        self._name = name
        self._kept = kept
        self._file: int | None = None

    def append(self, lines: bytes) -> None:
        """Write and sync; after a failure the next attempt cuts the file back to what was whole."""
        with disk.named("write", self._name):
            is_new = not self._kept
            data = self._head + lines if is_new else lines
            try:
                if self._file is None:
                    self._file = self._open()
                disk.write_all(self._file, data)
                os.fsync(self._file)
                if is_new:
                    disk.sync_folder(self._path.parent)
            except OSError:
                self.close()
                raise
            self._kept += len(data)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self) -> int:
        """Open the file, cut to what is known to be whole."""
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, disk.PRIVATE)
        try:
            os.ftruncate(file, self._kept)
        except OSError:
            os.close(file)
            raise
        return file
