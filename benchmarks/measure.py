"""Runs whole processes and says what each cost.

Takes commands, gives wall time, processor time and peak memory as the kernel counted them. It keeps little in memory
itself: a child's peak counts from what its parent held when it started.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]


class Failed(Exception):
    """A process that should have been measured went wrong; the message holds what it said."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of one process; seconds, and megabytes of 10^6 bytes."""

    seconds: float
    processor: float
    peak: float
    last_line: str
    finished: bool = True


@dataclass(frozen=True, slots=True)
class Series:
    """Several runs of one command."""

    samples: tuple[Sample, ...]

    @property
    def best(self) -> float:
        """The quickest run."""
        return min(sample.seconds for sample in self.samples)

    @property
    def median(self) -> float:
        """The run in the middle."""
        return median(sample.seconds for sample in self.samples)

    @property
    def peak(self) -> float:
        """The most memory that a run took."""
        return max(sample.peak for sample in self.samples)

    @property
    def finished(self) -> bool:
        """No run was cut short."""
        return all(sample.finished for sample in self.samples)


@dataclass(frozen=True, slots=True)
class Command:
    """What to run, where, and for how many seconds at most."""

    words: tuple[str, ...]
    environment: Mapping[str, str]
    limit: float = 900.0
    folder: Path = ROOT
    ends_with: int = 0


def environment(**extra: str) -> dict[str, str]:
    """Give a small environment that is the same on every machine."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return {**kept, "LANG": "C.UTF-8", "BENCH_TOKEN": "bench", **extra}


def run(command: Command) -> Sample:
    """Run a command to its end, or to its limit; raise `Failed` where it does not end as it should."""
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            command.words, stdout=output, stderr=output, cwd=command.folder, env=dict(command.environment)
        )
        late = threading.Timer(command.limit, process.kill)
        late.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        finished = late.is_alive()
        late.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(max(0, output.seek(0, os.SEEK_END) - 4000))
        lines = output.read().decode(errors="replace").strip().splitlines() or [""]
    if finished and process.returncode != command.ends_with:
        raise Failed(f"{' '.join(command.words)}\nended with {process.returncode}:\n" + "\n".join(lines[-20:]))
    return Sample(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6, lines[-1], finished)


def interleave(commands: Mapping[str, Command], rounds: Mapping[str, int]) -> dict[str, Series]:
    """Run each command as often as `rounds` says, in turns, so that a slow minute of the machine hits all of them."""
    samples: dict[str, list[Sample]] = {name: [] for name in commands}
    for number in range(max(rounds.values())):
        for name, command in commands.items():
            if number < rounds[name]:
                samples[name].append(run(command))
    return {name: Series(tuple(found)) for name, found in samples.items()}


def in_turn(command: Command, times: int, prepare: Callable[[], object]) -> Series:
    """Run one command several times, each after `prepare`."""
    samples = []
    for _ in range(times):
        prepare()
        samples.append(run(command))
    return Series(tuple(samples))
