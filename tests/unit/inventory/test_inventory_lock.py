"""The lock file: who holds it, for how long, and what becomes of it when its holder dies."""

from __future__ import annotations

import errno
import fcntl
import getpass
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.errors import InventoryError, Locked
from reconciler.inventory.holder import Owner, age, this_process
from reconciler.inventory.lock import FileLock

HERE = Owner("ann", "laptop", 10)
THERE = Owner("ci", "runner-7", 42)


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.time = 1000.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


def lock_in(folder: Path, owner: Owner = HERE, clock: Clock | None = None) -> FileLock:
    clock = clock or Clock()
    path = folder / "sub" / "lock"
    return FileLock(path, name="the lock", identify=lambda: owner, now=clock.now, sleep=clock.sleep)


def test_the_file_names_the_holder_and_goes_with_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "lock"
    lock = lock_in(tmp_path)
    assert not lock.is_held()
    with lock.hold(0):
        record = json.loads(path.read_text())
        assert record == {"owner": {"user": "ann", "host": "laptop", "pid": 10}, "since": 1000.0}
        assert path.stat().st_mode & 0o777 == 0o600
        assert lock.is_held()
    assert not path.exists()
    assert not lock.is_held()


def test_says_who_holds_it_and_for_how_long(tmp_path: Path) -> None:
    clock = Clock()
    with lock_in(tmp_path, THERE, clock).hold(0):
        clock.time += 185
        with pytest.raises(Locked) as caught, lock_in(tmp_path, HERE, clock).hold(0):
            pytest.fail("two hold the lock")
    assert caught.value.message == ("the inventory is locked by ci@runner-7, process 42, for 3 minutes (the lock)")
    assert caught.value.exit_code == 1


def test_waits_as_long_as_it_is_told(tmp_path: Path) -> None:
    clock = Clock()
    with lock_in(tmp_path, THERE).hold(0), pytest.raises(Locked), lock_in(tmp_path, HERE, clock).hold(5):
        pytest.fail("two hold the lock")
    assert 1005 <= clock.time < 1006


def test_takes_the_lock_as_soon_as_it_is_free(tmp_path: Path) -> None:
    clock = Clock()
    first = lock_in(tmp_path, THERE).hold(0)
    first.__enter__()

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        if clock.time > 1001:
            first.__exit__(None, None, None)

    waiting = FileLock(tmp_path / "sub" / "lock", name="l", identify=lambda: HERE, now=clock.now, sleep=sleep)
    with waiting.hold(60):
        assert clock.time < 1002


def leave(folder: Path, content: str) -> None:
    """Leave a lock file as a dead run does: with its content, and no kernel lock on it."""
    (folder / "sub").mkdir()
    (folder / "sub" / "lock").write_text(content)


DEAD_HERE = json.dumps({"owner": {"user": "ann", "host": "laptop", "pid": 9}, "since": 940.0})
DEAD_THERE = json.dumps({"owner": {"user": "ci", "host": "runner-7", "pid": 42}, "since": -171_900.0})


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"owner": 1}', DEAD_HERE])
def test_takes_over_what_a_dead_run_on_this_machine_left(tmp_path: Path, content: str) -> None:
    leave(tmp_path, content)
    with lock_in(tmp_path).hold(0):
        assert json.loads((tmp_path / "sub" / "lock").read_text())["owner"]["pid"] == 10


def test_does_not_take_over_what_a_run_on_another_machine_holds(tmp_path: Path) -> None:
    leave(tmp_path, DEAD_THERE)
    with pytest.raises(Locked, match=r"ci@runner-7, process 42, for 2 days"), lock_in(tmp_path).hold(0):
        pytest.fail("two hold the lock")
    assert (tmp_path / "sub" / "lock").read_text() == DEAD_THERE


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (DEAD_THERE, "Removed the lock of ci@runner-7, process 42, for 2 days."),
        (DEAD_HERE, "Removed the lock of ann@laptop, process 9, for 1 minute."),
        ("", "Removed the lock of a run that left no name."),
    ],
)
def test_remove_says_what_it_removed(tmp_path: Path, content: str, said: str) -> None:
    leave(tmp_path, content)
    assert lock_in(tmp_path).remove() == said
    assert not (tmp_path / "sub" / "lock").exists()
    assert lock_in(tmp_path).remove() == "The inventory is not locked."


def test_remove_refuses_while_the_holder_lives(tmp_path: Path) -> None:
    with lock_in(tmp_path, THERE).hold(0):
        with pytest.raises(Locked, match="ci@runner-7"):
            lock_in(tmp_path).remove()
        assert (tmp_path / "sub" / "lock").exists()


def test_notices_that_its_file_was_removed_and_leaves_the_next_one_alone(tmp_path: Path) -> None:
    lock, other = lock_in(tmp_path), lock_in(tmp_path, THERE)
    with lock.hold(0):
        (tmp_path / "sub" / "lock").unlink()
        assert not lock.is_held()
        with other.hold(0):
            assert not lock.is_held()
            assert other.is_held()
            next_file = (tmp_path / "sub" / "lock").read_text()
            with pytest.raises(Locked), lock_in(tmp_path).hold(0):
                pytest.fail("two hold the lock")
        assert "runner-7" in next_file


def test_a_file_that_is_removed_between_open_and_lock_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flock = fcntl.flock
    removed: list[bool] = []

    def remove_first(file: int, operation: int) -> None:
        if not removed:
            (tmp_path / "sub" / "lock").unlink()
            removed.append(True)
        flock(file, operation)

    monkeypatch.setattr(fcntl, "flock", remove_first)
    lock = lock_in(tmp_path)
    with lock.hold(0):
        assert lock.is_held()


def failing(error: int) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise OSError(error, os.strerror(error))

    return fail


def test_a_file_system_without_locks_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fcntl, "flock", failing(errno.ENOLCK))
    with pytest.raises(InventoryError, match="cannot lock the lock: No locks available"), lock_in(tmp_path).hold(0):
        pytest.fail("held without a lock")


def test_a_full_disk_is_named_and_leaves_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "write", failing(errno.ENOSPC))
    with pytest.raises(InventoryError, match="cannot write the lock: No space"), lock_in(tmp_path).hold(0):
        pytest.fail("held without a lock")
    assert not (tmp_path / "sub" / "lock").exists()


HOLDER = """
import sys, pathlib
from reconciler.inventory import open_store
with open_store("file", "inventory.json", pathlib.Path(sys.argv[1])).lock(0):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_killed_holder_needs_no_help(tmp_path: Path) -> None:
    from reconciler.inventory import open_store

    store = open_store("file", "inventory.json", tmp_path)
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Locked, match=f"process {holder.pid}, for"), store.lock(0):
            pytest.fail("two hold the lock")
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert (tmp_path / "inventory.json.lock").exists()
    with store.lock(0):
        pass
    assert list(tmp_path.iterdir()) == []


def test_this_process_has_a_name_also_where_the_user_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert this_process().pid == os.getpid()

    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr(getpass, "getuser", nameless)
    assert this_process().user == str(os.getuid())


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0 s"),
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 minute"),
        (7199, "1 hour"),
        (7200, "2 hours"),
        (200000, "2 days"),
    ],
)
def test_age(seconds: float, text: str) -> None:
    assert age(seconds) == text
