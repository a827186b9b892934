"""Looks at what a server holds after a write, and remembers that.

Takes an operation and what came back, or the error that came instead; gives how it ended. Reads and journals; never
writes to a server, so a lost answer is never met by a second request.
"""

from __future__ import annotations

from dataclasses import replace

from reconciler.errors import InventoryError, ProviderError
from reconciler.execution.settle import settled
from reconciler.execution.surroundings import (
    End,
    Surroundings,
    concerning,
    live_of,
    parent_of,
    resource_of,
    said,
    unreadable,
    want_of,
    work_of,
)
from reconciler.model import (
    Address,
    Body,
    Entry,
    Identity,
    Live,
    Resource,
    Status,
)
from reconciler.paths import parse_path
from reconciler.planning import match
from reconciler.planning.canonical import field_at, is_hidden
from reconciler.planning.diff import Removal, compare, without
from reconciler.planning.work import Decision
from reconciler.providers.base import Provider

KEPT = "the server accepted the delete, and still has the object"


async def settle(
    address: Address,
    decision: Decision,
    want: Body,
    live: Live,
    around: Surroundings,
    intent: Entry | None = None,
    removals: tuple[Removal, ...] = (),
) -> End:
    """Compare what the server holds with what was meant, and remember the former."""
    resource, work = resource_of(decision), work_of(decision, around)
    live = concerning(live, want, decision.entry, around)
    root = resource.kind.root
    known = tuple(removal for removal in removals if not field_at(root, removal.path).inherits)
    readable = tuple(r for r in known if not is_hidden(r.path, field_at(root, r.path), live))
    undone = tuple(removal for removal in readable if compare(resource.kind, {}, live.body, (removal,)))
    left = compare(resource.kind, without(want, unreadable(resource, want, work, live)), live.body, undone)
    around.lives[address] = live
    try:
        await around.journal.record(address, settled(work, want, live, intent, undone))
    except InventoryError as error:  # it was sent, and the next run will find it by what was meant
        return End(Status.UNKNOWN, live, f"it was sent, and could not be recorded: {error.message}", left)
    return End(Status.DIVERGED if left else Status.DONE, live, "", left)


async def read_back_creation(
    address: Address,
    decision: Decision,
    want: Body,
    intent: Entry,
    around: Surroundings,
    error: ProviderError,
) -> End:
    """A create whose answer was lost: what bears its identity and contradicts nothing is ours."""
    resource = resource_of(decision)
    try:
        parent = parent_of(resource, want, around)
        found = await _bearers(around.providers[address.target], resource, intent.identity, parent)
    except ProviderError:
        return End(Status.UNKNOWN, None, said(error))
    ours = [live for live in found if match.is_our_creation(intent, live, around.salt)]
    if len(ours) != 1:
        return End(Status.UNKNOWN, None, said(error))
    return await settle(address, decision, want, ours[0], around, intent)


async def read_back_update(
    address: Address, decision: Decision, want: Body, around: Surroundings, error: ProviderError
) -> End:
    """An update whose answer was lost: it is done if the server now holds what was meant, and all of it can be seen."""
    resource, work = resource_of(decision), work_of(decision, around)
    blind = unreadable(resource, want, work, live_of(decision))
    if {parse_path(change.path) for change in decision.changes} & set(blind):
        return End(Status.UNKNOWN, decision.live, said(error))
    try:
        sought = live_of(decision)
        live = await find(
            around.providers[address.target], replace(sought, identity=decision.identity or sought.identity)
        )
    except ProviderError:
        live = None
    live = concerning(live, want, decision.entry, around) if live is not None else None
    if live is None or compare(resource.kind, without(want, blind), live.body, decision.removals):
        return End(Status.UNKNOWN, live, said(error))
    return await settle(address, decision, want, live, around, removals=decision.removals)


async def find(provider: Provider, live: Live) -> Live | None:
    """Read one object again; raise `ProviderError` where that cannot be done."""
    async for found in provider.fetch(live.kind, live.parent, {live.identity: frozenset(live.body)}):
        if found.id == live.id and found.identity == live.identity:
            return found
    return None


async def _bearers(provider: Provider, resource: Resource, identity: Identity, parent: Live | None) -> list[Live]:
    wanted = {identity: frozenset(resource.spec)}
    stream = provider.fetch(resource.kind, parent, wanted)
    return [live async for live in stream if live.identity == identity]


async def require_gone(address: Address, old: Live, around: Surroundings) -> End:
    """Read once more: accepted is not gone."""
    try:
        found = await find(around.providers[address.target], old)
    except ProviderError as error:
        return End(Status.UNKNOWN, old, said(error))
    return End(Status.DONE) if found is None else End(Status.UNKNOWN, old, KEPT)


def refreshed(decision: Decision, around: Surroundings) -> Entry | None:
    """Give the new entry of an unchanged object whose entry is out of date, as after an edit that came true by hand."""
    if decision.action is not None or decision.blocked or decision.outside or decision.refusals:
        return None
    if decision.entry is None or decision.resource is None or decision.live is None:
        return None
    entry = settled(work_of(decision, around), want_of(decision.resource, around), decision.live)
    kept = replace(entry, commit=decision.entry.commit)
    return kept if kept != decision.entry else None
