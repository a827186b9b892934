"""Builds the plan: orders the operations, asks the guards, seals.

Takes everything that was loaded and read (`Facts`), the decisions and what the systems' own rules say of them; gives a
`Plan` for people and files, and the decisions behind it for apply. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler.errors import Cycle
from reconciler.model import (
    Action,
    Address,
    Desired,
    Diagnostic,
    DriftItem,
    Identity,
    Live,
    Operation,
    Plan,
    Resource,
    Review,
)
from reconciler.planning import guards, refs, seal
from reconciler.planning.decisions import Decided
from reconciler.planning.drift import drifted
from reconciler.planning.order import operation_needs
from reconciler.planning.selection import EVERYTHING, idle, selects
from reconciler.planning.work import Decision, Facts, Secrets

NO_REVIEW = Review()


@dataclass(frozen=True, slots=True)
class Built:
    """A plan, and what apply needs beside it; both hold the same addresses."""

    plan: Plan
    decisions: Mapping[Address, Decision]
    lives: Mapping[Address, Live]
    """The live object of every declared resource that has one."""


def build(facts: Facts, decided: Decided, review: Review = NO_REVIEW) -> Built:
    """Make the plan; refusals and unreadable targets are diagnostics in it, never exceptions."""
    decisions, lives = decided.decisions, decided.lives
    actions = {address: d.action for address, d in sorted(decisions.items()) if d.action is not None}
    needs, contradiction = _needs(facts, decisions, actions, review)
    operations = tuple(seal.operation(address, decisions[address], needs[address], facts) for address in actions)
    plan = Plan(
        operations=operations,
        unchanged=len(_unchanged(facts, decisions, lives)),
        drift=tuple(_drift(facts, decisions)),
        diagnostics=(*_diagnostics(facts, operations, decisions, review), *contradiction),
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
        rollback=facts.request.rollback,
        only_drift=facts.request.only_drift,
        unmanaged=_unmanaged(facts, lives) if facts.request.show_unmanaged else (),
    )
    return Built(replace(plan, fingerprint=seal.fingerprint(plan)), decisions, lives)


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
    moving = {
        a for a, d in decisions.items() if d.action is not None or d.blocked or d.outside or d.refusals or d.spared
    }
    return tuple(address for address in selected if address not in moving)


def _drift(facts: Facts, decisions: Mapping[Address, Decision]) -> Iterator[DriftItem]:
    for address, decision in sorted(decisions.items()):
        if decision.outside:
            continue
        kind = decision.resource.kind if decision.resource else decision.live.kind if decision.live else None
        if kind is not None and not (decision.resource is None and decision.live is None):
            secrets = facts.secrets.get(address, Secrets())
            yield from drifted(address, decision, kind, secrets, facts.inventory.salt)


def _needs(
    facts: Facts, decisions: Mapping[Address, Decision], actions: Mapping[Address, Action], review: Review
) -> tuple[Mapping[Address, tuple[Address, ...]], tuple[Diagnostic, ...]]:
    """Give each operation's needs; a refusal where a system's own rules contradict the references, or each other."""
    owners = {address: d.owner for address, d in decisions.items() if d.owner is not None}
    entries = facts.inventory.entries
    try:
        return operation_needs(actions, facts.desired, entries, owners, review.needs), ()
    except Cycle as error:
        hint = "apply one of them first: `--exclude` leaves the others for a second run"
        refusal = Diagnostic("error", error.message, "the system takes them in no order", hint, code="guard.order")
        return operation_needs(actions, facts.desired, entries, owners), (refusal,)


def _diagnostics(
    facts: Facts, operations: tuple[Operation, ...], decisions: Mapping[Address, Decision], review: Review
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
    doubts = (*_same_identities(facts.desired), *facts.desired.diagnostics, *review.diagnostics, *warnings)
    return (*failures, *refused, *complaints, *doubts, *_idle(facts))


def _idle(facts: Facts) -> Iterator[Diagnostic]:
    """Say which options select nothing: a slip of the pen there would pass for a plan with nothing to do."""
    known = (*facts.desired.resources, *facts.inventory.entries)
    for option in idle(facts.request.selection, known):
        hint = "`reconciler graph` shows what is declared, `reconciler inventory list` what is ours"
        yield Diagnostic("warning", f"{option} fits nothing", "", hint, code="selection.idle")


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
