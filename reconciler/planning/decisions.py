"""Decides on every address: what is declared, then what we own and nothing declares any more.

Takes everything that was loaded and read (`Facts`), gives a decision for each address that is not plainly as it should
be, and the live object of every declared one. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from reconciler.model import (
    KNOWN_AFTER_APPLY,
    Action,
    Address,
    Diagnostic,
    Entry,
    Identity,
    Json,
    Live,
    Phase,
    Ref,
    Resource,
)
from reconciler.planning import complaints, match, prune, refs, renames
from reconciler.planning.canonical import matches, spec_digest
from reconciler.planning.circumstances import Circumstances
from reconciler.planning.decide import as_replace, decide
from reconciler.planning.match import Indexes
from reconciler.planning.order import topological
from reconciler.planning.reverting import only_drift
from reconciler.planning.selection import selects
from reconciler.planning.work import Decision, Facts

NOTHING_REPLACED: Mapping[Address, str] = {}


@dataclass(frozen=True, slots=True)
class Decided:
    """What should happen, before the systems' own rules and the guards have seen it."""

    decisions: Mapping[Address, Decision]
    lives: Mapping[Address, Live]
    """The live object of every declared resource that has one."""


def decide_all(facts: Facts, replaces: Mapping[Address, str] = NOTHING_REPLACED) -> Decided:
    """Decide on every address; an address that is plainly as it should be has no decision.

    `replaces` are updates that a server can only do as a replace, and why: what refers to these follows.
    """
    indexes = {place: match.index(objects) for place, objects in facts.observed.live.items()}
    decisions, lives = _declared(facts, indexes, replaces)
    everything = decisions | prune.decide_all(facts, indexes, lives)
    return Decided(only_drift(facts, everything) if facts.request.only_drift else everything, lives)


def _declared(
    facts: Facts, indexes: Indexes, replaces: Mapping[Address, str]
) -> tuple[dict[Address, Decision], dict[Address, Live]]:
    decisions: dict[Address, Decision] = {}
    lives: dict[Address, Live] = {}
    skipped: set[Address] = set()
    circumstances = _circumstances(facts)
    resources, entries, salt = facts.desired.resources, facts.inventory.entries, facts.inventory.salt
    edges = {address: needs for address, needs in facts.desired.needs.items() if needs}
    for address in topological(resources, edges) if edges else resources:
        resource, entry = resources[address], entries.get(address)
        if address.target in facts.observed.failures:
            decisions[address] = Decision(None, resource=resource, entry=entry, blocked=True)
            continue
        live = indexes.get((address.target, address.kind), match.NOTHING)
        selected = selects(facts.request.selection, address, resource.labels)
        if not selected:
            skipped.add(address)
        quick = match.owned(entry, live) if not resource.refs and not resource.secrets else None
        if quick is not None and entry is not None and _is_settled(quick, entry, resource, salt):
            lives[address] = quick
            continue
        want = refs.resolve(resource, lambda ref: _look_up(ref, resources, decisions, lives))
        identity = refs.identity_of(resource, resources)
        decision = decide(resource, want, identity, live, entry, circumstances)
        if address in replaces:
            decision = as_replace(decision, replaces[address])
        decision = _with_its_holder(decision, resource, decisions)
        if decision.action is Action.CREATE and _is_homeless(resource, identity, indexes):
            decision = replace(decision, refusals=(*decision.refusals, complaints.homeless(resource, identity or ())))
        if not selected:
            decision = replace(decision, action=None, refusals=(), warnings=(), outside=True)
        elif decision.action is not None:
            missing = [need for need in facts.desired.needs.get(address, ()) if need in skipped and need not in lives]
            decision = replace(decision, refusals=(*decision.refusals, *(_not_selected(resource, m) for m in missing)))
        if any(need in decisions and decisions[need].blocked for need in facts.desired.needs.get(address, ())):
            decision = replace(decision, action=None, blocked=True)
        decisions[address] = decision
        if decision.live is not None:
            lives[address] = decision.live
    return decisions, lives


def _is_homeless(resource: Resource, identity: Identity | None, indexes: Indexes) -> bool:
    """Say whether a literal names an object to live in that is not live."""
    if resource.kind.parent is None or resource.parent is not None or identity is None:
        return False
    there = indexes.get((resource.address.target, resource.kind.parent), match.NOTHING).by_identity
    return not any(identity[:length] in there for length in range(1, len(identity)))


def _with_its_holder(decision: Decision, resource: Resource, decisions: Mapping[Address, Decision]) -> Decision:
    """What is identified by another object is gone when that one is replaced, and has to be made anew after it."""
    holders = [ref.to for ref in resource.refs if ref.path[0] in resource.kind.identity]
    replaced = [to for to in holders if to in decisions and decisions[to].action is Action.REPLACE]
    if not replaced or decision.live is None or decision.refusals:
        return decision
    reason = f"{', '.join(f'{to.kind}/{to.name}' for to in replaced)} is replaced, and takes it along"
    return replace(decision, action=Action.REPLACE, reason=reason, made_anew=True)


def _not_selected(resource: Resource, need: Address) -> Diagnostic:
    return Diagnostic(
        "error",
        f"{resource.address} needs {need}, which is not there and outside the selection",
        "",
        "select it too",
        resource.address,
        resource.source,
        "guard.selection",
    )


def _is_settled(live: Live, entry: Entry, resource: Resource, salt: str) -> bool:
    """The quick yes for what nobody touched: same manifest as applied, same object as declared."""
    return (
        entry.phase is Phase.SETTLED
        and entry.id == live.id
        and entry.digest == spec_digest(salt, resource.spec)
        and entry.protect == resource.lifecycle.protect
        and entry.on_remove == resource.lifecycle.on_remove
        and not resource.depends_on
        and matches(resource.spec, live.body, resource.kind.root)
    )


def _look_up(
    ref: Ref,
    resources: Mapping[Address, Resource],
    decisions: Mapping[Address, Decision],
    lives: Mapping[Address, Live],
) -> Json:
    upstream = resources.get(ref.to)
    if upstream is None:
        return KNOWN_AFTER_APPLY
    decision = decisions.get(ref.to)
    return refs.value_of(ref, upstream, lives.get(ref.to), decision.action if decision else None)


def _circumstances(facts: Facts) -> Circumstances:
    leaving = facts.desired.leaving
    leftovers = [
        address
        for address in facts.inventory.entries
        if address not in facts.desired.resources and (leaving is None or address in leaving or "~" in address.name)
    ]
    # Of two that hold one object, what a replace has still to delete counts.
    entries = [facts.inventory.entries[address] for address in sorted(leftovers, key=lambda a: ("~" in a.name, a))]
    held = {(e.address.target, e.address.kind, e.id): e for e in entries if e.id is not None}
    declared = [entry for address, entry in facts.inventory.entries.items() if address in facts.desired.resources]
    begun = {(e.address.target, e.address.kind, e.identity): e for e in entries if e.id is None}
    return Circumstances(
        facts.inventory.salt,
        facts.today,
        facts.request.consent.adopt,
        facts.secrets,
        held,
        begun,
        {(e.address.target, e.address.kind, e.id): e for e in declared if e.id is not None},
        renames.renamed(facts),
    )
