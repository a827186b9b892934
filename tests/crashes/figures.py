"""Adds up what crashes came to, over all workers, and shows it when a test run ends: a plugin of pytest's.

Takes reports whose tests recorded `kill of SERVER` as [phase, seconds]; gives lines. `make crashes` loads it.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable

import pytest

from tests.crashes.moments import PHASES

KILL = "kill of "


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the figures below everything else."""
    reports = [report for outcome in ("passed", "failed") for report in terminalreporter.getreports(outcome)]
    kills: dict[str, list[tuple[str, float]]] = {}
    for name, value in (pair for report in reports for pair in report.user_properties):
        if name.startswith(KILL):
            kills.setdefault(name.removeprefix(KILL), []).append((value[0], value[1]))
    terminalreporter.section("real crashes")
    for server, found in sorted(kills.items()):
        terminalreporter.write_line(_line(server, found))
    for report in terminalreporter.getreports("failed"):
        terminalreporter.write_line(f"failed: {report.nodeid}")


def _line(server: str, kills: Iterable[tuple[str, float]]) -> str:
    phases, seconds = zip(*kills, strict=True)
    count = Counter(phases)
    where = ", ".join(f"{phase} {count[phase]}" for phase in PHASES if count[phase])
    took = f"{sum(seconds):.0f} s in all, {statistics.median(seconds):.1f} s each (longest {max(seconds):.1f} s)"
    return f"{server}: {len(phases)} kills, each followed by an apply that converged; struck at: {where}; {took}"
