"""The cases that are measured: plans without a change, and applies of nothing but creates.

Takes sizes, gives figures. What a plan of no change compares against is made by a real apply, never forged.
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
LIST = "/api/v1/models/all"
TERRAFORM_APPLIES_UP_TO = 1000
"""Its apply takes time with the square of the size: 100 s at 1,000."""


@dataclass(frozen=True, slots=True)
class Rounds:
    """How often each command runs, at a size."""

    plan: int
    terraform: int


@dataclass(frozen=True, slots=True)
class PlanCase:
    """What a plan of `size` manifests cost; series by name: plan, floor, terraform."""

    size: int
    series: Mapping[str, Series]
    requests: Mapping[str, int]
    terraform_creates: bool
    """Terraform planned creates, as its apply would take too long."""
    profile: Sequence[tuple[str, float]]
    """(part of the program, share of its own time)."""


@dataclass(frozen=True, slots=True)
class ApplyCase:
    """What an apply of `size` creates cost."""

    size: int
    latency: float
    """In seconds, of each answer."""
    series: Series
    requests: Mapping[str, int]
    profile: Sequence[tuple[str, float]]
    terraform: Sample | None = None


@dataclass(slots=True)
class Figures:
    """Everything that was measured."""

    plans: list[PlanCase] = field(default_factory=list)
    applies: list[ApplyCase] = field(default_factory=list)


@contextmanager
def peer(latency: float) -> Iterator[str]:
    """Start a peer server in a process of its own, and give its URL; `latency` in seconds."""
    words = [sys.executable, "-m", "benchmarks.peer", str(latency * 1000)]
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


def make_estate(size: int, folder: Path, url: str) -> None:
    """Write manifests and settings into a git repository, in a process of its own that may use memory."""
    words = (sys.executable, "-m", "benchmarks.estate", "manifests", str(size), str(folder))
    run(Command(words, environment()))
    estate.write_settings(folder, url, CONCURRENCY)
    (folder / ".gitignore").write_text(".reconciler/\nterraform/\n")
    if shutil.which("git"):
        name = ("-c", "user.name=bench", "-c", "user.email=bench@example.com")
        for verb in (("init", "--quiet"), ("add", "."), (*name, "commit", "--quiet", "--message=estate")):
            run(Command(("git", *verb), environment(), folder=folder))


def floor(folder: Path, url: str, requests: Mapping[str, int]) -> Command:
    """Give the minimal script; it fetches what the plan fetched, the list last."""
    schemas = folder / ".schemas"
    run(Command((sys.executable, "-m", "reconciler", "schema", "export", str(schemas)), environment()))
    paths = sorted((route.removeprefix("GET ") for route in requests), key=lambda path: path == LIST)
    words = (str(folder / "manifests"), str(schemas / "openwebui" / "Model.json"), url, *paths)
    return Command((sys.executable, str(ROOT / "benchmarks" / "floor.py"), *words), environment())


def terraform(folder: Path, *words: str) -> Command | None:
    """Give a terraform command line, None where there is no terraform."""
    binary = shutil.which("terraform")
    if binary is None:
        return None
    quiet = environment(CHECKPOINT_DISABLE="1", TF_IN_AUTOMATION="1")
    return Command((binary, *words, "-input=false", "-no-color"), quiet, limit=1800.0, folder=folder / "terraform")


def prepare_terraform(size: int, folder: Path) -> Sample | None:
    """Write the same resources for terraform; apply them where that ends, and give what it cost."""
    init = terraform(folder, "init")
    if init is None:
        return None
    run(Command((sys.executable, "-m", "benchmarks.estate", "terraform", str(size), str(init.folder)), environment()))
    run(init)
    apply = terraform(folder, "apply", "-auto-approve")
    return run(apply) if apply is not None and size <= TERRAFORM_APPLIES_UP_TO else None


def plan_case(size: int, folder: Path, rounds: Rounds) -> tuple[PlanCase, Sample | None]:
    """Apply once, then measure plans that find nothing to do; also gives what terraform's apply cost."""
    with peer(0.0) as url:
        make_estate(size, folder, url)
        run(reconciler(folder, "apply", "--yes"))
        if ask(url, "page") != size + 1:
            raise Failed(f"the apply of {size} models left another number of them")
        plan = reconciler(folder, "plan")
        ask(url, "counts")
        expect(run(plan), NO_CHANGE)
        requests = ask(url, "counts")
        least = floor(folder, url, requests)
        expect(run(least), "0")
        applied = prepare_terraform(size, folder)
        commands, times = {"plan": plan, "floor": least}, {"plan": rounds.plan, "floor": rounds.plan}
        other = terraform(folder, "plan")
        if other is not None:
            commands["terraform"], times["terraform"] = other, rounds.terraform
        series = interleave(commands, times)
        for name, last_line in (("plan", NO_CHANGE), ("floor", "0")):
            for sample in series[name].samples:
                expect(sample, last_line)
        where = shares(plan, folder)
    return PlanCase(size, series, requests, size > TERRAFORM_APPLIES_UP_TO, where), applied


def apply_case(size: int, folder: Path, latency: float, times: int, other: Sample | None) -> ApplyCase:
    """Measure applies that create everything, each from nothing."""
    with peer(latency) as url:
        make_estate(size, folder, url)

        def forget() -> None:
            shutil.rmtree(folder / ".reconciler", ignore_errors=True)
            ask(url, "reset")
            ask(url, "counts")

        apply = reconciler(folder, "apply", "--yes")
        series = in_turn(apply, times, forget)
        requests = ask(url, "counts")
        if ask(url, "page") != size + 1:
            raise Failed(f"the apply of {size} models left another number of them")
        forget()
        where = shares(apply, folder)
    return ApplyCase(size, latency, series, requests, where, other)


def expect(sample: Sample, last_line: str) -> None:
    """Refuse to measure what did something else than it should."""
    if sample.last_line != last_line:
        raise Failed(f"expected {last_line!r}, it said {sample.last_line!r}")
