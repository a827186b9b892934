"""Makes operations that can be held against the world later, and a plan's fingerprint.

Takes decisions, gives operations with the digest of what was compared: apply of a saved plan refuses where it moved.
Pure: no I/O, no clock.
"""

from __future__ import annotations

from reconciler import redact
from reconciler.model import Action, Address, Body, Entry, Field, Json, Live, Operation, Plan
from reconciler.paths import format_path, parse_path, value_at
from reconciler.planning.canonical import field_at, leaves, restrict
from reconciler.planning.diff import without
from reconciler.planning.work import Decision, Facts, Secrets


def operation(address: Address, decision: Decision, needs: tuple[Address, ...], facts: Facts) -> Operation:
    """Give the operation of a decision that has an action."""
    assert decision.action is not None  # noqa: S101 - only decisions with an action get here
    return Operation(
        action=decision.action,
        address=address,
        reason=_reason(decision, facts),
        changes=decision.changes,
        needs=needs,
        source=decision.resource.source if decision.resource else None,
        live_id=decision.live.id if decision.live else None,
        live_version=decision.live.version if decision.live else None,
        precondition=_precondition(decision, facts),
    )


def _reason(decision: Decision, facts: Facts) -> str:
    """Nobody changed a manifest where a receipt says what is to be."""
    is_back = facts.request.rollback and decision.action in (Action.CREATE, Action.UPDATE, Action.REPLACE)
    return f"as before {facts.request.rollback}" if is_back else decision.reason


def fingerprint(plan: Plan) -> str:
    """Give a digest of what a plan would do, and of the world that it was made for."""
    parts = [
        [op.action.value, str(op.address), list(map(str, op.needs)), op.live_id, op.precondition, _changes_of(op)]
        for op in plan.operations
    ]
    return redact.digest(redact.UNKEYED, [parts, plan.manifests_digest, dict(plan.accounts)])


def _precondition(decision: Decision, facts: Facts) -> str:
    """Digest what was compared of the live object, and which secrets would be sent."""
    secrets = facts.secrets.get(decision.resource.address, Secrets()) if decision.resource else Secrets()
    sent = dict(secrets.digests or {}) if facts.inventory.serial else {}  # keyed; a new inventory has a new key
    if decision.live is None:
        return redact.digest(redact.UNKEYED, ["absent", sent])
    root = decision.live.kind.root
    if decision.resource is None:
        compared = _remembered(decision.live, decision.entry, root)
    else:
        compared = restrict(decision.live.body, _visible(decision.want or {}, root, secrets), root)
    removed = {
        format_path(removal.path): value_at(decision.live.body, removal.path)
        for removal in decision.removals
        if not _is_hidden(field_at(root, removal.path))
    }
    return redact.digest(redact.UNKEYED, [decision.live.id, compared, removed, sent])


def _visible(want: Body, root: Field, secrets: Secrets) -> Body:
    hidden = [path for path, _, leaf in leaves(want, root) if _is_hidden(leaf)] if _is_hidden(root) else []
    return without(want, (*hidden, *secrets.leaves))


def _remembered(live: Live, entry: Entry | None, root: Field) -> Body:
    """What we last applied to an object that would be deleted: somebody may have put it to another use."""
    paths = [parse_path(text) for text in entry.applied] if entry is not None else []
    return {format_path(path): value_at(live.body, path) for path in paths if not _is_hidden(field_at(root, path))}


def _is_hidden(field: Field) -> bool:
    return redact.is_sensitive(field) or redact.holds_secrets(field)


def _changes_of(operation: Operation) -> list[Json]:
    return [[change.path, change.before, change.after] for change in operation.changes]
