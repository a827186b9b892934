"""The short text that people are notified with.

Takes a view of drift, gives a title and lines: what moved where, never a value. Pure: no I/O, no clock.
"""

from __future__ import annotations

from reconciler.report.escape import one_line
from reconciler.report.summary import drift_line, drift_remarks
from reconciler.report.view import View

MOST_LINES = 20


def title(view: View) -> str:
    """Say in one line what became of the run."""
    return one_line(drift_line(view))


def text(view: View) -> str:
    """Name what is new, or what moved where there is no baseline, and what could not be read."""
    moved = [f"{row.address} {row.path or '(object)'}" for row in view.drift if row.standing != "known"]
    errors = [row.summary for row in view.diagnostics if row.severity == "error"]
    lines = [*moved[:MOST_LINES], *errors[:MOST_LINES]]
    left = len(moved) + len(errors) - len(lines)
    more = [f"and {left} more"] if left else []
    return "\n".join(one_line(line) for line in [*lines, *more, *drift_remarks(view)]) or title(view)
