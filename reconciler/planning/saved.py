"""Compares a saved plan with the plan that the world gives now.

Takes both, gives the operations that may run: exactly the saved ones. Raises `StalePlan` with everything that moved.
Pure: no I/O (the clock is an argument).
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.errors import StalePlan
from reconciler.model import Diagnostic, Operation, Plan


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
        difference = _difference(operation, now_by_address.get(operation.address))
        if difference:
            yield Diagnostic(
                "error",
                f"{operation.address} moved",
                difference,
                address=operation.address,
                source=operation.source,
                code="stale.object",
            )


def _difference(planned: Operation, current: Operation | None) -> str:
    if current is None:
        return f"planned to {planned.action.value} it; nothing is left to do"
    if current.action is not planned.action:
        now = f"{current.action.value} ({current.reason})"
        return f"planned to {planned.action.value} it ({planned.reason}); now it would be: {now}"
    paths = [change.path for change in current.changes if change not in planned.changes]
    paths += [change.path for change in planned.changes if change not in current.changes]
    if paths:
        return "moved: " + ", ".join(sorted(set(paths)))
    if (current.precondition, current.live_id) != (planned.precondition, planned.live_id):
        return "the live object is not the one that was planned for"
    return ""
