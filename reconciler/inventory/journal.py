"""Appends what a run learns to a file beside the inventory, line by line, each durable before it is acknowledged.

Takes entries, gives the inventory as it is known now; lines that wait while the disk is busy go out in one write.
It never reads the file, and never blocks the event loop: the disk is waited for in a thread.
"""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path

from reconciler.errors import InventoryError
from reconciler.inventory import codec, disk
from reconciler.model import Address, Entry, Inventory


class FileJournal:
    """A journal that continues `inventory`; `kept` bytes of an earlier run's journal are already part of it."""

    def __init__(self, path: Path, inventory: Inventory, *, name: str, kept: int = 0) -> None:
        self._path = path
        self._name = name
        self._base = inventory
        self._kept = kept
        self._entries = dict(inventory.entries)
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None
        self._disk = threading.Lock()
        self._file: int | None = None
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
        return not self._kept and self._entries == self._base.entries

    async def record(self, address: Address, entry: Entry | None) -> None:
        """Remember an entry, None for one that is no longer ours; return once it is on the disk."""
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
        """Let go of the file; what is in it stays, and nothing more goes into it."""
        with self._disk:
            self._closed = True
            self._let_go()

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
        """Make lines durable; after a failure the next attempt cuts the file back to what was whole."""
        with self._disk, disk.named("write", self._name):
            if self._closed:
                raise InventoryError(f"cannot write {self._name}: the run is over")
            is_new = not self._kept
            data = codec.encode_head(self._base) + lines if is_new else lines
            try:
                if self._file is None:
                    self._file = self._open()
                disk.write_all(self._file, data)
                os.fsync(self._file)
                if is_new:
                    disk.sync_folder(self._path.parent)
            except OSError:
                self._let_go()
                raise
            self._kept += len(data)

    def _open(self) -> int:
        """Open the file, cut to what is known to be whole."""
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, disk.PRIVATE)
        try:
            os.ftruncate(file, self._kept)
        except OSError:
            os.close(file)
            raise
        return file

    def _let_go(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _settle(written: asyncio.Future[None], problem: BaseException | None) -> None:
    if written.done():  # whoever waited was cancelled
        return
    if problem is None:
        written.set_result(None)
    else:
        written.set_exception(problem)
