"""Says who holds a lock, since when, and whether that process is still alive.

Takes the operating system's word for it, gives values and messages. Never touches a lock.
"""

from __future__ import annotations

import getpass
import math
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler.errors import Locked


@dataclass(frozen=True, slots=True)
class Owner:
    """Who holds a lock."""

    user: str
    host: str
    pid: int

    def __str__(self) -> str:
        return f"{self.user}@{self.host}, process {self.pid}"


@dataclass(frozen=True, slots=True)
class Held:
    """A lock's content; `since` is in seconds since 1970."""

    owner: Owner
    since: float


def this_process() -> Owner:
    """Say who we are."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user often has no name
        user = str(os.getuid())
    return Owner(user, socket.gethostname(), os.getpid())


def this_job(environment: Mapping[str, str] = os.environ) -> str:
    """Give the address of the pipeline's job that we run in, "" outside one."""
    if environment.get("GITHUB_RUN_ID"):
        where = (environment.get("GITHUB_SERVER_URL", ""), environment.get("GITHUB_REPOSITORY", ""))
        return "/".join((*where, "actions/runs", environment["GITHUB_RUN_ID"]))
    return environment.get("CI_JOB_URL") or environment.get("BUILD_URL", "")


def describe(held: Held | None, now: float, job: str = "") -> str:
    """Say in words who holds a lock and for how long."""
    if held is None:
        return "a run that left no name"
    return f"{held.owner}, for {age(now - held.since)}" + (f", in {job}" if job else "")


_WAIT = "wait for it with `--lock-timeout SECONDS`; if that run is dead, `reconciler inventory unlock`"


def locked(whom: str, name: str, hint: str = _WAIT) -> Locked:
    """Make the error of a lock that somebody else holds."""
    return Locked(f"the inventory is locked by {whom} ({name})", hint=hint)


def age(seconds: float) -> str:
    """Write a duration in its largest whole unit; a lock that somebody else wrote may hold any number."""
    if not math.isfinite(seconds):
        return "an unknown time"
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{max(0, int(seconds))} s"


# --- is it alive? -------------------------------------------------------------------------------

_PID = re.compile(r"[0-9]{1,9}\Z")  # what the kernel's type holds
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_NAMESPACE = Path("/proc/self/ns/pid")


def mark(pid: int) -> str:
    """Give a text that no other process has, on any machine, ever; "" where the system does not tell.

    A name and a number are not enough: containers share both. The kernel's boot, the namespace that numbers processes
    and the moment when the process started are.
    """
    try:
        return f"{_BOOT.read_text().strip()} {_NAMESPACE.stat().st_ino} {pid} {_started(pid)}"
    except OSError:
        return ""


def is_alive(marked: str) -> bool | None:
    """Say whether a marked process still runs; None where that cannot be known from here."""
    words, here = marked.split(" "), mark(os.getpid()).split(" ")
    if len(words) != 4 or words[:2] != here[:2] or not _PID.match(words[2]):
        return None
    pid = int(words[2])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # another user's, and alive: its start is still readable, or nothing is known
    now = mark(pid)
    return None if not now else now == marked


def _started(pid: int) -> str:
    """Give the clock tick in which a process started, "dead" for one that is over but not yet collected."""
    state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return "dead" if state in "ZX" else rest[18]
