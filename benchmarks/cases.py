"""The cases that are measured: plans, applies, checks, starts and the journal.

Takes a folder, gives figures. What a plan compares against is made by a real apply, never forged; of large estates the
objects are there already, and that apply adopts them.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import estate
from benchmarks.measure import ROOT, Command, Failed, Sample, Series, environment, in_turn, interleave, run
from benchmarks.profile import shares

CONCURRENCY = 8
NO_CHANGE = "Plan: 0 to create, 0 to update, 0 to replace, 0 to delete."
TERRAFORM_UP_TO = 1000
TERRAFORM_APPLIES_UP_TO = 100
"""Its apply takes time with the square of the size: 100 s at 1,000."""
ADOPTED_FROM = 100_000
"""From this size on objects are not created one by one before they are planned."""
FILES = 10
"""How many files a hook names."""


@dataclass(frozen=True, slots=True)
class Rounds:
    """How often each command runs, at a size."""

    plan: int
    terraform: int


@dataclass(frozen=True, slots=True)
class PlanCase:
    """What a plan of `size` manifests cost; series by name: plan, floor, terraform."""

    name: str
    size: int
    targets: int
    changed: int
    series: Mapping[str, Series]
    requests: Mapping[str, int]
    terraform_creates: bool = False
    """Terraform planned creates, as its apply would take too long."""
    profile: Sequence[tuple[str, float]] = ()
    """(part of the program, share of its own time)."""


@dataclass(frozen=True, slots=True)
class ApplyCase:
    """What an apply of `size` creates cost."""

    name: str
    size: int
    latency: float
    """In seconds, of each answer."""
    refused: int
    series: Series
    requests: Mapping[str, int]
    profile: Sequence[tuple[str, float]]


@dataclass(frozen=True, slots=True)
class CommandCase:
    """What a command cost that speaks to no server."""

    name: str
    text: str
    series: Series


@dataclass(slots=True)
class Figures:
    """Everything that was measured."""

    plans: list[PlanCase] = field(default_factory=list)
    applies: list[ApplyCase] = field(default_factory=list)
    commands: list[CommandCase] = field(default_factory=list)
    journals: dict[int, float] = field(default_factory=dict)
    """How many operations → microseconds of each."""


@contextmanager
def peer(latency: float, count: int = 0, targets: int = 1) -> Iterator[str]:
    """Start a peer server in a process of its own, and give its URL; `latency` in seconds."""
    words = [sys.executable, "-m", "benchmarks.peer", str(latency * 1000), str(count), str(targets)]
    with subprocess.Popen(words, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.kill()


def ask(url: str, control: str) -> Any:
    """Ask the peer server for something that no Open WebUI has."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{url}/_{control}") as answer:
        return json.load(answer)


def reconciler(folder: Path, *words: str) -> Command:
    """Give our own command line."""
    settings = str(folder / "reconciler.yaml")
    return Command((sys.executable, "-m", "reconciler", "-c", settings, *words), environment())


def make_estate(size: int, folder: Path, url: str, targets: int = 1) -> None:
    """Write manifests and settings into a git repository, in a process of its own that may use memory."""
    words = (sys.executable, "-m", "benchmarks.estate", "manifests", str(size), str(folder), str(targets))
    run(Command(words, environment()))
    estate.write_settings(folder, url, CONCURRENCY, targets)
    (folder / ".gitignore").write_text(".reconciler/\nterraform/\n")
    if shutil.which("git"):
        name = ("-c", "user.name=bench", "-c", "user.email=bench@example.com")
        for verb in (("init", "--quiet"), ("add", "."), (*name, "commit", "--quiet", "--message=estate")):
            run(Command(("git", *verb), environment(), folder=folder))


def floor(folder: Path, url: str, requests: Mapping[str, int]) -> Command:
    """Give the minimal script; it fetches what the plan fetched."""
    schemas = folder / ".schemas"
    run(Command((sys.executable, "-m", "reconciler", "schema", "export", str(schemas)), environment()))
    paths = [route.removeprefix("GET ") for route in requests]
    words = (str(folder / "manifests"), str(schemas / "openwebui" / "Model.json"), url, *paths)
    return Command((sys.executable, str(ROOT / "benchmarks" / "floor.py"), *words), environment())


def terraform(folder: Path, *words: str) -> Command | None:
    """Give a terraform command line, None where there is no terraform."""
    binary = shutil.which("terraform")
    if binary is None:
        return None
    quiet = environment(CHECKPOINT_DISABLE="1", TF_IN_AUTOMATION="1")
    return Command((binary, *words, "-input=false", "-no-color"), quiet, limit=1800.0, folder=folder / "terraform")


def prepare_terraform(size: int, folder: Path) -> None:
    """Write the same resources for terraform; apply them where that ends."""
    init = terraform(folder, "init")
    if init is None:
        return
    run(Command((sys.executable, "-m", "benchmarks.estate", "terraform", str(size), str(init.folder)), environment()))
    run(init)
    apply = terraform(folder, "apply", "-auto-approve")
    if apply is not None and size <= TERRAFORM_APPLIES_UP_TO:
        run(apply)


def plan_cases(size: int, folder: Path, rounds: Rounds, targets: int = 1) -> Iterator[PlanCase]:
    """Apply once, then measure plans that find nothing to do, and plans of an estate that changed in git."""
    name = f"plan-{size}" + (f"-over-{targets}" if targets > 1 else "")
    with peer(0.0, size, targets) as url:
        make_estate(size, folder, url, targets)
        _apply_once(size, folder, url)
        plan = reconciler(folder, "plan", "--allow-updates", str(size))
        ask(url, "counts")
        expect(run(plan), NO_CHANGE)
        requests = ask(url, "counts")
        least = floor(folder, url, requests)
        series = _plans(plan, least, 0, rounds, size, folder if targets == 1 else None)
        profile = shares(plan, folder) if size == 10_000 else []
        creates = size > TERRAFORM_APPLIES_UP_TO
        yield PlanCase(name, size, targets, 0, series, requests, creates, profile)
        for changed in (size // 100, size) if targets == 1 else ():
            estate.change_manifests(changed, folder, targets, 1)
            few = Rounds(max(1, rounds.plan // 3), 0)
            yield PlanCase(name, size, targets, changed, _plans(plan, least, changed, few, size, None), requests)


def _apply_once(size: int, folder: Path, url: str) -> None:
    adopts = size >= ADOPTED_FROM
    if adopts:
        ask(url, "fill")
    run(reconciler(folder, "apply", "--yes", *(("--adopt",) if adopts else ())))
    left, bases = (
        ask(url, "page"),
        len({name.split("/")[1] for name in ask(url, "counts") if name.startswith("GET /t")}),
    )
    if left != size + max(1, bases):
        raise Failed(f"the apply of {size} models left {left} of them")


def _plans(
    plan: Command, least: Command, changed: int, rounds: Rounds, size: int, folder: Path | None
) -> Mapping[str, Series]:
    """Measure plans and floors in turns, and terraform where a folder is given and it ends in time."""
    commands, times = {"plan": plan, "floor": least}, {"plan": rounds.plan, "floor": rounds.plan}
    if folder is not None and size <= TERRAFORM_UP_TO and (other := terraform(folder, "plan")) is not None:
        prepare_terraform(size, folder)
        commands["terraform"], times["terraform"] = other, rounds.terraform
    series = interleave(commands, times)
    said = NO_CHANGE.replace("0 to update", f"{changed} to update")
    for name, last_line in (("plan", said), ("floor", str(changed))):
        for sample in series[name].samples:
            expect(sample, last_line)
    return series


def apply_case(size: int, folder: Path, latency: float, times: int, *, refuses: bool = False) -> ApplyCase:
    """Measure applies that create everything, each from nothing; where a tenth is refused the rest is created."""
    name, refused = (f"apply-{size}-refused", size // 10) if refuses else (f"apply-{size}-{latency * 1000:.0f}ms", 0)
    with peer(latency) as url:
        make_estate(size, folder, url)

        def forget() -> None:
            shutil.rmtree(folder / ".reconciler", ignore_errors=True)
            ask(url, "reset")
            ask(url, "counts")

        if refuses:
            ask(url, "refuse")
        apply = reconciler(folder, "apply", "--yes")
        apply = Command(apply.words, apply.environment, ends_with=4 if refuses else 0)
        series = in_turn(apply, times, forget)
        requests = ask(url, "counts")
        if ask(url, "page") != size + 1 - refused:
            raise Failed(f"the apply of {size} models left another number of them")
        if refuses:
            ask(url, "refuse")
            expect(run(reconciler(folder, "apply", "--yes")), f"Apply: {refused} done.")
        forget()
        where = shares(apply, folder) if size == 1000 and not latency and not refuses else []
    return ApplyCase(name, size, latency, refused, series, requests, where)


def check_cases(size: int, folder: Path, times: int) -> Iterator[CommandCase]:
    """Measure what a hook does: a check of some files among all, and one of all."""
    make_estate(size, folder, "http://127.0.0.1:1")
    files = sorted(str(path) for path in (folder / "manifests").iterdir())[:: size // FILES]
    some, every = reconciler(folder, "validate", *files), reconciler(folder, "validate")
    series = interleave({"some": some, "every": every}, {"some": times, "every": max(1, times // 3)})
    for sample in series["some"].samples:
        expect(sample, f"{len(files)} manifests are valid.")
    yield CommandCase(f"validate-{size}", f"validate of {len(files)} files among {size:,}", series["some"])
    yield CommandCase(f"validate-{size}", f"validate of all {size:,}", series["every"])


def start_cases(folder: Path, times: int) -> Iterator[CommandCase]:
    """Measure how long a person waits for the least."""
    with peer(0.0) as url:
        make_estate(1, folder, url)
        run(reconciler(folder, "apply", "--yes"))
        ask(url, "page")
        plan, python = reconciler(folder, "plan"), (sys.executable, "-m", "reconciler")
        version, nothing = Command((*python, "--version"), environment()), (sys.executable, "-c", "pass")
        commands = {"plan": plan, "version": version, "python": Command(nothing, environment())}
        series = interleave(commands, dict.fromkeys(commands, times))
    yield CommandCase("start", "`--version`", series["version"])
    yield CommandCase("start", "plan of one manifest", series["plan"])
    yield CommandCase("start", "Python itself, doing nothing", series["python"])


def journal_case(size: int, folder: Path, times: int) -> float:
    """Give the microseconds of one record of an apply of so many operations."""

    def once(number: int) -> float:
        place = folder / str(number)
        place.mkdir(parents=True)
        words = (sys.executable, "-m", "benchmarks.journal", str(size), str(place))
        return float(run(Command(words, environment())).last_line)

    return min(map(once, range(times)))


def expect(sample: Sample, last_line: str) -> None:
    """Refuse to measure what did something else than it should."""
    if sample.last_line != last_line:
        raise Failed(f"expected {last_line!r}, it said {sample.last_line!r}")
