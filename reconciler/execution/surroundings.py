"""What an operation has around it: the graph, the decisions, the journal, and what is known by now.

Takes a decision and a run's surroundings, gives the values that every verb needs. Sends nothing and writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath

from reconciler.errors import ProviderError
from reconciler.execution.bind import fill_secrets
from reconciler.execution.settle import Work
from reconciler.inventory import Journal
from reconciler.model import (
    KNOWN_AFTER_APPLY,
    Address,
    Body,
    Change,
    Desired,
    Entry,
    Identity,
    Live,
    Observed,
    Ref,
    Resource,
    Status,
)
from reconciler.planning import match, refs, shared
from reconciler.planning.canonical import hidden_leaves
from reconciler.planning.plan import Built
from reconciler.planning.work import Decision, Facts, Secrets
from reconciler.providers.base import Provider

NOTHING_OBSERVED = Observed({})


@dataclass(slots=True)
class Surroundings:
    """What every operation of a run shares; `lives` grows as objects are written."""

    desired: Desired
    decisions: Mapping[Address, Decision]
    providers: Mapping[str, Provider]
    journal: Journal
    salt: str
    root: FilePath
    secrets: Mapping[Address, Secrets] = field(default_factory=dict)
    lives: dict[Address, Live] = field(default_factory=dict)
    observed: Observed = NOTHING_OBSERVED
    """What was live when the plan was made: an object may live in one that no manifest declares."""


@dataclass(frozen=True, slots=True)
class End:
    """How an operation ended; `live` is what the server holds now, if anything."""

    status: Status
    live: Live | None = None
    error: str = ""
    left: tuple[Change, ...] = ()


def surroundings_of(
    built: Built, facts: Facts, providers: Mapping[str, Provider], journal: Journal, root: FilePath
) -> Surroundings:
    """Give what every operation of a run has around it."""
    return Surroundings(
        facts.desired,
        built.decisions,
        providers,
        journal,
        facts.inventory.salt,
        root,
        facts.secrets,
        dict(built.lives),
        facts.observed,
    )


def want_of(resource: Resource, around: Surroundings) -> Body:
    """Give the spec with references resolved from what is live by now; secrets still stand as their sources."""

    def look_up(ref: Ref) -> object:
        upstream = around.desired.resources[ref.to]
        live = around.lives.get(ref.to)
        known = refs.live_value(ref, live) if live is not None else None
        return known if known is not None else refs.value_of(ref, upstream, live, None)

    want = refs.resolve(resource, look_up)
    unknown = [ref for ref in resource.refs if look_up(ref) == KNOWN_AFTER_APPLY]
    if unknown:
        raise Unbound(f"{resource.address} needs {unknown[0].to}, which is not there")
    return want


class Unbound(ProviderError):
    """What an operation refers to is not there."""


def with_secrets(resource: Resource, want: Body, around: Surroundings) -> Body:
    """Give the body with its secrets, for the request and nothing else."""
    return fill_secrets(resource, want, around.root)


def unreadable(resource: Resource, want: Body, work: Work, live: Live) -> tuple[tuple[str | int, ...], ...]:
    """Give the leaves that no read shows, or that hold secrets."""
    return (*hidden_leaves(want, resource.kind.root, live), *work.secrets.leaves)


def concerning(live: Live, want: Body, entry: Entry | None, around: Surroundings) -> Live:
    """Give what the server holds without what others have in sets that they share with us."""
    return shared.ours(live, want, entry.applied if entry is not None else shared.NOTHING_APPLIED, around.salt)


def work_of(decision: Decision, around: Surroundings) -> Work:
    """Give what an inventory entry is made from."""
    resource = resource_of(decision)
    known = around.secrets.get(resource.address, Secrets())
    needs = around.desired.needs.get(resource.address, ())
    return Work(resource, decision.entry, needs, around.salt, around.desired.commit, known, decision.spared)


def identity_of(resource: Resource, want: Body) -> Identity:
    """Give the natural key that the object will have."""
    return tuple(str(want.get(name)) for name in resource.kind.identity)


def parent_of(resource: Resource, want: Body, around: Surroundings) -> Live | None:
    """Give the live parent, None where the kind has none; raise `Unbound` where it is not there."""
    if resource.kind.parent is None:
        return None
    if resource.parent is not None:
        found = around.lives.get(resource.parent)
    else:
        there = around.observed.live.get((resource.address.target, resource.kind.parent), ())
        found = match.parent_of(identity_of(resource, want), there)
    if found is None:
        raise Unbound(f"the {resource.kind.parent} that {resource.address} lives in is not there")
    return found


def resource_of(decision: Decision) -> Resource:
    """Give the manifest behind a decision."""
    assert decision.resource is not None  # noqa: S101 - every verb but delete and forget has a manifest
    return decision.resource


def live_of(decision: Decision) -> Live:
    """Give the live object behind a decision."""
    assert decision.live is not None  # noqa: S101 - only create and forget have no live object
    return decision.live


def said(error: ProviderError) -> str:
    """Say what a server's refusal means, with the hint."""
    return f"{error.message} ({error.hint})" if error.hint else error.message
