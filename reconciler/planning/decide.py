"""Decides what should happen to one resource or one owned object.

Takes the resource (references resolved), the live object that bears its identity and what we own; gives a `Decision`.
Pure: no I/O, no clock (today is an argument).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from reconciler import redact
from reconciler.model import (
    Action,
    Address,
    Body,
    Change,
    Diagnostic,
    Entry,
    Identity,
    Kind,
    Live,
    Path,
    Phase,
    Resource,
)
from reconciler.paths import format_path, parse_path, value_at
from reconciler.planning import match
from reconciler.planning.canonical import digest_leaf, field_at, leaves, spec_digest
from reconciler.planning.diff import Removal, compare, creation, leaf_of, without
from reconciler.planning.match import LiveIndex
from reconciler.planning.work import Decision, Secrets


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What every decision of a run shares."""

    salt: str
    today: str
    adopt: bool
    secrets: Mapping[Address, Secrets]
    held: Mapping[tuple[str, str, str], Entry]
    """(target, kind, live id) → the entry, without a manifest of its own, that holds this object."""


def decide(
    resource: Resource,
    want: Body,
    identity: Identity | None,
    live: LiveIndex,
    entry: Entry | None,
    circumstances: Circumstances,
) -> Decision:
    """Decide on a declared resource."""
    ours = match.owned(entry, live)
    bearers = match.claimed(identity, live)
    if ours is not None and identity is not None and ours.identity != identity:
        return _rename(resource, want, ours, entry, identity, bearers)
    if ours is None and len(bearers) > 1:
        return _refuse(resource, want, _ambiguous(resource, bearers))
    found = ours or (bearers[0] if bearers else None)
    if found is None:
        return _create(resource, want, entry, circumstances)
    holder = circumstances.held.get((resource.address.target, resource.kind.name, found.id)) if entry is None else None
    if holder is not None:
        entry = replace(holder, address=resource.address)
    is_ours = ours is not None or holder is not None or match.is_our_creation(entry, found, circumstances.salt)
    return _keep(resource, want, found, entry, circumstances, is_ours=is_ours, holder=holder)


def _create(resource: Resource, want: Body, entry: Entry | None, circumstances: Circumstances) -> Decision:
    secrets = circumstances.secrets.get(resource.address, Secrets())
    reason = "not there yet" if entry is None or entry.id is None else "was deleted outside"
    changes = creation(resource.kind, want, secrets.leaves)
    return Decision(Action.CREATE, reason, changes, resource, want, None, entry)


def _keep(
    resource: Resource,
    want: Body,
    live: Live,
    entry: Entry | None,
    circumstances: Circumstances,
    *,
    is_ours: bool,
    holder: Entry | None,
) -> Decision:
    """Decide on a resource whose object exists: nothing, adopt, update or replace."""
    ignored = _ignored(resource, circumstances.today)
    kind, managed = resource.kind, without(want, ignored)
    removals, complaints = _removals(resource, entry)
    blind, notes = _blind_changes(resource, managed, entry, circumstances)
    visible = without(managed, _invisible(resource, managed, circumstances))
    changes = tuple(sorted((*compare(kind, visible, live.body, removals), *blind), key=lambda change: change.path))
    decision = Decision(
        None, "", changes, resource, managed, live, entry, live.identity, removals, ignored, complaints, notes
    )
    if not is_ours and not _may_take(decision, circumstances):
        return replace(decision, refusals=(*complaints, _foreign(resource, live, changes)))
    if any(change.replaces for change in changes):
        named = ", ".join(change.path for change in changes if change.replaces)
        return replace(decision, action=Action.REPLACE, reason=f"{named} cannot be changed in place")
    if not is_ours and not changes:
        return replace(decision, action=Action.ADOPT, reason="exists and is equal")
    if changes:
        return replace(decision, action=Action.UPDATE, reason=_why(decision, circumstances, is_ours=is_ours))
    if holder is not None:
        return replace(decision, action=Action.ADOPT, reason=f"was {holder.address}")
    return decision


def _rename(
    resource: Resource, want: Body, ours: Live, entry: Entry | None, identity: Identity, bearers: tuple[Live, ...]
) -> Decision:
    """The identity of an owned object changes: it is another object, so this one is replaced."""
    names = [name for name, old, new in zip(resource.kind.identity, ours.identity, identity, strict=True) if old != new]
    changes = tuple(
        Change(name, old, new, replaces=True)
        for name, old, new in zip(resource.kind.identity, ours.identity, identity, strict=True)
        if old != new
    )
    refusals = (_taken(resource, bearers[0]),) if bearers else ()
    reason = f"{', '.join(names)} identifies the object and cannot be changed in place"
    return Decision(Action.REPLACE, reason, changes, resource, want, ours, entry, identity, refusals=refusals)


def _may_take(decision: Decision, circumstances: Circumstances) -> bool:
    """An unowned object is taken where it is equal, is a singleton, or a person said adopt."""
    singleton = decision.resource is not None and decision.resource.kind.singleton
    return circumstances.adopt or singleton or not decision.changes


def _why(decision: Decision, circumstances: Circumstances, *, is_ours: bool) -> str:
    if not is_ours:
        return "taken over"
    if any(change.after == redact.CHANGED and change.sensitive for change in decision.changes):
        return "a secret changed"
    if decision.entry is not None and decision.entry.phase is not Phase.SETTLED:
        return "the last write was cut short"
    if decision.resource is not None and decision.entry is not None:
        unchanged = decision.entry.digest == spec_digest(circumstances.salt, decision.resource.spec)
        return "changed outside" if unchanged else "manifest changed"
    return "differs"


# --- fields that are not compared, or not by value ----------------------------------------------


def _ignored(resource: Resource, today: str) -> tuple[Path, ...]:
    rules = resource.lifecycle.ignore
    return tuple(parse_path(rule.path) for rule in rules if rule.until is None or rule.until >= today)


def _invisible(resource: Resource, want: Body, circumstances: Circumstances) -> tuple[Path, ...]:
    """Leaves that cannot be compared by value: write-only ones, and those that hold secrets."""
    secrets = circumstances.secrets.get(resource.address, Secrets())
    write_only = [path for path, _, field in leaves(want, resource.kind.root) if field.write_only]
    return (*write_only, *secrets.leaves)


def _blind_changes(
    resource: Resource, want: Body, entry: Entry | None, circumstances: Circumstances
) -> tuple[tuple[Change, ...], tuple[Diagnostic, ...]]:
    """Compare write-only and secret leaves by digest with what was last applied."""
    applied = entry.applied if entry is not None else {}
    settled = entry is not None and entry.phase is Phase.SETTLED
    secrets = circumstances.secrets.get(resource.address, Secrets())
    changes: list[Change] = []
    notes: list[Diagnostic] = []
    for path in sorted(set(_invisible(resource, want, circumstances)), key=format_path):
        text, field, value = format_path(path), field_at(resource.kind.root, path), value_at(want, path)
        hidden = path in secrets.leaves or redact.is_sensitive(field)
        digest = (secrets.digests or {}).get(text) if hidden else digest_leaf(circumstances.salt, value, value, field)
        if digest is None:
            notes.append(_not_compared(resource, text))
        elif not settled or text not in applied:
            changes.append(Change(text, None, redact.UNKNOWN if hidden else value, sensitive=hidden))
        elif applied[text] != digest:
            before = redact.SENSITIVE if hidden else None
            after = redact.CHANGED if hidden else value
            changes.append(Change(text, before, after, field.immutable, hidden))
    return tuple(changes), tuple(notes)


# --- fields that the manifest no longer declares ------------------------------------------------


def _removals(resource: Resource, entry: Entry | None) -> tuple[tuple[Removal, ...], tuple[Diagnostic, ...]]:
    if entry is None or not entry.applied:
        return (), ()
    root = resource.kind.root
    declared = {path for path, _, _ in leaves(resource.spec, root)}
    declared |= {leaf_of(secret.path, root) for secret in resource.secrets}
    gone = [path for path in map(parse_path, sorted(entry.applied)) if not _is_covered(path, declared)]
    managed = [path for path in gone if not field_at(root, path).kept]
    removals = [removal for path in managed if (removal := going_back(resource.kind, path)) is not None]
    complaints = [_needs_value(resource, path) for path in managed if going_back(resource.kind, path) is None]
    return tuple(removals), tuple(complaints)


def _is_covered(path: Path, declared: set[Path]) -> bool:
    """Say whether a managed path, what holds it, or something in it is still declared."""
    if any(path[:depth] in declared for depth in range(1, len(path) + 1)):
        return True
    return any(other[: len(path)] == path for other in declared)


def going_back(kind: Kind, path: Path) -> Removal | None:
    """Say what an undeclared field goes back to; None where only a person can say."""
    field = field_at(kind.root, path)
    if field.has_default:
        return Removal(path, field.default, omitted=False)
    if any(field_at(kind.root, path[:depth]).atomic for depth in range(len(path))):
        return Removal(path, None, omitted=True)
    return Removal(path, None, omitted=False) if field.nullable else None


# --- what a person is told ----------------------------------------------------------------------


def _refuse(resource: Resource, want: Body, refusal: Diagnostic) -> Decision:
    return Decision(None, resource=resource, want=want, refusals=(refusal,))


def _ambiguous(resource: Resource, bearers: tuple[Live, ...]) -> Diagnostic:
    ids = ", ".join(sorted(live.id for live in bearers))
    return Diagnostic(
        "error",
        f"{len(bearers)} live objects bear the identity {'/'.join(bearers[0].identity)!r}",
        f"their ids: {ids}",
        "rename or delete all but one of them on the server",
        resource.address,
        resource.source,
        "guard.ownership",
    )


def _foreign(resource: Resource, live: Live, changes: tuple[Change, ...]) -> Diagnostic:
    paths = ", ".join(change.path for change in changes)
    return Diagnostic(
        "error",
        f"{resource.address} exists already, is not ours and differs",
        f"live id {live.id}; differs in {paths}",
        "make the manifest equal to it, or say --adopt to take it over and change it",
        resource.address,
        resource.source,
        "guard.ownership",
    )


def _taken(resource: Resource, live: Live) -> Diagnostic:
    return Diagnostic(
        "error",
        f"the identity {'/'.join(live.identity)!r} that {resource.address} should get is taken",
        f"live id {live.id}",
        "choose another identity, or delete the object that bears it",
        resource.address,
        resource.source,
        "guard.ownership",
    )


def _not_compared(resource: Resource, path: str) -> Diagnostic:
    return Diagnostic(
        "warning",
        f"{path} of {resource.address} {redact.NOT_COMPARED}",
        "the secret is not set in this process",
        "set it where a change of the secret should be seen; apply needs it if it sends this object",
        resource.address,
        resource.source,
        "secret.not-compared",
    )


def _needs_value(resource: Resource, path: Path) -> Diagnostic:
    return Diagnostic(
        "error",
        f"{format_path(path)} of {resource.address} was removed, and has no default to go back to",
        "",
        f"write the value that {format_path(path)} should have",
        resource.address,
        resource.source,
        "manifest.removed-without-default",
    )
