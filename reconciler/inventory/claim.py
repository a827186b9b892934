"""Keeps two runs on any two machines from changing one inventory, by a blob that says who holds it.

Takes a place and who we are, gives a context. It takes over the lock of a run on this machine that is known to be dead,
and never that of another machine: whether that lives cannot be known from here.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass

from reconciler.errors import InventoryError
from reconciler.inventory import holder
from reconciler.inventory.blobs import LOCK, Place, write
from reconciler.inventory.holder import Held, Owner, this_job, this_process
from reconciler.inventory.store import Moved


@dataclass(frozen=True, slots=True)
class Claim:
    """What a lock says: who holds it, in which pipeline, and which process on which machine that is."""

    held: Held
    job: str
    mark: str
    token: str
    """Makes every claim another: what stands there is ours only if it says this."""

    def encode(self) -> bytes:
        """Write it for machines and people."""
        return json.dumps(asdict(self)).encode() + b"\n"


def decode_claim(data: bytes) -> Claim | None:
    """Read a lock; None where somebody wrote something else."""
    try:
        row = json.loads(data)
        owner, since = row["held"]["owner"], float(row["held"]["since"])
        held = Held(Owner(str(owner["user"]), str(owner["host"]), int(owner["pid"])), since)
        return Claim(held, str(row["job"]), str(row["mark"]), str(row["token"]))
    except (ArithmeticError, ValueError, KeyError, TypeError, RecursionError):
        return None


class BlobLock:
    """A lock that several machines see. It stays when its holder dies: only that machine can tell.

    `prove` is asked with the lock's version whether the place can be trusted; it raises where it cannot.
    """

    def __init__(
        self,
        place: Place,
        *,
        pause: float,
        prove: Callable[[str], None] = lambda version: None,
        identify: Callable[[], Owner] = this_process,
        mark: Callable[[], str] = lambda: holder.mark(os.getpid()),
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._place = place
        self._name = place.called(LOCK)
        self._pause = pause
        self._prove = prove
        self._identify = identify
        self._mark = mark
        self._now = now
        self._monotonic = monotonic
        self._sleep = sleep
        self._version: str | None = None

    @contextmanager
    def hold(self, timeout: float) -> Iterator[None]:
        """Hold the lock; wait for at most `timeout` seconds, then raise `Locked`."""
        until = self._monotonic() + timeout
        while (version := self._take()) is None:
            left = until - self._monotonic()
            if left <= 0:
                raise holder.locked(self._whom(), self._name)
            self._sleep(min(self._pause, left))
        try:
            self._prove(version)
            self._version = version
            yield
        except BaseException:
            with suppress(InventoryError):  # what went wrong first is the one to tell
                self._give_back(version)
            raise
        else:
            self._give_back(version)
        finally:
            self._version = None

    def is_held(self) -> bool:
        """Say whether this process holds the lock, and nobody has removed it."""
        there = self._place.read(LOCK)
        return self._version is not None and there is not None and there.version == self._version

    def remove(self) -> str:
        """Remove what a dead run left; raise `Locked` where the holder lives on this machine."""
        self._place.refresh()
        there = self._place.read(LOCK)
        if there is None or not there.data:
            return "The inventory is not locked."
        claim, whom = decode_claim(there.data), self._whom()
        if claim is not None and holder.is_alive(claim.mark):
            raise holder.locked(whom, self._name)
        try:
            write(self._place, LOCK, b"", there.version)
        except Moved:
            raise holder.locked(self._whom(), self._name) from None
        return f"Removed the lock of {whom}."

    def _take(self) -> str | None:
        """Give the version of our claim, or None where somebody else holds the lock."""
        self._place.refresh()
        there = self._place.read(LOCK)
        if there is not None and there.data:
            claim = decode_claim(there.data)
            if claim is None or holder.is_alive(claim.mark) is not False:
                return None
        ours = Claim(Held(self._identify(), self._now()), this_job(), self._mark(), str(uuid.uuid4()))
        try:
            return write(self._place, LOCK, ours.encode(), None if there is None else there.version)
        except Moved:
            return None

    def _give_back(self, version: str) -> None:
        with suppress(Moved):  # somebody removed it, and what is there is another's
            write(self._place, LOCK, b"", version)

    def _whom(self) -> str:
        there = self._place.read(LOCK)
        claim = None if there is None else decode_claim(there.data)
        return holder.describe(claim.held if claim else None, self._now(), claim.job if claim else "")
