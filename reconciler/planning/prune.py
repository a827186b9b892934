"""Decides what happens to what we own and no manifest declares any more.

Takes the inventory, what is desired and live; gives a decision per leftover entry: delete, forget, or nothing where its
target could not be read. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler import redact
from reconciler.model import Action, Address, Change, Entry, Kind, Live
from reconciler.paths import format_path, parse_path, value_at
from reconciler.planning import match
from reconciler.planning.canonical import field_at
from reconciler.planning.decide import going_back
from reconciler.planning.diff import Removal, display
from reconciler.planning.match import Indexes, LiveIndex
from reconciler.planning.selection import selects
from reconciler.planning.work import Decision, Facts


def decide_all(facts: Facts, indexes: Indexes, lives: Mapping[Address, Live]) -> dict[Address, Decision]:
    """Decide on every entry without a manifest; `lives` are the objects that manifests claim."""
    leftovers = [address for address in facts.inventory.entries if address not in facts.desired.resources]
    if not leftovers:
        return {}
    claimed = {(address.target, address.kind, live.id): address for address, live in lives.items()}
    found: dict[Address, Decision] = {}
    for address in sorted(leftovers):
        entry = facts.inventory.entries[address]
        if address.target in facts.observed.failures:
            found[address] = Decision(None, entry=entry, blocked=True)
        elif selects(facts.request.selection, address, None):
            kind = facts.kind_of(entry.system, address.kind)
            index = indexes.get((address.target, address.kind), match.NOTHING)
            owner = claimed.get((address.target, address.kind, entry.id or ""))
            found[address] = _decide(entry, kind, index, owner, facts.inventory.salt)
    return found


def _decide(entry: Entry, kind: Kind, index: LiveIndex, owner: Address | None, salt: str) -> Decision:
    live = match.owned(entry, index) or _left_behind(entry, index, salt)
    if owner is not None:
        return Decision(Action.FORGET, f"is {owner} now", entry=entry)
    if live is None:
        return Decision(Action.FORGET, "is gone already", entry=entry)
    if entry.on_remove == "orphan":
        return Decision(Action.FORGET, "no longer in the manifests; onRemove: orphan leaves it running", entry=entry)
    if kind.singleton:
        removals = tuple(_resets(entry, kind))
        changes = tuple(_reset_change(kind, live, removal) for removal in removals)
        return Decision(
            Action.DELETE,
            "no longer in the manifests; what we set is unset",
            changes,
            None,
            {},
            live,
            entry,
            removals=removals,
        )
    return Decision(Action.DELETE, "no longer in the manifests", live=live, entry=entry)


def _left_behind(entry: Entry, index: LiveIndex, salt: str) -> Live | None:
    """Find what a create of ours, cut short, has made."""
    bearers = match.claimed(entry.identity, index)
    return bearers[0] if len(bearers) == 1 and match.is_our_creation(entry, bearers[0], salt) else None


def _resets(entry: Entry, kind: Kind) -> list[Removal]:
    backs = (going_back(kind, parse_path(text)) for text in sorted(entry.applied))
    return [back for back in backs if back is not None]


def _reset_change(kind: Kind, live: Live, removal: Removal) -> Change:
    field = field_at(kind.root, removal.path)
    before = display(value_at(live.body, removal.path), None, field)
    return Change(format_path(removal.path), redact.shown(field, before), removal.value, removed=True)
