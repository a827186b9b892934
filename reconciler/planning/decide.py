"""Decides what should happen to one resource or one owned object.

Takes the resource (references resolved), the live object that bears its identity and what we own; gives a `Decision`.
Pure: no I/O, no clock (today is an argument).
"""

from __future__ import annotations

from dataclasses import replace

from reconciler import redact
from reconciler.model import (
    Action,
    Body,
    Change,
    Diagnostic,
    Entry,
    Identity,
    Live,
    Path,
    Phase,
    Resource,
)
from reconciler.paths import format_path, parse_path, value_at
from reconciler.planning import complaints, match, renames, shared
from reconciler.planning.canonical import digest_leaf, field_at, hidden_leaves
from reconciler.planning.circumstances import Circumstances
from reconciler.planning.diff import compare, creation, without
from reconciler.planning.match import LiveIndex
from reconciler.planning.reasons import why
from reconciler.planning.removals import is_under, removed_fields, resets
from reconciler.planning.work import Decision, Secrets


def decide(
    resource: Resource,
    want: Body,
    identity: Identity | None,
    live: LiveIndex,
    entry: Entry | None,
    circumstances: Circumstances,
) -> Decision:
    """Decide on a declared resource."""
    entry, doubts = _found_again(resource, identity, live, entry, circumstances)
    decision = _decide(resource, want, identity, live, entry, circumstances)
    return replace(decision, warnings=(*decision.warnings, *doubts)) if doubts else decision


def _found_again(
    resource: Resource, identity: Identity | None, live: LiveIndex, entry: Entry | None, circumstances: Circumstances
) -> tuple[Entry | None, tuple[Diagnostic, ...]]:
    """Give the entry of a create that was cut short the id of what it made; warn where nobody can say what that is.

    The manifest may since have got another identity: what bears the old one would be forgotten.
    """
    if entry is None or entry.id is not None:
        return entry, ()
    left = [bearer for bearer in match.claimed(entry.identity, live) if not circumstances.is_leftover(bearer, resource)]
    if len(left) == 1 and match.is_our_creation(entry, left[0], circumstances.salt, whole=True):
        return replace(entry, id=left[0].id), ()
    return entry, (complaints.uncertain(entry),) if left and entry.identity != identity else ()


def _decide(
    resource: Resource,
    want: Body,
    identity: Identity | None,
    live: LiveIndex,
    entry: Entry | None,
    circumstances: Circumstances,
) -> Decision:
    known, was, ours = entry, None, match.owned(entry, live)
    if ours is None and resource.address in circumstances.renamed:
        was = circumstances.renamed[resource.address]
        known = replace(was, address=resource.address)
        ours = match.owned(known, live)
    bearers = tuple(
        bearer for bearer in match.claimed(identity, live) if not circumstances.is_leftover(bearer, resource)
    )
    before = ""
    if ours is not None and identity is not None and ours.identity != identity:
        if renames.is_rename(resource, ours.identity, identity):
            return _rename_in_place(resource, want, ours, known, circumstances, identity, bearers, was)
        if was is None:
            return _rename(resource, want, ours, known, circumstances, identity, bearers)
        before, ours = complaints.no_rename(resource, was, ours.identity, identity), None
    if ours is None and len(bearers) > 1:
        return _refuse(resource, want, complaints.ambiguous(resource, bearers))
    found = ours or (bearers[0] if bearers else None)
    if found is None:
        return _create(resource, want, entry, circumstances, before)
    other = circumstances.other_owner(found, resource) if ours is None else None
    if other is not None:
        return _refuse(resource, want, complaints.still_anothers(resource, found, other))
    holder = circumstances.holder(found, resource) if ours is None else was
    if holder is not None:
        entry = replace(holder, address=resource.address)
    is_ours = ours is not None or holder is not None or match.is_our_creation(entry, found, circumstances.salt)
    return _keep(resource, want, found, entry, circumstances, is_ours=is_ours, holder=holder)


def _create(
    resource: Resource, want: Body, entry: Entry | None, circumstances: Circumstances, before: str = ""
) -> Decision:
    secrets = circumstances.secrets.get(resource.address, Secrets())
    reason = before or ("not there yet" if entry is None or entry.id is None else "was deleted outside")
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
    decision = _compare(resource, want, live, entry, circumstances)
    changes = decision.changes
    replaces = [change.path for change in changes if change.replaces]
    if not is_ours and (replaces or not _may_take(decision, circumstances)):
        return replace(decision, refusals=(*decision.refusals, complaints.foreign(resource, live, changes, replaces)))
    if replaces:
        return replace(decision, action=Action.REPLACE, reason=f"{', '.join(replaces)} cannot be changed in place")
    if not is_ours and not changes:
        return replace(decision, action=Action.ADOPT, reason="exists and is equal")
    if changes:
        return replace(decision, action=Action.UPDATE, reason=why(decision, circumstances.salt, is_ours=is_ours))
    if holder is not None:
        return replace(decision, action=Action.ADOPT, reason=f"was {holder.address}")
    return decision


def _compare(resource: Resource, want: Body, live: Live, entry: Entry | None, circumstances: Circumstances) -> Decision:
    """Find every difference between what is wanted and one live object; the action is still open."""
    live = shared.ours(live, want, entry.applied if entry is not None else shared.NOTHING_APPLIED, circumstances.salt)
    ignored = _ignored(resource, circumstances.today)
    managed = without(want, ignored)
    removals, complaints = removed_fields(resource, entry, ignored)
    invisible = _invisible(resource, managed, circumstances, ignored, live)
    blind, notes = _blind_changes(resource, managed, live, entry, circumstances, invisible)
    secrets = circumstances.secrets.get(resource.address, Secrets())
    visible = without(managed, (*invisible, *secrets.leaves))
    changes = (*compare(resource.kind, visible, live.body, removals, live.unseen), *blind)
    return Decision(
        None,
        changes=tuple(sorted(changes, key=lambda change: change.path)),
        resource=resource,
        want=managed,
        live=live,
        entry=entry,
        identity=live.identity,
        removals=removals,
        ignored=ignored,
        refusals=complaints,
        warnings=notes,
    )


def _rename(
    resource: Resource,
    want: Body,
    ours: Live,
    entry: Entry | None,
    circumstances: Circumstances,
    identity: Identity,
    bearers: tuple[Live, ...],
) -> Decision:
    """The identity of an owned object changes: it is another object, so this one is replaced."""
    moved = [pair for pair in zip(resource.kind.identity, ours.identity, identity, strict=True) if pair[1] != pair[2]]
    names = [name for name, _, _ in moved]
    decision = _compare(resource, want, ours, entry, circumstances)
    others = [change for change in decision.changes if change.path not in names]
    is_taken = bool(bearers) and not resource.kind.singleton  # of a singleton there is one for every identity
    changes = [*(Change(name, old, new, replaces=True) for name, old, new in moved), *others]
    return replace(
        decision,
        action=Action.REPLACE,
        reason=f"{', '.join(names)} identifies the object and cannot be changed in place",
        changes=tuple(sorted(changes, key=lambda change: change.path)),
        want=want,
        identity=identity,
        removals=resets(entry, resource.kind) if entry is not None and resource.kind.singleton else decision.removals,
        refusals=(*decision.refusals, *((complaints.taken(resource, bearers[0]),) if is_taken else ())),
    )


def _rename_in_place(
    resource: Resource,
    want: Body,
    ours: Live,
    entry: Entry | None,
    circumstances: Circumstances,
    identity: Identity,
    bearers: tuple[Live, ...],
    was: Entry | None,
) -> Decision:
    """The identity of an owned object changes with its manifest's name, and the server can do that in place."""
    decision = _compare(resource, want, ours, entry, circumstances)
    names = renames.moved_fields(resource, ours.identity, identity)
    if any(change.replaces and change.path not in names for change in decision.changes):
        return _rename(resource, want, ours, entry, circumstances, identity, bearers)
    return replace(
        decision,
        action=Action.UPDATE,
        reason=f"was {was.address}" if was is not None else f"{', '.join(names)} renamed in place",
        changes=tuple(
            replace(change, replaces=change.replaces and change.path not in names) for change in decision.changes
        ),
        identity=identity,
        refusals=(*decision.refusals, *((complaints.taken(resource, bearers[0]),) if bearers else ())),
    )


def _may_take(decision: Decision, circumstances: Circumstances) -> bool:
    """An unowned object is taken where it is equal, is a singleton, or a person said adopt."""
    singleton = decision.resource is not None and decision.resource.kind.singleton
    return circumstances.adopt or singleton or not decision.changes


# --- fields that are not compared, or not by value ----------------------------------------------


def _ignored(resource: Resource, today: str) -> tuple[Path, ...]:
    rules = resource.lifecycle.ignore
    return tuple(parse_path(rule.path) for rule in rules if rule.until is None or rule.until >= today)


def _invisible(
    resource: Resource, want: Body, circumstances: Circumstances, ignored: tuple[Path, ...], live: Live
) -> tuple[Path, ...]:
    """Leaves that cannot be compared by value: those that no read shows, and those that hold secrets."""
    secrets = circumstances.secrets.get(resource.address, Secrets())
    hidden = hidden_leaves(want, resource.kind.root, live)
    compared = [path for path in secrets.leaves if not is_under(path, ignored)]
    return tuple(sorted({*hidden, *compared}, key=format_path))


def _blind_changes(
    resource: Resource,
    want: Body,
    live: Live,
    entry: Entry | None,
    circumstances: Circumstances,
    invisible: tuple[Path, ...],
) -> tuple[tuple[Change, ...], tuple[Diagnostic, ...]]:
    """Compare leaves that no read shows, or that hold secrets, by digest with what was last applied to this very id."""
    applied = entry.applied if entry is not None else {}
    settled = entry is not None and entry.phase is Phase.SETTLED and entry.id == live.id
    secrets = circumstances.secrets.get(resource.address, Secrets())
    changes: list[Change] = []
    notes: list[Diagnostic] = []
    for path in invisible:
        text, leaf, value = format_path(path), field_at(resource.kind.root, path), value_at(want, path)
        hidden = path in secrets.leaves or redact.is_sensitive(leaf)
        digest = (secrets.digests or {}).get(text) if hidden else digest_leaf(circumstances.salt, value, value, leaf)
        if digest is None:
            notes.append(complaints.not_compared(resource, text))
        elif not settled or text not in applied:
            changes.append(Change(text, None, redact.UNKNOWN if hidden else value, sensitive=hidden))
        elif applied[text] != digest:
            before = redact.SENSITIVE if hidden else None
            changes.append(Change(text, before, redact.CHANGED if hidden else value, leaf.immutable, hidden))
    return tuple(changes), tuple(notes)


def as_replace(decision: Decision, why: str) -> Decision:
    """Give the decision of an update that a server can do in no other way.

    What is not ours is not replaced, whatever was said about taking it over.
    """
    changes = tuple(replace(change, replaces=True) for change in decision.changes)
    if decision.entry is None and decision.resource is not None and decision.live is not None:
        refusal = complaints.foreign(decision.resource, decision.live, changes, [change.path for change in changes])
        return replace(decision, action=None, changes=changes, refusals=(*decision.refusals, refusal))
    return replace(decision, action=Action.REPLACE, reason=why, changes=changes)


def _refuse(resource: Resource, want: Body, refusal: Diagnostic) -> Decision:
    return Decision(None, resource=resource, want=want, refusals=(refusal,))
