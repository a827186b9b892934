"""Limits a run to what drifted: everything else stays as it is, though git may say otherwise.

Takes what a plan is made from and the decisions, gives decisions that only put drifted fields back. An object that was
deleted outside is made anew as a whole, and so is one that only a replace can put right. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.model import Action, Address, Diagnostic, Path
from reconciler.paths import format_path, parse_path
from reconciler.planning import refs
from reconciler.planning.diff import leaf_of, without
from reconciler.planning.drift import drifted
from reconciler.planning.work import Decision, Facts, Secrets


def only_drift(facts: Facts, decisions: Mapping[Address, Decision]) -> dict[Address, Decision]:
    """Give the decisions with every operation limited to drifted fields; the rest is decided to be left alone."""
    limited = {address: _limited(address, decision, facts) for address, decision in decisions.items()}
    return {address: _refused(decision, limited) for address, decision in limited.items()}


def _limited(address: Address, decision: Decision, facts: Facts) -> Decision:
    if decision.action is None or decision.outside:
        return decision
    moved = _moved(address, decision, facts)
    if decision.action is Action.CREATE and () in moved:
        return decision
    if decision.action in (Action.UPDATE, Action.REPLACE) and decision.live is not None:
        return _of_fields(decision, moved)
    return _left_alone(decision)


def _moved(address: Address, decision: Decision, facts: Facts) -> frozenset[Path]:
    """Give the drifted paths of one object; the empty path is the object itself."""
    if decision.resource is None:
        return frozenset()
    secrets = facts.secrets.get(address, Secrets())
    items = drifted(address, decision, decision.resource.kind, secrets, facts.inventory.salt)
    return frozenset(parse_path(item.path) for item in items)


def _of_fields(decision: Decision, moved: frozenset[Path]) -> Decision:
    assert decision.live is not None  # noqa: S101 - what is updated is live
    root = decision.live.kind.root
    leaves = [leaf_of(parse_path(change.path), root) for change in decision.changes]
    back = tuple(change for change, leaf in zip(decision.changes, leaves, strict=True) if leaf in moved)
    spared = tuple(sorted({leaf for leaf in leaves if leaf not in moved}, key=format_path))
    if not back:
        return replace(_left_alone(decision), spared=spared)
    if any(change.replaces for change in back):
        return decision
    return replace(
        decision,
        action=Action.UPDATE,
        reason="changed outside",
        changes=back,
        want=without(decision.want or {}, spared),
        identity=decision.live.identity,
        removals=tuple(removal for removal in decision.removals if removal.path in moved),
        ignored=(*decision.ignored, *spared),
        refusals=tuple(r for r in decision.refusals if r.code == "guard.ownership"),
        spared=spared,
        made_anew=False,
    )


def _left_alone(decision: Decision) -> Decision:
    return replace(decision, action=None, reason="", changes=(), removals=(), refusals=())


def _refused(decision: Decision, limited: Mapping[Address, Decision]) -> Decision:
    """Refuse what would need an object that only a whole apply makes."""
    if decision.action is None or decision.resource is None:
        return decision
    waits = refs.awaited(decision.resource, decision.want or {})
    missing = [to for to in waits if to in limited and limited[to].action is None and limited[to].live is None]
    refusals = tuple(
        Diagnostic(
            "error",
            f"{decision.resource.address} needs {to}, which is not there, and --only-drift does not make it",
            "",
            "apply without --only-drift",
            decision.resource.address,
            decision.resource.source,
            "guard.selection",
        )
        for to in missing
    )
    return replace(decision, refusals=(*decision.refusals, *refusals)) if refusals else decision
