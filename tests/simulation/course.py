"""The course of one world: a script that a seed draws, played step by step, each judged.

Takes a seed, gives a report: what was done, what befell it, and what was wrong, if anything was.
"""

from __future__ import annotations

import random
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.simulation import estate, faults, invariants, rest, spared, virtual
from tests.simulation.acts import ACTS, LETS_GO
from tests.simulation.disk import watched
from tests.simulation.process import CALM, Trouble
from tests.simulation.run import Run
from tests.simulation.world import World

STEPS = (3, 7)
_MOMENT = re.compile(r"\d{8}T\d{12}Z")
"""How the name of a receipt tells when it was written, by the clock of the machine."""
QUICK_DISK = Path("/dev/shm")
"""Where there is memory that looks like a disk, a world needs no other."""


@dataclass(frozen=True, slots=True)
class Step:
    """One act, its dice and what befalls the run that it makes; then, perhaps, a rerun that nothing befalls."""

    act: str
    seed: int
    trouble: Trouble = CALM
    settles: bool = True


@dataclass(frozen=True, slots=True)
class Script:
    """A whole world, before it is played."""

    seed: int
    steps: tuple[Step, ...]


@dataclass
class Report:
    """What came of a script."""

    script: Script
    steps: int = 0
    runs: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    trace: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def draw(seed: int) -> Script:
    """Draw the script of a seed."""
    dice = random.Random(f"script {seed}")
    names = [name for name, (weight, _) in ACTS.items() for _ in range(weight)]
    steps = []
    for _ in range(dice.randint(*STEPS)):
        lets_go = bool(steps) and steps[-1].act in LETS_GO
        act = "apply unwilling" if lets_go and dice.random() < 0.4 else dice.choice(names)
        settles = dice.random() < (0.3 if act in LETS_GO else 0.7)
        steps.append(Step(act, dice.getrandbits(32), _trouble(dice), settles))
    return Script(seed, (Step("apply", 0, _trouble(dice)), *steps))


def _trouble(dice: random.Random) -> Trouble:
    way = dice.choice(("calm", "network", "network", "network", "kill", "kill", "disk", "stop", "lies"))
    rate = dice.choice((0.02, 0.1, 0.3)) if way in ("network", "lies") or dice.random() < 0.25 else 0.0
    menu = faults.EVERY if way == "lies" else tuple(dice.sample(faults.NETWORK, dice.randint(1, 6)))
    return Trouble(
        rate=0.0 if way == "calm" else rate,
        until=dice.choice((5, 20, 60)),
        menu=menu,
        only_writes=way == "network" and dice.random() < 0.5,
        kill=dice.randint(1, 120) if way == "kill" else 0,
        stop=dice.randint(5, 30) if way == "stop" else 0,
        disk=dice.choice(("full", "read-only")) if way == "disk" else "",
        disk_at=dice.randint(1, 30) if way == "disk" else 0,
    )


@contextmanager
def _place() -> Iterator[Path]:
    where = QUICK_DISK if QUICK_DISK.is_dir() else None
    with tempfile.TemporaryDirectory(dir=where, prefix="world-") as name:
        yield Path(name)


def play(script: Script) -> Report:
    """Play a script to its end, or to the first step after which something is wrong."""
    report, dice = Report(script), random.Random(f"world {script.seed}")
    with _place() as folder, virtual.chance(dice), watched(folder):
        world = World(estate.draw_corners(dice), folder, dice)
        try:
            _furnish(world)
            world.declared = estate.first_manifests(world.corners, dice)
            world.commits.append(world.declared.copy())
            world.write_manifests()
            report.trace.append(_called(world))
            for step in script.steps:
                if not report.wrong:
                    _take(world, step, report)
            report.struck.update(world.struck)
        finally:
            world.close()
    return report


def _called(w: World) -> str:
    told = [(name, corner.variant.name, [s.kind for s in corner.subjects]) for name, corner in w.corners.items()]
    return ", ".join(f"{name} {version}: {'+'.join(kinds)}" for name, version, kinds in told)


def _furnish(w: World) -> None:
    """Put one thing of every kind on each server, made by hand, before anything begins."""
    for target, corner in w.corners.items():
        for subject in reversed(corner.listed):
            hands, name = w.hands[target], subject.named("bystander")
            if not any(row.name == name for row in hands.rows(subject.kind)):
                hands.create(subject.kind, name, {**subject.plain, **subject.bystander})
    for key in w.rows():
        w.remember_foreign(key)


def _take(w: World, step: Step, report: Report) -> None:
    dice = random.Random(step.seed)
    before = invariants.look(w)
    runs = ACTS[step.act][1](w, dice, step.trouble)
    meddled = step.act in ("meddle", "meddle while applying", "apply saved", "lose the inventory")
    report.steps += 1
    report.runs += len(runs)
    report.trace.append(_MOMENT.sub("now", _line(step, runs).replace(str(w.folder), ".")))
    report.wrong += invariants.wrongs(w, before, runs, meddled=meddled)
    report.wrong += [] if meddled else spared.wrongs(w, before, runs)
    w.take_stock()
    for run in runs:
        if run.verb == "forget":
            w.disown()
    if step.settles and not report.wrong:
        _settle(w, report)
    if w.inventory_file.exists():
        w.inventories.append(w.inventory_file.read_bytes())


def _settle(w: World, report: Report) -> None:
    """Run again without any fault: everything must come to rest."""
    before = invariants.look(w)
    applied = w.apply()
    report.wrong += invariants.wrongs(w, before, [applied], meddled=False)
    report.wrong += spared.wrongs(w, before, [applied])
    w.take_stock()
    planned = w.plan()
    report.runs += 2
    report.trace.append("  run again without faults")
    report.wrong += rest.unsettled(w, applied, planned)
    w.disown()


def _line(step: Step, runs: list[Run]) -> str:
    said = [f"{run.verb}: {_result(run)}{''.join(f'; {told}' for told in run.process.told)}" for run in runs]
    return " | ".join([step.act, *said])


def _result(run: Run) -> str:
    if run.error is not None:
        return f"{type(run.error).__name__}: {str(run.error)[:200]}"
    if run.verb != "apply" or run.plan is None:
        return f"{len(run.plan.operations)} operations" if run.plan else "done"
    final = {str(o.address): f"{o.action.value} {o.address} {o.status.value}" for o in run.outcomes}
    return ", ".join(final[name] for name in sorted(final)) or ("refused" if run.plan.refused else "nothing to do")
