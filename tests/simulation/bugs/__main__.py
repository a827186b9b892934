"""Plays worlds with each bug until an invariant sees it: `python -m tests.simulation.bugs --seeds 500`.

Prints a row of a table per bug; ends with 1 where a bug is not caught. A seed that is wrong without the bug as well
does not count.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from functools import partial

import click

from tests.simulation.bugs.hunt import caught_by
from tests.simulation.bugs.table import BUGS


@click.command()
@click.option("--seeds", default=500, show_default=True, help="How many worlds at most.")
@click.option("--from", "first", default=0, show_default=True, help="The first seed.")
@click.option("--jobs", default=os.cpu_count() or 1, show_default=True, help="How many bugs at a time.")
@click.argument("names", nargs=-1)
def main(seeds: int, first: int, jobs: int, names: tuple[str, ...]) -> None:
    """Hunt each bug, or those that are named."""
    if os.environ.get("PYTHONHASHSEED") != "0":  # as in the simulation itself: one seed, one course
        again = [sys.executable, "-m", "tests.simulation.bugs", *sys.argv[1:]]
        os.execve(sys.executable, again, {**os.environ, "PYTHONHASHSEED": "0"})
    escaped = []
    print("| Bug | Law | Caught by seed | After | Said |\n|---|---|---|---|---|")
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        hunt = partial(caught_by, seeds=range(first, first + seeds))
        for name, (seed, tried, said) in zip(names or BUGS, pool.imap(hunt, names or BUGS), strict=True):
            shown = f"{seed} | {tried} | {said.replace('|', '/')}" if said else f"not caught | {tried} | -"
            print(f"| {name} | {BUGS[name].law} | {shown} |", flush=True)
            if not said:
                escaped.append(name)
    if escaped:
        print(f"not caught: {', '.join(escaped)}")
        sys.exit(1)


if __name__ == "__main__":
    main()
