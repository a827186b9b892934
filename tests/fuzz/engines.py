"""The two engines that make inputs: Hypothesis, and atheris, which keeps what reaches new code and goes on from there.

Takes a target and a number, tries so many inputs in this process, gives figures. `python -m tests.fuzz.engines` is what
the runner starts.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import mkdtemp

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

ROUNDS = (1, 1, 2, 3)
BATCH = 2000
"""Hypothesis remembers every example of a run: many small runs hold little."""


@dataclass
class Figures:
    """What a run of one target by one engine found; sizes in bytes, times in seconds."""

    target: str
    engine: str
    inputs: int = 0
    refused: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    peak: int = 0
    new: int = 0
    """How many inputs the engine kept since they reached new code."""
    faults: dict[str, str] = field(default_factory=dict)
    """What went wrong → the smallest input, base64."""


class Run:
    """Tries inputs and counts."""

    def __init__(self, name: str, engine: str) -> None:
        from tests.fuzz.judge import judge, peak
        from tests.fuzz.targets import TARGETS

        self.target = TARGETS[name]
        self.figures = Figures(name, engine)
        self._judge, self._peak = judge, peak
        self._began = time.perf_counter()

    def attempt(self, data: bytes) -> None:
        """Try one input."""
        verdict, figures = self._judge(self.target, data), self.figures
        figures.inputs += 1
        figures.refused += verdict.refused
        figures.slowest = max(figures.slowest, verdict.seconds)
        if verdict.fault:
            text = base64.b64encode(data).decode()
            figures.faults[verdict.fault] = min(figures.faults.get(verdict.fault, text), text, key=len)

    def close(self, place: str) -> None:
        """Write the figures."""
        self.figures.seconds = time.perf_counter() - self._began
        self.figures.peak = self._peak()
        Path(place).write_text(json.dumps(self.figures.__dict__))


def hypothesis_tries(attempt: Callable[[bytes], None], target: object, inputs: int, start: int = 0) -> None:
    """Let Hypothesis make inputs: a seed, and what is changed in it."""
    seeds = target.seeds()  # type: ignore[attr-defined]
    for batch in range(0, inputs, BATCH):

        @seed(start + batch)
        @settings(
            max_examples=min(BATCH, inputs - batch),
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(st.sampled_from(seeds), st.integers(0, 2**48), st.sampled_from(ROUNDS))
        def one(data: bytes, number: int, rounds: int) -> None:
            chance = Random(number)
            for _ in range(rounds):
                data = target.mutate(data, chance)  # type: ignore[attr-defined]
            attempt(data)

        one()


def _by_hypothesis(name: str, inputs: int, place: str) -> None:
    run = Run(name, "hypothesis")
    hypothesis_tries(run.attempt, run.target, inputs)
    run.close(place)


def _by_atheris(name: str, inputs: int, place: str) -> None:
    import atheris

    with atheris.instrument_imports(include=["reconciler"], enable_loader_override=False):
        run = Run(name, "atheris")
    found = Path(mkdtemp(prefix=f"fuzz-{name}-"))
    seeds = run.target.seeds()
    for number, data in enumerate(seeds):
        (found / f"seed-{number}").write_bytes(data)

    def one(data: bytes) -> None:
        run.attempt(data)
        if run.figures.inputs >= inputs:
            run.figures.new = sum(not path.name.startswith("seed-") for path in found.iterdir())
            run.close(place)
            Path(f"{place}.found").write_text(str(found))
            os._exit(0)  # libFuzzer gives nothing back

    def change(data: bytes, most: int, number: int) -> bytes:
        return run.target.mutate(data, Random(number))[:most]

    longest = str(2 * max(map(len, seeds)) + 4096)
    options = ["-runs=1000000000", "-timeout=0", "-rss_limit_mb=0", "-verbosity=0", f"-max_len={longest}"]
    atheris.Setup([sys.argv[0], *options, str(found)], one, custom_mutator=change)
    atheris.Fuzz()


if __name__ == "__main__":
    engine, target_name, number, place = sys.argv[1:]
    (_by_atheris if engine == "atheris" else _by_hypothesis)(target_name, int(number), place)
