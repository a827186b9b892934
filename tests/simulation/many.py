"""Plays several seeds in one process: what a worker of `make simulate` does.

Takes seeds, gives a report for each; a simulation that fails itself is a failure too.
"""

from __future__ import annotations

from collections.abc import Iterable

from tests.simulation.course import Report, draw, play


def play_some(seeds: Iterable[int]) -> list[Report]:
    """Play every seed."""
    return [_play_one(seed) for seed in seeds]


def _play_one(seed: int) -> Report:
    script = draw(seed)
    try:
        return play(script)
    except Exception as error:
        return Report(script, wrong=[f"the simulation itself failed: {error!r}"])
