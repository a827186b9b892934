"""Measures everything and writes the figures into `docs/performance.md`.

Takes names of cases, or none for all; gives tables on stdout, and ends with 1 where a process did something else than
it should. Only a run of everything writes the page, and between its marks alone. It works in a temporary folder and
talks to loopback only.

    python -m benchmarks [CASE..] [--quick]       such as plan-100000, plan-10000-over-200, apply-1000-20ms, start
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.cases import Figures, Rounds, apply_case, check_cases, journal_case, plan_cases, start_cases
from benchmarks.measure import ROOT, Failed
from benchmarks.results import tables, written

PAGE = ROOT / "docs" / "performance.md"
ROUNDS = {100: Rounds(9, 3), 1000: Rounds(7, 2), 10_000: Rounds(6, 0), 100_000: Rounds(2, 0)}
QUICK = Rounds(1, 1)
MANY = 200
JOURNALS = (1000, 10_000)

Case = Callable[[Figures, Path, bool], None]


def main() -> int:
    """Measure, write, tell."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure Reconciler.")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}")
    parser.add_argument("--quick", action="store_true", help="each once, up to 1,000 manifests, no page; a smoke test")
    options = parser.parse_args()
    if unknown := [name for name in options.cases if name not in CASES]:
        parser.error(f"no case is called {', '.join(unknown)}; there are {', '.join(CASES)}")
    names = options.cases or [name for name in CASES if not options.quick or "0000" not in name]
    figures = Figures()
    for name in names:
        started = time.monotonic()
        try:
            with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                CASES[name](figures, Path(folder) / "estate", options.quick)
        except Failed as failure:
            print(f"{name}: {failure}", file=sys.stderr)
            return 1
        print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    if not options.cases and not options.quick:
        PAGE.write_text(written(PAGE.read_text(), figures))
    print("\n".join(tables(figures)))
    return 0


def _plans(size: int, targets: int = 1) -> Case:
    def measure(figures: Figures, folder: Path, quick: bool) -> None:
        rounds = QUICK if quick else ROUNDS[size]
        figures.plans += plan_cases(size, folder, rounds, targets)

    return measure


def _applies(size: int, latency: float, *, refuses: bool = False) -> Case:
    def measure(figures: Figures, folder: Path, quick: bool) -> None:
        times = 1 if quick or size > 1000 else 3
        figures.applies.append(apply_case(size, folder, latency, times, refuses=refuses))

    return measure


def _checks(size: int) -> Case:
    return lambda figures, folder, quick: figures.commands.extend(check_cases(size, folder, 1 if quick else 9))


def _starts(figures: Figures, folder: Path, quick: bool) -> None:
    figures.commands += start_cases(folder, 1 if quick else 9)


def _journal(figures: Figures, folder: Path, quick: bool) -> None:
    figures.journals = {size: journal_case(size, folder / str(size), 1 if quick else 3) for size in JOURNALS}


CASES: Mapping[str, Case] = {
    "start": _starts,
    "validate-1000": _checks(1000),
    "validate-10000": _checks(10_000),
    **{f"plan-{size}": _plans(size) for size in ROUNDS},
    **{f"plan-{size}-over-{MANY}": _plans(size, MANY) for size in ROUNDS},
    "apply-1000-0ms": _applies(1000, 0.0),
    "apply-1000-20ms": _applies(1000, 0.02),
    "apply-10000-20ms": _applies(10_000, 0.02),
    "apply-1000-refused": _applies(1000, 0.0, refuses=True),
    "journal": _journal,
}

if __name__ == "__main__":
    sys.exit(main())
