"""Which exit code a run ends with.

Takes a plan and its outcomes, gives one number. Pure: no I/O, no clock.

    0   done; nothing to do; changes pending, but nobody asked for a code
    1   runtime error
    2   changes pending (plan --detailed-exitcode), drift
    3   invalid input
    4   an apply that is not whole
    5   refused by a guard
    6   stale plan
    7   not authenticated, not allowed
    8   a target could not be reached
    130 interrupted
"""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model import Outcome, Plan, Status

OK = 0
ERROR = 1
CHANGES = 2
INVALID = 3
PARTIAL = 4
REFUSED = 5
STALE = 6
UNAUTHORIZED = 7
UNREACHABLE = 8
INTERRUPTED = 130

PRECEDENCE = (INVALID, REFUSED, STALE, INTERRUPTED, ERROR, PARTIAL, UNAUTHORIZED, UNREACHABLE, CHANGES)
"""The first that applies wins: what comes before any write, then the worst."""

BY_DIAGNOSTIC = (
    ("guard.", REFUSED),
    ("manifest.", INVALID),
    ("target.unauthorized", UNAUTHORIZED),
    ("target.unreachable", UNREACHABLE),
)
"""What the code of an error diagnostic starts with → exit code; any other error is a runtime error."""


def exit_code(
    plan: Plan,
    outcomes: Iterable[Outcome] = (),
    *,
    detailed: bool = False,
    drift: bool = False,
    interrupted: bool = False,
) -> int:
    """Give the exit code; `detailed` makes pending operations count, `drift` makes what moved outside git count."""
    found = {_of_error(item.code) for item in plan.diagnostics if item.severity == "error"}
    applying = {
        PARTIAL: any(outcome.status is not Status.DONE for outcome in outcomes),
        INTERRUPTED: interrupted,
        UNREACHABLE: not plan.complete and not found,
        CHANGES: (detailed and bool(plan.operations))
        or (drift and any(item.standing != "known" for item in plan.drift)),
    }
    found |= {code for code, applies in applying.items() if applies}
    return worst(found)


def worst(codes: Iterable[int]) -> int:
    """Give the code that wins, 0 where there is none."""
    found = frozenset(codes)
    return next((code for code in PRECEDENCE if code in found), OK)


def _of_error(code: str) -> int:
    return next((exit_code for prefix, exit_code in BY_DIAGNOSTIC if code.startswith(prefix)), ERROR)
