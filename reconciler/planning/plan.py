"""Builds the plan: decides on every address, orders the operations, asks the guards.

Takes everything that was loaded and read (`Facts`), gives a `Plan` for people and files, and the decisions behind it
for apply. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler.model import (
    KNOWN_AFTER_APPLY,
    Address,
    Desired,
    Diagnostic,
    DriftItem,
    Entry,
    Identity,
    Json,
    Live,
    Operation,
    Phase,
    Plan,
    Ref,
    Resource,
)
from reconciler.planning import guards, match, prune, refs, seal
from reconciler.planning.canonical import matches, spec_digest
from reconciler.planning.decide import Circumstances, decide
from reconciler.planning.drift import drifted
from reconciler.planning.match import Indexes
from reconciler.planning.order import all_edges, operation_needs, topological
from reconciler.planning.selection import EVERYTHING, selects
from reconciler.planning.work import Decision, Facts, Secrets


@dataclass(frozen=True, slots=True)
class Built:
    """A plan, and what apply needs beside it; both hold the same addresses."""

    plan: Plan
    decisions: Mapping[Address, Decision]
    lives: Mapping[Address, Live]
    """The live object of every declared resource that has one."""


def build(facts: Facts) -> Built:
    """Make the plan; refusals and unreadable targets are diagnostics in it, never exceptions."""
    indexes = {place: match.index(objects) for place, objects in facts.observed.live.items()}
    decisions, lives = _decide_all(facts, indexes)
    decisions |= prune.decide_all(facts, indexes, lives)
    actions = {address: d.action for address, d in sorted(decisions.items()) if d.action is not None}
    owners = {address: d.owner for address, d in decisions.items() if d.owner is not None}
    needs = operation_needs(actions, facts.desired, facts.inventory.entries, facts.extra_needs, owners)
    operations = tuple(seal.operation(address, decisions[address], needs[address], facts) for address in actions)
    plan = Plan(
        operations=operations,
        unchanged=len(_unchanged(facts, decisions, lives)),
        drift=tuple(_drift(facts, decisions)),
        diagnostics=_diagnostics(facts, operations, decisions),
        complete=not facts.observed.failures,
        inventory_id=facts.inventory.id if facts.inventory.serial else "",
        inventory_serial=facts.inventory.serial,
        manifests_digest=facts.desired.digest,
        commit=facts.desired.commit,
        accounts={
            name: f"{facts.targets[name].url} {account.id}" for name, account in sorted(facts.observed.accounts.items())
        },
        selection=facts.request.selection,
        consent=facts.request.consent,
        destroy=facts.request.destroy,
        unmanaged=_unmanaged(facts, lives) if facts.request.show_unmanaged else (),
    )
    return Built(replace(plan, fingerprint=seal.fingerprint(plan)), decisions, lives)


def _decide_all(facts: Facts, indexes: Indexes) -> tuple[dict[Address, Decision], dict[Address, Live]]:
    decisions: dict[Address, Decision] = {}
    lives: dict[Address, Live] = {}
    skipped: set[Address] = set()
    circumstances = _circumstances(facts)
    resources, entries, salt = facts.desired.resources, facts.inventory.entries, facts.inventory.salt
    edges = all_edges(facts.desired, facts.extra_needs)
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


def _same_identities(desired: Desired) -> Iterator[Diagnostic]:
    """Find resources of one identity where references are part of it; literals were compared before any network."""
    first: dict[tuple[str, str, Identity], Resource] = {}
    for resource in desired.resources.values():
        if not any(resource.kind.root.properties[name].ref for name in resource.kind.identity):
            continue
        identity = refs.identity_of(resource, desired.resources)
        if identity is None:
            continue
        other = first.setdefault((resource.address.target, resource.kind.name, identity), resource)
        if other is not resource:
            yield Diagnostic(
                "error",
                f"{resource.address} and {other.address} are one object: both are {'/'.join(identity)!r}",
                f"the other stands at {other.source}",
                "remove one of them",
                resource.address,
                resource.source,
                "manifest.duplicate",
            )


def _unchanged(
    facts: Facts, decisions: Mapping[Address, Decision], lives: Mapping[Address, Live]
) -> tuple[Address, ...]:
    """Give what is selected, was compared and is as declared."""
    if facts.request.selection == EVERYTHING:
        selected = tuple(lives)
    else:
        labels = {address: facts.desired.resources[address].labels for address in lives}
        selected = tuple(a for a in lives if selects(facts.request.selection, a, labels[a]))
    moving = {a for a, d in decisions.items() if d.action is not None or d.blocked or d.outside or d.refusals}
    return tuple(address for address in selected if address not in moving)


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
    leftovers = [address for address in facts.inventory.entries if address not in facts.desired.resources]
    # Of two that hold one object, what a replace has still to delete counts.
    entries = [facts.inventory.entries[address] for address in sorted(leftovers, key=lambda a: ("~" in a.name, a))]
    held = {(e.address.target, e.address.kind, e.id): e for e in entries if e.id is not None}
    begun = {(e.address.target, e.address.kind, e.identity): e for e in entries if e.id is None}
    return Circumstances(facts.inventory.salt, facts.today, facts.request.consent.adopt, facts.secrets, held, begun)


def _drift(facts: Facts, decisions: Mapping[Address, Decision]) -> Iterator[DriftItem]:
    for address, decision in sorted(decisions.items()):
        if decision.outside:
            continue
        kind = decision.resource.kind if decision.resource else decision.live.kind if decision.live else None
        if kind is not None and not (decision.resource is None and decision.live is None):
            secrets = facts.secrets.get(address, Secrets())
            yield from drifted(address, decision, kind, secrets, facts.inventory.salt)


def _diagnostics(
    facts: Facts, operations: tuple[Operation, ...], decisions: Mapping[Address, Decision]
) -> tuple[Diagnostic, ...]:
    refused = guards.refusals(
        guards.Proposal(
            operations,
            decisions,
            facts.desired,
            facts.inventory,
            facts.limits,
            facts.request.consent,
            facts.request.destroy,
            facts.observed.accounts,
            {name: target.account for name, target in facts.targets.items() if target.account is not None},
        )
    )
    warnings = [warning for _, decision in sorted(decisions.items()) for warning in decision.warnings]
    complaints = [c for _, d in sorted(decisions.items()) for c in d.refusals if not c.code.startswith("guard.")]
    failures = [failure for _, failure in sorted(facts.observed.failures.items())]
    return (*failures, *refused, *complaints, *_same_identities(facts.desired), *facts.desired.diagnostics, *warnings)


def _unmanaged(facts: Facts, lives: Mapping[Address, Live]) -> tuple[Address, ...]:
    known = {(address.target, address.kind, live.id) for address, live in lives.items()}
    known |= {(a.target, a.kind, e.id) for a, e in facts.inventory.entries.items() if e.id is not None}
    return tuple(
        sorted(
            Address(target, kind, "/".join(live.identity) or live.id)
            for (target, kind), objects in facts.observed.live.items()
            for live in objects
            if (target, kind, live.id) not in known and not live.kind.singleton
        )
    )
