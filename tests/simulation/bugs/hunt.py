"""Hunts one bug: what a worker of `make simulate-bugs` does.

Takes a bug's name and seeds, gives the first seed whose world shows it. A seed that is wrong without it does not count.
"""

from __future__ import annotations

from tests.simulation.bugs.table import BUGS, seen_by
from tests.simulation.many import play_some


def caught_by(name: str, seeds: range) -> tuple[int, int, str]:
    """Give the first seed that catches a bug, how many were tried, and what was said; "" where none does."""
    for tried, seed in enumerate(seeds, 1):
        with BUGS[name].at_work():
            (report,) = play_some([seed])
        said = seen_by(report)
        if said and not play_some([seed])[0].wrong:
            return seed, tried, said
    return -1, len(seeds), ""
