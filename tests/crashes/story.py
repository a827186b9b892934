"""One life of an estate in which an apply is killed, again and again; each time the next one finishes it.

Takes a seed and the servers; plays it, and gives where each kill struck. The same seed gives the same estates, secrets
and moments; which instruction a moment falls on is the machine's affair.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.subjects import Row
from tests.crashes import estates, laws, moments
from tests.crashes.estates import Estate
from tests.crashes.moments import LATENCY_MS
from tests.crashes.place import APPLY, PLAN, Ground, Key, Place, make_place

KILLS_OF_A_LIFE = 2
"""One while everything is made from nothing, one while most of it is changed, replaced and removed."""
COUNTS = (3, 8)
"""How many of each kind there are."""
CLEAN, CHANGES = 0, 2
"""How a plan says that there is nothing to do, and that there is something."""


@dataclass(frozen=True)
class Kill:
    """One kill: where it struck, and how long the whole case took."""

    phase: str
    moment: str
    seconds: float


def lives(variable: str, kills: int) -> list[tuple[int, int]]:
    """Give the seeds of this run, each with its number of kills.

    `variable` is where the environment may say how many kills there are, `RECONCILER_KILLS_FROM` the first seed.
    """
    first, left = int(os.environ.get("RECONCILER_KILLS_FROM", "0")), int(os.environ.get(variable, kills))
    counts = [min(KILLS_OF_A_LIFE, left - done) for done in range(0, left, KILLS_OF_A_LIFE)]
    return [(first + number, count) for number, count in enumerate(counts)]


def play(
    seed: int, ground: Ground, folder: Path, systems: tuple[str, ...], count: int = KILLS_OF_A_LIFE
) -> Iterator[Kill]:
    """Play the life of a seed, or its beginning; gives each kill once all is well again."""
    name, dice = f"{'+'.join(systems)} {seed}", random.Random(f"life {seed}")
    place, foreign = make_place(folder, ground), ground.rows()
    for version in range(count):
        estate = estates.draw(name, version, systems, COUNTS)
        place.declare(estate, estates.secrets_of(name, version))
        moment = moments.draw(dice, estate.size)
        print(f"seed {seed}, version {version}: {estate.size} objects of {', '.join(estate.manifests)}; {moment}")
        started = time.monotonic()
        phase = _strike(place, moment)
        print(f"it struck: {phase}")
        _look_at_what_is_left(place, estate, foreign, looks=dice.random() < 1 / 3)
        place.must(*APPLY)
        laws.all_kept(place, estate, foreign)
        yield Kill(phase, str(moment), time.monotonic() - started)


def _strike(place: Place, moment: moments.Moment) -> str:
    rows = place.ground.rows()
    before = moments.before(place)  # after our own requests
    place.ground.faults.set(f"latency={LATENCY_MS}")
    was_killed = moments.kill(place.start(*APPLY, said="killed.txt"), moment, place)
    place.ground.faults.clear()
    phase = moments.phase(place, before, was_killed=was_killed)
    laws.every_write_was_journaled(place.ground.rows(), rows, place.known())
    return phase


def _look_at_what_is_left(place: Place, estate: Estate, foreign: Mapping[Key, Row], *, looks: bool) -> None:
    """Before anything is mended: no secret lies there, nothing foreign was touched, and unknown is not called clean."""
    laws.no_secret_is_written(place)
    rows, kept = place.ground.rows(), laws.contents(place)
    laws.nothing_foreign_was_touched(estate, rows, foreign)
    if not looks:
        return
    code = place.run(*PLAN)
    assert code in (CLEAN, CHANGES), (place.folder / "said.txt").read_text()
    is_there = not list(laws.not_as_declared(estate, rows, place.known()))
    assert is_there or code == CHANGES, "a plan says that there is nothing to do, and the servers hold something else"
    assert {key: row.raw for key, row in place.ground.rows().items()} == {key: row.raw for key, row in rows.items()}
    assert laws.contents(place) == kept, "a plan wrote a file"
