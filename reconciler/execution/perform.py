"""Carries out one operation: journal, write, compare, settle.

Takes an operation and the run's surroundings, gives how it ended; never raises for what a server does, and never
leaves a write unjournaled.

    journal(pending) ──▶ bind ──▶ provider verb ──▶ compare with what it returned ──▶ journal(settled)
                                        └─ outcome unknown ──▶ read by identity ──▶ settled, or unknown
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath

from reconciler.errors import Ambiguous, Incomplete, Malformed, NotFound, ProviderError, Unavailable
from reconciler.execution.bind import fill_secrets, update_body
from reconciler.execution.settle import Work, pending, settled
from reconciler.inventory import Journal
from reconciler.model import (
    KNOWN_AFTER_APPLY,
    Action,
    Address,
    Body,
    Change,
    Desired,
    Entry,
    Identity,
    Live,
    Operation,
    Phase,
    Ref,
    ReplaceOrder,
    Resource,
    Status,
)
from reconciler.paths import parse_path
from reconciler.planning import match, refs
from reconciler.planning.canonical import field_at, leaves
from reconciler.planning.diff import Removal, compare, without
from reconciler.planning.work import Decision, Secrets
from reconciler.providers.base import Provider


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


@dataclass(frozen=True, slots=True)
class End:
    """How an operation ended; `live` is what the server holds now, if anything."""

    status: Status
    live: Live | None = None
    error: str = ""
    left: tuple[Change, ...] = ()


KEPT = "the server accepted the delete, and still has the object"


async def perform(operation: Operation, around: Surroundings) -> End:
    """Carry out one operation to its end."""
    decision = around.decisions[operation.address]
    return await _VERBS[operation.action](operation.address, decision, around)


# --- the verbs ----------------------------------------------------------------------------------


async def _create(address: Address, decision: Decision, around: Surroundings) -> End:
    resource = _resource(decision)
    want = _want(resource, around)
    identity = _identity(resource, want)
    work = _work(decision, around)
    intent = pending(work, want, live=None, identity=identity)
    await around.journal.record(address, intent)
    provider, parent = around.providers[address.target], _parent(resource, around)
    try:
        live = await provider.create(resource.kind, _send(resource, want, around), parent)
    except Ambiguous as error:
        return await _read_back_creation(address, decision, want, intent, around, error)
    except Incomplete as error:
        await around.journal.record(address, pending(work, want, live=error.live, identity=error.live.identity))
        return End(Status.FAILED, error.live, _said(error))
    except (Unavailable, Malformed) as error:  # whether it was stored is not said
        return await _read_back_creation(address, decision, want, intent, around, error)
    except ProviderError as error:
        await around.journal.record(address, decision.entry)
        return End(Status.FAILED, None, _said(error))
    return await _settle(address, decision, want, live, around, intent)


async def _update(address: Address, decision: Decision, around: Surroundings) -> End:
    resource, live = _resource(decision), _live(decision)
    full = _want(resource, around)
    want = without(full, decision.ignored)
    work = _work(decision, around)
    await around.journal.record(address, pending(work, full, live=live, identity=live.identity))
    provider = around.providers[address.target]
    body = update_body(resource.kind.root, live.body, _send(resource, want, around), decision.removals)
    try:
        written = await provider.update(live, body, decision.changes)
    except (Ambiguous, Unavailable, Malformed) as error:
        return await _read_back_update(address, decision, want, around, error)
    except Incomplete as error:
        return End(Status.FAILED, error.live, _said(error))
    except ProviderError as error:
        await around.journal.record(address, decision.entry)
        return End(Status.FAILED, live, _said(error))
    return await _settle(address, decision, want, written, around, removals=decision.removals)


async def _replace(address: Address, decision: Decision, around: Surroundings) -> End:
    """Delete and create, in the kind's order; the old object keeps an entry of its own until it is gone."""
    old, kind = _live(decision), _resource(decision).kind
    if kind.replace is ReplaceOrder.DELETE_FIRST:
        gone = await _delete(address, decision, around)
        if gone.status is Status.DONE:
            gone = await _require_gone(address, old, around)
        return gone if gone.status is not Status.DONE else await _create(address, replace(decision, entry=None), around)
    leftover = Address(address.target, address.kind, f"{address.name}~{old.id}")
    if decision.entry is not None:
        await around.journal.record(leftover, replace(decision.entry, address=leftover, protect=False))
    made = await _create(address, decision, around)
    if made.status is Status.FAILED and made.live is None:
        await around.journal.record(leftover, None)
    if made.status not in (Status.DONE, Status.DIVERGED):
        return made
    gone = await _delete(leftover, decision, around)
    if gone.status is Status.DONE:
        gone = await _require_gone(address, old, around)
    if gone.status is not Status.DONE:
        return replace(gone, live=made.live)
    await around.journal.record(leftover, None)
    return made


async def _require_gone(address: Address, old: Live, around: Surroundings) -> End:
    """Read once more: accepted is not gone."""
    try:
        found = await _find(around.providers[address.target], old)
    except ProviderError as error:
        return End(Status.UNKNOWN, old, _said(error))
    return End(Status.DONE) if found is None else End(Status.UNKNOWN, old, KEPT)


async def _delete(address: Address, decision: Decision, around: Surroundings) -> End:
    live, entry = _live(decision), decision.entry
    if entry is not None:
        await around.journal.record(address, replace(entry, address=address, phase=Phase.PENDING))
    try:
        if live.kind.singleton:
            return await _unset(address, decision, around)
        await around.providers[address.target].delete(live)
    except NotFound:
        pass  # gone is what we want
    except (Ambiguous, Unavailable, Malformed) as error:
        gone = await _require_gone(address, live, around)
        return gone if gone.status is Status.DONE else End(Status.UNKNOWN, live, _said(error))
    except ProviderError as error:
        if entry is not None:
            await around.journal.record(address, replace(entry, address=address))
        return End(Status.FAILED, live, _said(error))
    return End(Status.DONE)  # its entry goes when a read shows that it is gone


async def _unset(address: Address, decision: Decision, around: Surroundings) -> End:
    """A singleton is never gone: what we set in it goes back."""
    live, provider = _live(decision), around.providers[address.target]
    body = update_body(live.kind.root, live.body, {}, decision.removals)
    try:
        held: Live | None = await provider.update(live, body, decision.changes)
    except Ambiguous as error:
        try:
            held = await _find(provider, live)
        except ProviderError:
            held = None
        if held is None or compare(live.kind, {}, held.body, decision.removals):
            return End(Status.UNKNOWN, live, _said(error))
    left = compare(live.kind, {}, held.body if held is not None else {}, decision.removals)
    return End(Status.DIVERGED if left else Status.DONE, held, "", left)


async def _adopt(address: Address, decision: Decision, around: Surroundings) -> End:
    resource, live = _resource(decision), _live(decision)
    await around.journal.record(address, settled(_work(decision, around), _want(resource, around), live))
    return End(Status.DONE, live)


async def _forget(address: Address, _: Decision, around: Surroundings) -> End:
    await around.journal.record(address, None)
    return End(Status.DONE)


_VERBS: Mapping[Action, Callable[[Address, Decision, Surroundings], Awaitable[End]]] = {
    Action.CREATE: _create,
    Action.UPDATE: _update,
    Action.REPLACE: _replace,
    Action.DELETE: _delete,
    Action.ADOPT: _adopt,
    Action.FORGET: _forget,
}


# --- after the write ----------------------------------------------------------------------------


async def _settle(
    address: Address,
    decision: Decision,
    want: Body,
    live: Live,
    around: Surroundings,
    intent: Entry | None = None,
    removals: tuple[Removal, ...] = (),
) -> End:
    """Compare what the server holds with what was meant, and remember the former."""
    resource, work = _resource(decision), _work(decision, around)
    readable = tuple(r for r in removals if not field_at(resource.kind.root, r.path).write_only)
    undone = tuple(removal for removal in readable if compare(resource.kind, {}, live.body, (removal,)))
    left = compare(resource.kind, without(want, _blind(resource, want, work)), live.body, undone)
    await around.journal.record(address, settled(work, want, live, intent, undone))
    around.lives[address] = live
    return End(Status.DIVERGED if left else Status.DONE, live, "", left)


async def _read_back_creation(
    address: Address,
    decision: Decision,
    want: Body,
    intent: Entry,
    around: Surroundings,
    error: ProviderError,
) -> End:
    """A create whose answer was lost: what bears its identity and contradicts nothing is ours."""
    resource = _resource(decision)
    try:
        found = await _bearers(around.providers[address.target], resource, intent.identity, around)
    except ProviderError:
        return End(Status.UNKNOWN, None, _said(error))
    ours = [live for live in found if match.is_our_creation(intent, live, around.salt)]
    if len(ours) != 1:
        return End(Status.UNKNOWN, None, _said(error))
    return await _settle(address, decision, want, ours[0], around, intent)


async def _read_back_update(
    address: Address, decision: Decision, want: Body, around: Surroundings, error: ProviderError
) -> End:
    """An update whose answer was lost: it is done if the server now holds what was meant, and all of it can be seen."""
    resource, work = _resource(decision), _work(decision, around)
    blind = _blind(resource, want, work)
    if {parse_path(change.path) for change in decision.changes} & set(blind):
        return End(Status.UNKNOWN, decision.live, _said(error))
    try:
        live = await _find(around.providers[address.target], _live(decision))
    except ProviderError:
        live = None
    if live is None or compare(resource.kind, without(want, blind), live.body, decision.removals):
        return End(Status.UNKNOWN, live, _said(error))
    return await _settle(address, decision, want, live, around, removals=decision.removals)


async def _find(provider: Provider, live: Live) -> Live | None:
    """Read one object again; raise `ProviderError` where that cannot be done."""
    async for found in provider.fetch(live.kind, live.parent, {live.identity: frozenset(live.body)}):
        if found.id == live.id and found.identity == live.identity:
            return found
    return None


async def _bearers(provider: Provider, resource: Resource, identity: Identity, around: Surroundings) -> list[Live]:
    wanted = {identity: frozenset(resource.spec)}
    stream = provider.fetch(resource.kind, _parent(resource, around), wanted)
    return [live async for live in stream if live.identity == identity]


# --- small facts --------------------------------------------------------------------------------


def _want(resource: Resource, around: Surroundings) -> Body:
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


def _send(resource: Resource, want: Body, around: Surroundings) -> Body:
    return fill_secrets(resource, want, around.root)


def _blind(resource: Resource, want: Body, work: Work) -> tuple[tuple[str | int, ...], ...]:
    write_only = (path for path, _, leaf in leaves(want, resource.kind.root) if leaf.write_only)
    return (*write_only, *work.secrets.leaves)


def _work(decision: Decision, around: Surroundings) -> Work:
    resource = _resource(decision)
    known = around.secrets.get(resource.address, Secrets())
    needs = around.desired.needs.get(resource.address, ())
    return Work(resource, decision.entry, needs, around.salt, around.desired.commit, known)


def _identity(resource: Resource, want: Body) -> Identity:
    return tuple(str(want.get(name)) for name in resource.kind.identity)


def _parent(resource: Resource, around: Surroundings) -> Live | None:
    return around.lives.get(resource.parent) if resource.parent is not None else None


def _resource(decision: Decision) -> Resource:
    assert decision.resource is not None  # noqa: S101 - every verb but delete and forget has a manifest
    return decision.resource


def _live(decision: Decision) -> Live:
    assert decision.live is not None  # noqa: S101 - only create and forget have no live object
    return decision.live


def _said(error: ProviderError) -> str:
    return f"{error.message} ({error.hint})" if error.hint else error.message


def refreshed(decision: Decision, around: Surroundings) -> Entry | None:
    """Give the new entry of an unchanged object whose entry is out of date, as after an edit that came true by hand."""
    if decision.action is not None or decision.blocked or decision.outside or decision.refusals:
        return None
    if decision.entry is None or decision.resource is None or decision.live is None:
        return None
    entry = settled(_work(decision, around), _want(decision.resource, around), decision.live)
    kept = replace(entry, commit=decision.entry.commit)
    return kept if kept != decision.entry else None
