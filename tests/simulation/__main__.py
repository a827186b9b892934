"""Plays many seeds on every core, and tells what befell them: `python -m tests.simulation --seeds 500 --from 0`.

Ends with 1 where something was wrong, with the seed, the smallest script that shows it, and its trace.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click

from tests.simulation.course import Report
from tests.simulation.many import play_some
from tests.simulation.shrink import shrink

_BATCH = 10


@dataclass
class Tally:
    """What all seeds came to."""

    seeds: int = 0
    steps: int = 0
    runs: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    failed: list[int] = field(default_factory=list)


@click.command()
@click.option("--seeds", default=500, show_default=True, help="How many worlds.")
@click.option("--from", "first", default=0, show_default=True, help="The first seed.")
@click.option("--jobs", default=os.cpu_count() or 1, show_default=True, help="How many at a time.")
@click.option("--most", default=3, show_default=True, help="How many failures are shrunk and shown.")
@click.option("--append", type=click.Path(dir_okay=False), help="Append the figures, one line, to this file.")
def main(seeds: int, first: int, jobs: int, most: int, append: str | None) -> None:
    """Play simulated worlds, one for each seed."""
    if os.environ.get("PYTHONHASHSEED") != "0":  # one seed, one course: in which order sets are gone through too
        again = [sys.executable, "-m", "tests.simulation", *sys.argv[1:]]
        os.execve(sys.executable, again, {**os.environ, "PYTHONHASHSEED": "0"})
    started, tally = time.monotonic(), Tally()
    for report in _played(range(first, first + seeds), jobs):
        _count(tally, report)
        if report.wrong and len(tally.failed) <= most:
            _show(shrink(report))
        if tally.seeds % 100 == 0:
            print(
                f"{tally.seeds} of {seeds} seeds, {len(tally.failed)} failed, {time.monotonic() - started:.0f} s",
                flush=True,
            )
    line = _figures(tally, first, time.monotonic() - started)
    print(line)
    print("faults: " + ", ".join(f"{name} {number}" for name, number in sorted(tally.struck.items())))
    if append:
        with Path(append).open("a", encoding="utf-8") as file:
            file.write(line + "\n")
    if tally.failed:
        print(f"failed: {', '.join(map(str, sorted(tally.failed)))}")
        sys.exit(1)


def _played(seeds: range, jobs: int) -> Iterator[Report]:
    with multiprocessing.get_context("spawn").Pool(jobs, maxtasksperchild=50) as pool:
        for reports in pool.imap(play_some, [seeds[at : at + _BATCH] for at in range(0, len(seeds), _BATCH)]):
            yield from reports


def _count(tally: Tally, report: Report) -> None:
    tally.seeds += 1
    tally.steps += report.steps
    tally.runs += report.runs
    tally.struck.update(report.struck)
    if report.wrong:
        tally.failed.append(report.script.seed)


def _figures(tally: Tally, first: int, seconds: float) -> str:
    return (
        f"seeds {first} to {first + tally.seeds - 1}: {tally.steps} steps, {tally.runs} runs, "
        f"{sum(tally.struck.values())} faults, {len(tally.failed)} failed, {seconds:.0f} s"
    )


def _show(report: Report) -> None:
    print(f"\n--- seed {report.script.seed}: wrong after {report.steps} steps")
    for line in report.trace:
        print(f"  {line}")
    for step in report.script.steps:
        print(f"  {step}")
    for wrong in report.wrong[:5]:
        print(f"WRONG {wrong}")
    print(f"again: make simulate SEEDS=1 FROM={report.script.seed}\n", flush=True)


if __name__ == "__main__":
    main()
