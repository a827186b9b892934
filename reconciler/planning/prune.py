"""Decides what happens to what we own and no manifest declares any more.

Takes the inventory, what is desired and live; gives a decision per leftover entry: delete, forget, or nothing where its
target could not be read. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler import redact
from reconciler.model import Action, Address, Change, Entry, Kind, Live
from reconciler.paths import format_path, value_at
from reconciler.planning import complaints, match, renames, shared
from reconciler.planning.canonical import field_at
from reconciler.planning.diff import Removal, display
from reconciler.planning.match import Indexes, LiveIndex
from reconciler.planning.removals import resets
from reconciler.planning.selection import selects
from reconciler.planning.work import Decision, Facts


def decide_all(facts: Facts, indexes: Indexes, lives: Mapping[Address, Live]) -> dict[Address, Decision]:
    """Decide on every entry without a manifest; `lives` are the objects that manifests claim."""
    leaving = facts.desired.leaving
    leftovers = [
        address
        for address in facts.inventory.entries
        if address not in facts.desired.resources and (leaving is None or address in leaving)
    ]
    if not leftovers:
        return {}
    claimed = {(address.target, address.kind, live.id): address for address, live in lives.items()}
    unreadable = frozenset(facts.observed.failures)
    used = {
        need for entry in facts.inventory.entries.values() if entry.address.target in unreadable for need in entry.needs
    }
    held = frozenset((a.target, a.kind, e.id) for a, e in facts.inventory.entries.items() if e.id is not None)
    names = {was.address: address for address, was in renames.renamed(facts).items()}
    found: dict[Address, Decision] = {}
    for address in sorted(leftovers):
        entry = facts.inventory.entries[address]
        if address.target in unreadable or address in used:
            found[address] = Decision(None, entry=entry, blocked=True)
        elif selects(facts.request.selection, address, None):
            kind = facts.kind_of(entry.system, address.kind)
            index = indexes.get((address.target, address.kind), match.NOTHING)
            reason = "destroy" if facts.request.destroy else "no longer in the manifests"
            if address in names:
                reason = f"is {names[address]} now, and cannot be renamed"
            if leaving is not None:
                reason, entry = leaving[address].reason, replace(entry, on_remove=leaving[address].on_remove)
            found[address] = _decide(entry, kind, index, claimed, held, facts.inventory.salt, reason)
    return found


def _decide(
    entry: Entry,
    kind: Kind,
    index: LiveIndex,
    claimed: Mapping[tuple[str, str, str], Address],
    held: frozenset[tuple[str, str, str]],
    salt: str,
    reason: str,
) -> Decision:
    """Decide on one entry; an object that another entry holds by its id is not this one's, whatever its identity."""
    place = (entry.address.target, entry.address.kind)
    has_lost_id = kind.renumbered and entry.id is not None and entry.id not in index.by_id
    found = match.claimed(entry.identity, index) if entry.id is None or has_lost_id else ()
    bearers = [live for live in found if (*place, live.id) not in held]
    live = bearers[0] if len(bearers) == 1 else None if has_lost_id else match.owned(entry, index)
    owner = claimed.get((*place, live.id if live is not None else entry.id or ""))
    if owner is not None:
        return Decision(Action.FORGET, f"is {owner} now", entry=entry, owner=owner)
    if len(bearers) > 1 or (
        entry.id is None and live is not None and not match.is_our_creation(entry, live, salt, whole=True)
    ):
        doubt = complaints.lost(entry, bearers) if has_lost_id else complaints.uncertain(entry)
        return Decision(None, entry=entry, warnings=(doubt,))
    if live is None:
        return Decision(Action.FORGET, "is gone already", entry=entry)
    if entry.on_remove == "orphan":
        return Decision(Action.FORGET, f"{reason}; onRemove: orphan leaves it running", entry=entry)
    if kind.singleton:
        return _unset(entry, kind, shared.ours(live, {}, entry.applied, salt), reason)
    return Decision(Action.DELETE, reason, live=live, entry=entry)


def _unset(entry: Entry, kind: Kind, live: Live, reason: str) -> Decision:
    """A singleton is never deleted: what we set in it goes back, and where nothing can, it stays as it is."""
    removals = resets(entry, kind)
    if not removals:
        return Decision(Action.FORGET, f"{reason}; it stays, nothing of it can be unset", entry=entry)
    changes = tuple(_reset_change(kind, live, removal) for removal in removals)
    told = f"{reason}; what we set is unset"
    return Decision(Action.DELETE, told, changes, None, {}, live, entry, removals=removals)


def _reset_change(kind: Kind, live: Live, removal: Removal) -> Change:
    field = field_at(kind.root, removal.path)
    before = display(value_at(live.body, removal.path), None, field)
    return Change(format_path(removal.path), redact.shown(field, before), removal.value, removed=True)
