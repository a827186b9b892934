"""Several applies at once over one inventory, each in a folder, or a clone, of its own; and one is killed meanwhile."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conformance.subjects import Row
from tests.crashes import estates, laws
from tests.crashes.estates import Estate
from tests.crashes.place import APPLY, PATIENCE_SECONDS, PLAN, Key, Place, make_place, sandboxes
from tests.e2e import postgresql
from tests.unit.inventory import inventory_places as places
from tests.unit.inventory.inventory_servers import CREDENTIALS, s3

SYSTEMS = ("openwebui", "runtype", "xagent")
COUNTS = (4, 4)
LATENCY_MS = 25
"""An apply takes a second or two, so that others come while it is at work."""
WAITING = ("--lock-timeout", "60")
DATABASE = "CRASH_DATABASE"
STALE = 6


@contextmanager
def _file(folder: Path, miss: Callable[[str], None]) -> Iterator[places.Place]:
    yield places.Files(folder)


@contextmanager
def _git(folder: Path, miss: Callable[[str], None]) -> Iterator[places.Place]:
    yield places.Git(folder)


@contextmanager
def _s3(folder: Path, miss: Callable[[str], None]) -> Iterator[places.Place]:
    with pytest.MonkeyPatch.context() as patch, s3() as endpoint:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        yield places.Bucket(folder, "s3", "tests", endpoint, "us-east-1")


@contextmanager
def _postgres(folder: Path, miss: Callable[[str], None]) -> Iterator[places.Place]:
    if postgresql.programs() is None:
        miss("postgresql")
    with pytest.MonkeyPatch.context() as patch, postgresql.running() as url:
        patch.setenv(DATABASE, url)
        yield places.Postgres(folder, url)


STORES = {"file": _file, "git": _git, "s3": _s3, "postgres": _postgres}


@dataclass(frozen=True)
class Race:
    """Two folders of the same manifests over one inventory."""

    first: Place
    second: Place
    store: places.Place
    foreign: Mapping[Key, Row]

    def declare(self, version: int) -> Estate:
        """Write a version of the estate into both folders."""
        name = "race"
        estate = estates.draw(name, version, SYSTEMS, COUNTS)
        for place in (self.first, self.second):
            place.declare(estate, estates.secrets_of(name, version))
        return estate

    def all_kept(self, estate: Estate) -> None:
        """The laws hold, whichever of the two looks; nothing secret lies in the store."""
        for place in (self.first, self.second):
            laws.all_kept(place, estate, self.foreign)
        stored = b"".join(self.store.content().values())
        assert not [secret for secret in self.first.canaries if secret.encode() in stored]
        assert not [name for name in self.store.content() if "journal" in name], "a journal outlived its run"


@pytest.fixture(params=STORES)
def race(request: pytest.FixtureRequest, tmp_path: Path, miss: Callable[[str], None]) -> Iterator[Race]:
    keeping = tmp_path / "kept"
    keeping.mkdir()
    if request.param == "git":
        request.getfixturevalue("git")
    with STORES[request.param](keeping, miss) as store, sandboxes(SYSTEMS) as ground:
        ground.faults.set(f"latency={LATENCY_MS}")
        where, folders = _where(store, keeping), (tmp_path / "first", tmp_path / "second")
        if isinstance(store, places.Git):
            for folder in folders:
                places.run_git(tmp_path, "clone", "-q", "--template=", str(store.keeper), str(folder))
        first, second = (make_place(folder, ground, where) for folder in folders)
        for place in (first, second):
            place.secrets.update({**CREDENTIALS, DATABASE: getattr(store, "url", "")})
        yield Race(first, second, store, ground.rows())


def test_applies_at_once_do_it_once(race: Race) -> None:
    estate = race.declare(0)
    running = [race.first.start(*APPLY, *WAITING), race.second.start(*APPLY, *WAITING)]
    third = race.second.start(*APPLY, *WAITING, said="killed.txt")
    time.sleep(1.5)
    third.kill()
    third.wait()
    for process, place in zip(running, (race.first, race.second), strict=True):
        _ends(process, place)
    race.all_kept(estate)

    estate = race.declare(1)
    for place in (race.first, race.second):
        place.must(*PLAN, "--out", "my.plan", expect=2)
    saved = ("apply", "my.plan", *WAITING)
    running = [race.first.start(*saved), race.second.start(*saved)]
    codes = sorted(process.wait(PATIENCE_SECONDS) for process in running)
    assert codes == [0, STALE], f"{_said(race.first)}\n{_said(race.second)}"
    race.all_kept(estate)


def test_one_that_is_killed_holds_nobody_up(race: Race) -> None:
    estate = race.declare(0)
    before = len(race.first.ground.requests)
    holder = race.first.start(*APPLY, said="killed.txt")
    while holder.poll() is None and not _has_written(race.first, before):
        time.sleep(0.001)
    impatient = race.second.start(*APPLY[:-2], "--lock-timeout", "0", said="impatient.txt")
    waiting = race.second.start(*APPLY, *WAITING)
    code = impatient.wait(PATIENCE_SECONDS)
    holder.kill()
    was_at_work = holder.wait() != 0
    _ends(waiting, race.second)
    race.all_kept(estate)
    said = (race.second.folder / "impatient.txt").read_text()
    assert "Traceback" not in said
    assert (code == 1 and "the inventory is locked by" in said) or not was_at_work, f"{code}: {said}"


def _where(store: places.Place, folder: Path) -> dict[str, object]:
    """Give what settings say of an inventory."""
    kind, path, _, options = store.arguments
    said = {"store": kind, "path": str(folder / path) if kind == "file" else path, **options}
    return {**said, "url": {"env": DATABASE}} if kind == "postgres" else said


def _has_written(place: Place, before: int) -> bool:
    """Say whether a server was asked for more than reads since."""
    seen = list(place.ground.requests)[before:]
    return sum(request.method != "GET" and not request.path.endswith(("/users", "/login")) for request in seen) > 3


def _ends(process: subprocess.Popen[bytes], place: Place) -> None:
    assert process.wait(PATIENCE_SECONDS) == 0, _said(place)


def _said(place: Place) -> str:
    return (place.folder / "said.txt").read_text()
