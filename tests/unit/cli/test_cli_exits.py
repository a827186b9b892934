"""The exit code of every situation, as a table."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.cli.exits import PRECEDENCE, exit_code, worst
from reconciler.model import Action, Address, Diagnostic, DriftItem, Operation, Outcome, Plan, Status

ADDRESS = Address("t", "K", "n")
CHANGE = Operation(Action.CREATE, ADDRESS, "not there yet")
MOVED = DriftItem(ADDRESS, "a", "drift", 1, 2, "f")


def error(code: str) -> Diagnostic:
    return Diagnostic("error", "what", code=code)


def ended(status: Status) -> Outcome:
    return Outcome(ADDRESS, Action.CREATE, status, exit_code=7)


GUARD, ACCOUNT, UNREACHABLE, UNAUTHORIZED = (
    error(code) for code in ("guard.deletes", "guard.account", "target.unreachable", "target.unauthorized")
)


@pytest.mark.parametrize(
    ("plan", "how", "expected"),
    [
        (Plan(), {}, 0),
        (Plan(), {"detailed": True}, 0),
        (Plan((CHANGE,)), {}, 0),
        (Plan((CHANGE,)), {"detailed": True}, 2),
        (Plan(drift=(MOVED,)), {"detailed": True}, 0),
        (Plan(drift=(MOVED,)), {"drift": True}, 2),
        (Plan((CHANGE,)), {"drift": True}, 0),
        (Plan(diagnostics=(Diagnostic("warning", "a lint", code="openwebui.grant"),)), {}, 0),
        (Plan(diagnostics=(error("something.else"),)), {}, 1),
        (Plan(diagnostics=(error("manifest.removed-without-default"), GUARD)), {}, 3),
        (Plan((CHANGE,), diagnostics=(GUARD,)), {"detailed": True}, 5),
        (Plan(diagnostics=(GUARD, UNREACHABLE), complete=False), {}, 5),
        (Plan(drift=(MOVED,), diagnostics=(ACCOUNT,)), {"drift": True}, 5),
        (Plan((CHANGE,), diagnostics=(UNREACHABLE,), complete=False), {"detailed": True}, 8),
        (Plan(drift=(MOVED,), diagnostics=(UNREACHABLE,), complete=False), {"drift": True}, 8),
        (Plan(diagnostics=(UNAUTHORIZED,), complete=False), {}, 7),
        (Plan(diagnostics=(UNREACHABLE, UNAUTHORIZED), complete=False), {}, 7),
        (Plan(complete=False), {}, 8),
        (Plan((CHANGE,)), {"outcomes": (ended(Status.DONE),)}, 0),
        (Plan((CHANGE,)), {"outcomes": (ended(Status.DONE), ended(Status.FAILED))}, 4),
        (Plan((CHANGE,)), {"outcomes": (ended(Status.DIVERGED),)}, 4),
        (Plan((CHANGE,)), {"outcomes": (ended(Status.SKIPPED),)}, 4),
        (Plan((CHANGE,)), {"outcomes": (ended(Status.UNKNOWN),)}, 4),
        (Plan((CHANGE,)), {"outcomes": (ended(Status.SKIPPED),), "interrupted": True}, 130),
        (Plan((CHANGE,)), {"outcomes": (ended(Status.DONE),), "interrupted": True}, 130),
        (Plan((CHANGE,), diagnostics=(UNREACHABLE,), complete=False), {"outcomes": (ended(Status.DONE),)}, 8),
        (Plan((CHANGE,), diagnostics=(UNREACHABLE,), complete=False), {"outcomes": (ended(Status.FAILED),)}, 4),
    ],
)
def test_exit_code(plan: Plan, how: dict[str, Any], expected: int) -> None:
    assert exit_code(plan, **how) == expected


def test_precedence_is_as_documented() -> None:
    assert PRECEDENCE == (3, 5, 6, 130, 1, 4, 7, 8, 2)
    for place, code in enumerate(PRECEDENCE):
        assert worst(PRECEDENCE[place:]) == code
    assert worst(()) == 0
    assert worst((0, 0)) == 0
