"""Compares a saved plan with the plan that the world gives now.

Takes both, gives the operations that may run: exactly the saved ones. Raises `StalePlan` with everything that moved.
Pure: no I/O (the clock is an argument).
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from reconciler.errors import StalePlan
from reconciler.model import Change, Diagnostic, Json, Operation, Plan

SHOWN = 60
"""So many characters of a value that moved are shown."""


def require_fresh(saved: Plan, current: Plan, now: str) -> tuple[Operation, ...]:
    """Give the saved operations; raise `StalePlan` where the manifests, an account, a touched object or the time moved.

    `now` and `saved.expires` are ISO times in UTC.
    """
    moved = tuple(_moved(saved, current, now))
    if moved:
        raise StalePlan(
            "the plan is stale; nothing was written", moved, hint="plan again, review it, and apply the new plan"
        )
    names = {operation.address for operation in saved.operations}
    return tuple(operation for operation in current.operations if operation.address in names)


def _moved(saved: Plan, current: Plan, now: str) -> Iterator[Diagnostic]:
    if saved.expires and now > saved.expires:
        yield Diagnostic("error", f"the plan expired at {saved.expires}", code="stale.expired")
    if saved.inventory_id != current.inventory_id:
        hint = "bring the inventory that was planned with; it is not kept in the plan"
        yield Diagnostic("error", "the inventory is another one", hint=hint, code="stale.inventory")
    if saved.manifests_digest != current.manifests_digest:
        commits = f"planned at commit {saved.commit}, now at {current.commit}" if saved.commit != current.commit else ""
        yield Diagnostic("error", "the manifests are not the ones that were planned", commits, code="stale.manifests")
    for target, account in sorted(saved.accounts.items()):
        if current.accounts.get(target, account) != account:
            yield Diagnostic(
                "error",
                f"{target} is not what was planned",
                f"planned for {account}, now {current.accounts[target]}",
                code="stale.account",
            )
    now_by_address = {operation.address: operation for operation in current.operations}
    for operation in saved.operations:
        there = now_by_address.get(operation.address)
        differences = _differences(operation, there) or _elsewhere(operation, there, saved, current)
        if differences:
            yield _of_object(operation, "moved", differences)
    if saved.manifests_digest != current.manifests_digest:
        planned = {operation.address for operation in saved.operations}
        for operation in current.operations:
            if operation.address not in planned:
                yield _of_object(operation, "was not planned", [f"now it would be: {_told(operation)}"])


def _of_object(operation: Operation, what: str, differences: list[str]) -> Diagnostic:
    return Diagnostic(
        "error",
        f"{operation.address} {what}",
        "\n".join(differences),
        address=operation.address,
        source=operation.source,
        code="stale.object",
    )


def _differences(planned: Operation, current: Operation | None) -> list[str]:
    """Say in what the operation that would be done now is another one."""
    if current is None:
        return [f"planned to {planned.action.value} it; nothing is left to do"]
    if current.action is not planned.action:
        return [f"planned: {_told(planned)}; now it would be: {_told(current)}"]
    before = {change.path: change for change in planned.changes}
    after = {change.path: change for change in current.changes}
    return [
        f"{path}: planned {_change(before.get(path))}; now {_change(after.get(path))}"
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path)
    ]


def _elsewhere(planned: Operation, current: Operation | None, saved: Plan, plan: Plan) -> list[str]:
    """Say what moved of the object where the operation is the same one: a delete holds no changes."""
    assert current is not None  # noqa: S101 (that it is gone is a difference of the operation)
    if current.live_id != planned.live_id:
        return [f"the live object is another one: planned for {planned.live_id}, now {current.live_id}"]
    if current.precondition == planned.precondition:
        return []
    known = {item.fingerprint for item in saved.drift}
    strayed = [item for item in plan.drift if item.address == planned.address and item.fingerprint not in known]
    return [f"{item.path or 'the object'} is now {_short(item.live)}" for item in strayed] or [
        "what was compared of the live object, or a secret that would be sent, is not what it was"
    ]


def _told(operation: Operation) -> str:
    return f"{operation.action.value} ({operation.reason})"


def _change(change: Change | None) -> str:
    return "no change" if change is None else f"{_short(change.before)} → {_short(change.after)}"


def _short(value: Json) -> str:
    """Give a value on one line; a long one by its beginning."""
    text = "unset" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)
    left = len(text) - SHOWN
    return text if left <= 0 else f"{text[:SHOWN]} … {left:,} more characters"
