"""The moments at which a process is killed: what it waits for, and where in the process's life it then struck.

Takes dice and a place; gives a moment, kills a process at it with SIGKILL, and says what it had come to. It looks only
at what can be seen from outside: the clock, the requests that servers got, and the files that are written.
"""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reconciler.model import Phase
from tests.crashes.place import Place

LOOK_SECONDS = 0.0003
"""How often it looks whether the moment has come."""
LATENCY_MS = 8
"""How long a server takes for an answer: so long a kill can land inside a write."""
START_SECONDS = 1.0
"""About how long a process takes to its first request."""


@dataclass(frozen=True)
class Moment:
    """So long after something was seen so often."""

    seen: str
    times: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.seconds * 1000:.1f} ms after {self.seen} {self.times}"


def draw(dice: random.Random, operations: int) -> Moment:
    """Give a moment out of the whole life of an apply with about so many operations; most lie in the writes."""
    (seen,) = dice.choices(tuple(_CHANCES), weights=tuple(_CHANCES.values()))
    within = 2 * LATENCY_MS / 1000
    match seen:
        case "start":
            return Moment(seen, 0, dice.uniform(0, START_SECONDS))
        case "request":
            return Moment(seen, dice.randint(1, 30), dice.uniform(0, within))
        case "record":
            return Moment(seen, dice.randint(1, 2 * operations), dice.uniform(0, within))
        case _:
            return Moment(seen, 1, dice.uniform(0, _SHORT[seen]))


_CHANCES: Mapping[str, float] = {
    "start": 2,
    "request": 2,
    "receipt": 1,
    "record": 8,
    "draft": 2,
    "save": 1,
    "ending": 1,
}
_SHORT = {"receipt": 0.01, "draft": 0.004, "save": 0.01, "ending": 0.02}


def kill(process: subprocess.Popen[bytes], moment: Moment, place: Place) -> bool:
    """Kill a process at a moment; say whether it was there to be killed."""
    seen = _EYES[moment.seen](place)
    while process.poll() is None and seen() < moment.times:
        time.sleep(LOOK_SECONDS)
    time.sleep(moment.seconds)
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def _of_requests(place: Place) -> Callable[[], int]:
    before = len(place.ground.requests)
    return lambda: len(place.ground.requests) - before


def _of_records(place: Place) -> Callable[[], int]:
    """Count the records of the journal; where it has come and gone, there are as many as anybody waits for."""
    saved, left = _saved(place), place.journal.exists()

    def count() -> int:
        nonlocal left
        try:
            return max(0, place.journal.read_bytes().count(b"\n") - 1)
        except FileNotFoundError:
            return 0 if _saved(place) == saved else 10**9

    return count


def _of_receipts(place: Place) -> Callable[[], int]:
    before = _receipts(place)
    return lambda: _receipts(place) - before


def _of_drafts(place: Place) -> Callable[[], int]:
    """Count to one while the inventory's next version is being written, or once it is there."""
    saved, draft = _saved(place), place.inventory.with_name("inventory.json.tmp")
    return lambda: int(draft.exists() or _saved(place) != saved)


def _of_saves(place: Place) -> Callable[[], int]:
    saved = _saved(place)
    return lambda: int(_saved(place) != saved)


def _of_endings(place: Place) -> Callable[[], int]:
    before = _receipts(place)
    return lambda: (_receipts(place) - before) // 2


_EYES: Mapping[str, Callable[[Place], Callable[[], int]]] = {
    "start": lambda place: lambda: 0,
    "request": _of_requests,
    "receipt": _of_receipts,
    "record": _of_records,
    "draft": _of_drafts,
    "save": _of_saves,
    "ending": _of_endings,
}


def _receipts(place: Place) -> int:
    return sum(not path.name.endswith(".tmp") for path in place.receipts.glob("*"))


def _saved(place: Place) -> tuple[int, int]:
    try:
        found = place.inventory.stat()
    except FileNotFoundError:
        return 0, 0
    return found.st_ino, found.st_mtime_ns


# --- what the killed process had come to ----------------------------------------------------------

PHASES = ("start", "reading", "receipt", "in a write", "between writes", "saving", "ending", "over")


@dataclass(frozen=True)
class Trace:
    """What could be seen before a process was started."""

    requests: int
    receipts: int
    saved: tuple[int, int]
    serial: int


def before(place: Place) -> Trace:
    """Look at what there is now."""
    return Trace(len(place.ground.requests), _receipts(place), _saved(place), place.known().serial)


def phase(place: Place, trace: Trace, *, was_killed: bool) -> str:
    """Say how far the process had come that was killed, from what it left."""
    if not was_killed:
        return "over"
    if _saved(place) != trace.saved:
        return "ending"
    if len(place.ground.requests) == trace.requests:
        return "start"
    if _receipts(place) == trace.receipts:
        return "reading"
    if not place.journal.exists():
        return "receipt"
    if place.inventory.with_name("inventory.json.tmp").exists():
        return "saving"
    pending = any(entry.phase is Phase.PENDING for entry in place.known().entries.values())
    return "in a write" if pending else "between writes"
