"""The disk fills up at different moments of an apply, of `plan --out` and of `--write`: a tmpfs has so much room.

Each room is so many pages: what comes first takes them, and whatever comes next finds the disk full.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crashes import estates, laws
from tests.crashes.place import APPLY, PLAN, Place, make_place, sandboxes

SYSTEMS = ("openwebui", "runtype", "xagent")
COUNTS = (4, 4)
PAGE = 4096
DISK = 256 * PAGE
FULL = "No space left on device"
FILLER = "filler"
ROOMS = ((0, 0), (0, 3), (0, 13), (1, 8), (1, 19))
"""Version, and pages that are left for the lock, the receipt, the journal and the inventory's draft, in that order."""
FAILED, INVALID, PARTIAL = 1, 3, 4


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk, which only root may mount; elsewhere there is nothing to play on."""
    folder = tmp_path / "place" / "state"
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=700", "tmpfs", str(folder)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        required = os.environ.get("RECONCILER_TESTS_REQUIRE_SYSTEM") and os.geteuid() == 0
        (pytest.fail if required else pytest.skip)(f"no tmpfs can be mounted: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def place(disk: Path) -> Iterator[Place]:
    with sandboxes(SYSTEMS) as ground:
        yield make_place(disk.parent, ground)


def _fill(disk: Path, room: int) -> None:
    """Leave so many pages."""
    free = os.statvfs(disk)
    (disk / FILLER).write_bytes(b"x" * (free.f_bavail * free.f_frsize - room * PAGE))


@pytest.mark.parametrize(("version", "room"), ROOMS)
def test_a_full_disk_loses_no_write_and_sends_none_unjournaled(
    version: int, room: int, place: Place, disk: Path
) -> None:
    foreign = place.ground.rows()
    for earlier in range(version + 1):
        estate = estates.draw("full", earlier, SYSTEMS, COUNTS)
        place.declare(estate, estates.secrets_of("full", earlier))
        if earlier < version:
            place.must(*APPLY)
    before = place.ground.rows()
    _fill(disk, room)
    code = place.run(*APPLY, said="full.txt")
    said = (place.folder / "full.txt").read_text()
    print(f"{room} pages: ended with {code}\n{said}")
    assert code in (FAILED, PARTIAL), "there was room for everything: this room shows nothing"
    assert FULL in said
    assert "Traceback" not in said
    assert "unexpected" not in said
    rows = place.ground.rows()
    laws.every_write_was_journaled(rows, before, place.known())
    laws.nothing_foreign_was_touched(estate, rows, foreign)
    laws.no_secret_is_written(place)
    if room == 0:
        assert {key: row.raw for key, row in rows.items()} == {key: row.raw for key, row in before.items()}
    (disk / FILLER).unlink()
    place.must(*APPLY)
    laws.all_kept(place, estate, foreign)
    assert not [path for path in disk.rglob("*") if path.name.endswith(".tmp")]


def test_a_plan_or_report_that_finds_no_room_leaves_what_was_there(place: Place, disk: Path) -> None:
    foreign = place.ground.rows()
    settings = place.folder / "reconciler.yaml"
    settings.write_text(settings.read_text().replace("state/inventory.json", "elsewhere/inventory.json"))
    estate = estates.draw("full", 0, SYSTEMS, COUNTS)
    place.declare(estate, estates.secrets_of("full", 0))
    _fill(disk, 1)
    (disk / "my.plan").write_text("old")
    said = place.must(*PLAN, "--out", "state/my.plan", expect=INVALID)
    assert FULL in said
    assert "Traceback" not in said
    assert sorted(path.name for path in disk.iterdir()) == [FILLER, "my.plan"], "half a plan was left"
    assert (disk / "my.plan").read_text() == "old"

    said = place.must(*APPLY, "--write", "json=state/report.json")
    assert f"state/report.json: {FULL}" in said
    assert f"Apply: {estate.size} done." in said, "what was done has to be told, whatever becomes of the report"
    assert sorted(path.name for path in disk.iterdir()) == [FILLER, "my.plan"], "half a report was left"
    (disk / FILLER).unlink()
    laws.all_kept(place, estate, foreign)
