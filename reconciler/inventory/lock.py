"""Keeps two runs from changing one inventory, by a lock file that says who holds it.

Takes a path and who we are, gives a context; on one machine the kernel frees the lock when its holder dies.
It never takes over the lock of a run on another machine: whether that lives cannot be known from here.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from reconciler.inventory import disk, holder
from reconciler.inventory.holder import Held, Owner, this_process

PAUSE_SECONDS = 0.1
"""How often a run that waits looks again."""


class FileLock:
    """A lock at a path; the file is there only while the lock is held, or was left by a crash."""

    def __init__(
        self,
        path: Path,
        *,
        name: str,
        identify: Callable[[], Owner] = this_process,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._path = path
        self._name = name
        self._identify = identify
        self._now = now
        self._sleep = sleep
        self._file: int | None = None

    @contextmanager
    def hold(self, timeout: float) -> Iterator[None]:
        """Hold the lock; wait for at most `timeout` seconds, then raise `Locked`."""
        waited = 0.0
        while (file := self._take()) is None:
            if waited >= timeout:
                raise holder.locked(self._describe(self._read()), self._name)
            self._sleep(PAUSE_SECONDS)
            waited += PAUSE_SECONDS
        self._file = file
        try:
            yield
        finally:
            self._file = None
            self._give_back(file)

    def is_held(self) -> bool:
        """Say whether this process holds the lock, and nobody has removed it."""
        return self._file is not None and self._is_ours(self._file)

    def remove(self) -> str:
        """Remove what a dead run left; raise `Locked` where the holder lives on this machine."""
        if not self._path.exists():
            return "The inventory is not locked."
        file = self._open()
        if file is None:
            raise holder.locked(self._describe(self._read()), self._name)
        held = self._read()
        self._give_back(file)
        return f"Removed the lock of {self._describe(held)}."

    def _take(self) -> int | None:
        """Give the open lock file, or None where somebody else holds it."""
        disk.make_folder(self._path.parent, self._name)
        file = self._open()
        if file is None:
            return None
        held, me = self._read(), self._identify()
        if held is not None and held.owner.host != me.host:
            os.close(file)
            return None
        record = json.dumps(asdict(Held(me, self._now())))
        try:
            with disk.named("write", self._name):
                os.ftruncate(file, 0)
                disk.write_all(file, record.encode() + b"\n")
        except BaseException:
            self._give_back(file)
            raise
        return file

    def _open(self) -> int | None:
        """Open the file with the kernel's lock on it, None where that is taken."""
        with disk.named("lock", self._name):
            while True:
                file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, disk.PRIVATE)
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    if self._is_ours(file):
                        return file
                except BlockingIOError:
                    os.close(file)
                    return None
                except OSError:
                    os.close(file)
                    raise
                os.close(file)  # its last holder removed it between open and lock

    def _give_back(self, file: int) -> None:
        with disk.named("unlock", self._name):
            try:
                if self._is_ours(file):  # else somebody removed it, and the file there is another's
                    self._path.unlink()
            finally:
                os.close(file)

    def _is_ours(self, file: int) -> bool:
        try:
            there = self._path.stat()
        except FileNotFoundError:
            return False
        return os.path.samestat(os.fstat(file), there)

    def _read(self) -> Held | None:
        """Give the holder, None where it died before it could write its name."""
        data = disk.read(self._path, self._name)
        try:
            record = json.loads(data or b"")
            owner = record["owner"]
            return Held(Owner(str(owner["user"]), str(owner["host"]), int(owner["pid"])), float(record["since"]))
        except (ArithmeticError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def _describe(self, held: Held | None) -> str:
        return holder.describe(held, self._now())
