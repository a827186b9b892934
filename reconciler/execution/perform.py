"""Carries out one operation: journal, write, compare, settle.

Takes an operation and the run's surroundings, gives how it ended; never raises for what a server does, and never
leaves a write unjournaled.

    journal(pending) ──▶ bind ──▶ provider verb ──▶ compare with what it returned ──▶ journal(settled)
                                        └─ outcome unknown ──▶ read by identity ──▶ settled, or unknown
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from reconciler.errors import Ambiguous, Incomplete, Malformed, NotFound, ProviderError, Unavailable
from reconciler.execution.bind import update_body
from reconciler.execution.readback import find, read_back_creation, read_back_update, require_gone, settle
from reconciler.execution.settle import pending, settled
from reconciler.execution.surroundings import (
    End,
    Surroundings,
    concerning,
    identity_of,
    live_of,
    parent_of,
    resource_of,
    said,
    want_of,
    with_secrets,
    work_of,
)
from reconciler.model import (
    Action,
    Address,
    Live,
    Operation,
    Phase,
    ReplaceOrder,
    Status,
)
from reconciler.planning.diff import compare, without
from reconciler.planning.work import Decision


async def perform(operation: Operation, around: Surroundings) -> End:
    """Carry out one operation to its end."""
    decision = around.decisions[operation.address]
    return await _VERBS[operation.action](operation.address, decision, around)


async def _create(address: Address, decision: Decision, around: Surroundings) -> End:
    resource = resource_of(decision)
    want = want_of(resource, around)
    identity, parent = identity_of(resource, want), parent_of(resource, want, around)
    work, provider = work_of(decision, around), around.providers[address.target]
    intent = pending(work, want, live=None, identity=identity)
    await around.journal.record(address, intent)
    try:
        live = await provider.create(resource.kind, with_secrets(resource, want, around), parent)
    except Ambiguous as error:
        return await read_back_creation(address, decision, want, intent, around, error)
    except Incomplete as error:
        await around.journal.record(address, pending(work, want, live=error.live, identity=error.live.identity))
        return End(Status.FAILED, error.live, said(error))
    except (Unavailable, Malformed) as error:  # whether it was stored is not said
        return await read_back_creation(address, decision, want, intent, around, error)
    except ProviderError as error:
        await around.journal.record(address, decision.entry)
        return End(Status.FAILED, None, said(error))
    return await settle(address, decision, want, live, around, intent)


async def _update(address: Address, decision: Decision, around: Surroundings) -> End:
    resource, live = resource_of(decision), live_of(decision)
    full = want_of(resource, around)
    want = without(full, decision.ignored)
    work = work_of(decision, around)
    await around.journal.record(address, pending(work, full, live=live, identity=live.identity))
    provider = around.providers[address.target]
    body = update_body(resource.kind.root, live.body, with_secrets(resource, want, around), decision.removals)
    try:
        written = await provider.update(live, body, decision.changes)
    except (Ambiguous, Unavailable, Malformed) as error:
        return await read_back_update(address, decision, want, around, error)
    except Incomplete as error:
        return End(Status.FAILED, error.live, said(error))
    except ProviderError as error:
        await around.journal.record(address, decision.entry)
        return End(Status.FAILED, live, said(error))
    return await settle(address, decision, want, written, around, removals=decision.removals)


async def _replace(address: Address, decision: Decision, around: Surroundings) -> End:
    """Delete and create, in the kind's order; the old object keeps an entry of its own until it is gone."""
    old, kind = live_of(decision), resource_of(decision).kind
    if decision.made_anew:
        return await _create(address, replace(decision, entry=None), around)
    if kind.replace is ReplaceOrder.DELETE_FIRST:
        gone = await _delete(address, decision, around)
        if gone.status is Status.DONE and not kind.singleton:
            gone = await require_gone(address, old, around)
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
        gone = await require_gone(address, old, around)
    if gone.status is not Status.DONE:
        return replace(gone, live=made.live)
    await around.journal.record(leftover, None)
    return made


async def _delete(address: Address, decision: Decision, around: Surroundings) -> End:
    live, entry = live_of(decision), decision.entry
    if entry is not None:
        await around.journal.record(address, replace(entry, address=address, phase=Phase.PENDING))
    try:
        if live.kind.singleton:
            return await _unset(address, decision, around)
        await around.providers[address.target].delete(live)
    except NotFound:
        pass  # gone is what we want
    except (Ambiguous, Unavailable, Malformed) as error:
        gone = await require_gone(address, live, around)
        return gone if gone.status is Status.DONE else End(Status.UNKNOWN, live, said(error))
    except ProviderError as error:
        if entry is not None:
            await around.journal.record(address, replace(entry, address=address))
        return End(Status.FAILED, live, said(error))
    return End(Status.DONE)  # its entry goes when a read shows that it is gone


async def _unset(address: Address, decision: Decision, around: Surroundings) -> End:
    """A singleton is never gone: what we set in it goes back."""
    live, provider = live_of(decision), around.providers[address.target]
    body = update_body(live.kind.root, live.body, {}, decision.removals)
    changes = compare(live.kind, {}, live.body, decision.removals)
    try:
        held: Live | None = await provider.update(live, body, changes)
    except Ambiguous as error:
        try:
            held = await find(provider, live)
        except ProviderError:
            held = None
        mine = concerning(held, {}, decision.entry, around) if held is not None else None
        if mine is None or compare(live.kind, {}, mine.body, decision.removals):
            return End(Status.UNKNOWN, live, said(error))
    held = concerning(held, {}, decision.entry, around) if held is not None else None
    left = compare(live.kind, {}, held.body if held is not None else {}, decision.removals)
    return End(Status.DIVERGED if left else Status.DONE, held, "", left)


async def _adopt(address: Address, decision: Decision, around: Surroundings) -> End:
    resource, live = resource_of(decision), live_of(decision)
    await around.journal.record(address, settled(work_of(decision, around), want_of(resource, around), live))
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
