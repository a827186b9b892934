"""Plays several seeds in one process: what a worker of `make simulate` does.

Takes seeds, gives a report for each; a simulation that fails itself is a failure too.
"""

from __future__ import annotations

from collections.abc import Iterable

from tests.simulation.course import Report, Script, draw, play


def play_some(seeds: Iterable[int]) -> list[Report]:
    """Play every seed."""
    return [play_one(seed) for seed in seeds]


def play_one(seed: int) -> Report:
    """Play the script of a seed."""
    return play_safely(draw(seed))


def play_safely(script: Script) -> Report:
    """Play a script; an exception of the simulation's own is what was wrong."""
    try:
        return play(script)
    except Exception as error:
        return Report(script, wrong=[f"the simulation itself failed: {error!r}"])
