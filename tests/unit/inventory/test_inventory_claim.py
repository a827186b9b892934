"""The lock that machines share: who holds it, what a dead holder leaves, and who may take it over."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from reconciler.errors import InventoryError, Locked
from reconciler.inventory import holder
from reconciler.inventory.blobs import LOCK, Blob
from reconciler.inventory.bucket import BucketPlace
from reconciler.inventory.claim import BlobLock, Claim
from reconciler.inventory.holder import Held, Owner

from .test_inventory_lock import HERE, THERE, Clock

ALIVE = holder.mark(1)
"""Of the first process of this machine, which outlives every test."""


@pytest.fixture
def place() -> BucketPlace:
    return BucketPlace(MemoryStore(), "i", "memory://i")


def lock_of(place: BucketPlace, owner: Owner = HERE, clock: Clock | None = None, mark: str = "") -> BlobLock:
    clock = clock or Clock()
    return BlobLock(
        place,
        pause=3.0,
        identify=lambda: owner,
        mark=lambda: mark,
        now=clock.now,
        monotonic=clock.now,
        sleep=clock.sleep,
    )


def leave(place: BucketPlace, *, mark: str = "", job: str = "", since: float = 940.0) -> None:
    """Leave a lock as a run that died does."""
    place.write(LOCK, Claim(Held(THERE, since), job, mark, "token").encode(), None)


def content(place: BucketPlace) -> bytes:
    found = place.read(LOCK)
    return b"" if found is None else found.data


def test_says_who_holds_it_and_is_empty_afterwards(place: BucketPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_RUN_ID", raising=False)
    monkeypatch.setenv("CI_JOB_URL", "https://ci.example.com/7")
    lock = lock_of(place, mark="m")
    assert not lock.is_held()
    with lock.hold(0):
        said = json.loads(content(place))
        assert said.pop("token")
        held = {"owner": {"user": "ann", "host": "laptop", "pid": 10}, "since": 1000.0}
        assert said == {"held": held, "job": "https://ci.example.com/7", "mark": "m"}
        assert lock.is_held()
    assert content(place) == b""
    assert not lock.is_held()


def test_names_the_holder_its_time_and_its_pipeline(place: BucketPlace) -> None:
    leave(place, since=1000 - 3 * 3600, job="https://ci.example.com/7")
    with pytest.raises(Locked) as caught, lock_of(place).hold(0):
        pytest.fail("two hold the lock")
    holder_ = "ci@runner-7, process 42, for 3 hours, in https://ci.example.com/7"
    assert caught.value.message == f"the inventory is locked by {holder_} (memory://i.lock)"
    assert "inventory unlock" in caught.value.hint


def test_waits_as_long_as_it_is_told(place: BucketPlace) -> None:
    clock = Clock()
    leave(place)
    with pytest.raises(Locked), lock_of(place, clock=clock).hold(7):
        pytest.fail("two hold the lock")
    assert clock.time == 1007


def test_takes_it_as_soon_as_it_is_free(place: BucketPlace) -> None:
    clock, first = Clock(), lock_of(place, THERE).hold(0)
    first.__enter__()
    pause = clock.sleep

    def sleep(seconds: float) -> None:
        pause(seconds)
        first.__exit__(None, None, None)

    clock.sleep = sleep  # type: ignore[method-assign]
    with lock_of(place, clock=clock).hold(60):
        assert clock.time == 1003


@pytest.fixture(scope="module")
def dead() -> str:
    """The mark of a process of this machine that is over."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        return holder.mark(process.pid)


def test_takes_over_what_a_dead_run_of_this_machine_left(place: BucketPlace, dead: str) -> None:
    leave(place, mark=dead)
    with lock_of(place).hold(0):
        assert json.loads(content(place))["held"]["owner"]["pid"] == 10


@pytest.mark.parametrize("mark", ["", "another-boot 1 2 3", ALIVE, "a b c", f"{ALIVE.rsplit(' ', 2)[0]} x 3"])
def test_does_not_take_over_what_may_be_alive(place: BucketPlace, mark: str) -> None:
    leave(place, mark=mark)
    before = content(place)
    with pytest.raises(Locked, match=r"ci@runner-7, process 42, for 1 minute"), lock_of(place).hold(0):
        pytest.fail("two hold the lock")
    assert content(place) == before


@pytest.mark.parametrize("text", [b"{", b"[]", b"null", b'{"held": 1}', b"somebody was here"])
def test_what_nobody_can_read_holds_it_too_until_it_is_removed(place: BucketPlace, text: bytes) -> None:
    place.write(LOCK, text, None)
    with pytest.raises(Locked, match="a run that left no name"), lock_of(place).hold(0):
        pytest.fail("two hold the lock")
    assert lock_of(place).remove() == "Removed the lock of a run that left no name."
    assert content(place) == b""


def test_remove_says_what_it_removed(place: BucketPlace) -> None:
    assert lock_of(place).remove() == "The inventory is not locked."
    leave(place, mark="another-boot 1 2 3")
    assert lock_of(place).remove() == "Removed the lock of ci@runner-7, process 42, for 1 minute."
    assert lock_of(place).remove() == "The inventory is not locked."
    with lock_of(place).hold(0):
        pass


def test_remove_refuses_while_the_holder_lives(place: BucketPlace) -> None:
    leave(place, mark=ALIVE)
    with pytest.raises(Locked, match="ci@runner-7"):
        lock_of(place).remove()
    assert content(place)


def test_leaves_the_lock_of_the_next_one_alone(place: BucketPlace) -> None:
    lock, other = lock_of(place), lock_of(place, THERE)
    with lock.hold(0):
        assert lock_of(place).remove().startswith("Removed the lock of ann@laptop")
        assert not lock.is_held()
        taken = other.hold(0)
        taken.__enter__()
        assert not lock.is_held()
    assert other.is_held()
    assert b"runner-7" in content(place)
    taken.__exit__(None, None, None)


class Slow(BucketPlace):
    """Another run comes in right before the write."""

    meanwhile: bytes = b""

    def write(self, key: str, data: bytes, over: str | None, drop: tuple[str, ...] = ()) -> str:  # type: ignore[override]
        if self.meanwhile:
            theirs, self.meanwhile = self.meanwhile, b""
            there = self.read(key)
            super().write(key, theirs, there.version if there else None)
        return super().write(key, data, over, drop)


def test_of_two_that_come_at_once_one_gets_it() -> None:
    place = Slow(MemoryStore(), "i", "memory://i")
    place.meanwhile = Claim(Held(THERE, 1000), "", "", "t").encode()
    with pytest.raises(Locked, match="runner-7"), lock_of(place).hold(0):
        pytest.fail("two hold the lock")


def test_remove_does_not_take_the_lock_of_one_that_just_came() -> None:
    place = Slow(MemoryStore(), "i", "memory://i")
    leave(place)
    place.meanwhile = Claim(Held(HERE, 1000), "", "", "t").encode()
    with pytest.raises(Locked, match="ann@laptop"):
        lock_of(place).remove()
    assert b"ann" in content(place)


class Deaf(BucketPlace):
    """The place writes, and then the network breaks."""

    is_broken = False

    def fail(self) -> None:
        self.is_broken = True
        raise ZeroDivisionError

    def write(self, *args: object) -> str:  # type: ignore[override]
        if self.is_broken:
            raise InventoryError("no network")
        return super().write(*args)  # type: ignore[arg-type]


def test_what_went_wrong_first_is_told_where_the_lock_cannot_be_given_back() -> None:
    place = Deaf(MemoryStore(), "i", "memory://i")
    with pytest.raises(ZeroDivisionError), lock_of(place).hold(0):
        place.fail()
    place = Deaf(MemoryStore(), "i", "memory://i")
    with pytest.raises(InventoryError, match="no network"), lock_of(place).hold(0):
        place.is_broken = True
    assert content(place)


def test_a_lock_whose_place_cannot_be_trusted_is_given_back(place: BucketPlace) -> None:
    def distrust(version: str) -> None:
        raise InventoryError("not this one")

    lock = BlobLock(place, pause=1, prove=distrust)
    with pytest.raises(InventoryError, match="not this one"), lock.hold(0):
        pytest.fail("held")
    assert content(place) == b""


# --- who we are ---------------------------------------------------------------------------------


def test_a_mark_tells_processes_and_their_ends_apart(dead: str) -> None:
    assert holder.is_alive(ALIVE) is True
    assert holder.is_alive(dead) is False
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        mark = holder.mark(process.pid)
        assert holder.is_alive(mark) is True
        *others, started = mark.split(" ")
        assert holder.is_alive(" ".join((*others, str(int(started) - 1)))) is False, "its number is another's by now"
        process.kill()
        while holder.mark(process.pid).endswith(started):
            pass
        assert holder.is_alive(mark) is False, "it is over, although nobody has collected it yet"


def test_of_a_process_of_another_user_little_may_be_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbid(pid: int, number: int) -> None:
        raise PermissionError

    monkeypatch.setattr("os.kill", forbid)
    assert holder.is_alive(ALIVE) is True
    here = holder.mark
    monkeypatch.setattr(holder, "mark", lambda pid: "" if pid == 1 else here(pid))
    assert holder.is_alive(ALIVE) is None


def test_a_system_that_tells_nothing_leaves_it_open(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(holder, "_BOOT", tmp_path / "nothing")
    assert holder.mark(1) == ""
    assert holder.is_alive(ALIVE) is None
    assert holder.is_alive("") is None


@pytest.mark.parametrize(
    ("environment", "job"),
    [
        ({}, ""),
        ({"CI_JOB_URL": "https://gitlab.example.com/j/1"}, "https://gitlab.example.com/j/1"),
        ({"BUILD_URL": "https://jenkins.example.com/1/"}, "https://jenkins.example.com/1/"),
        (
            {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "o/r", "GITHUB_RUN_ID": "77"},
            "https://github.com/o/r/actions/runs/77",
        ),
    ],
)
def test_a_pipeline_is_known_by_its_address(environment: dict[str, str], job: str) -> None:
    assert holder.this_job(environment) == job


def test_equal_versions_mean_equal_data(place: BucketPlace) -> None:
    version = place.write(LOCK, b"x", None)
    assert place.read(LOCK) == Blob(b"x", version)
