"""Walks the plan: starts whatever is ready, at most so many at once, until nothing is left.

Takes the operations and the run's surroundings, gives one `Outcome` per operation, always. Writes in flight are never
cancelled: an interrupt stops starting, and what was started is awaited and recorded.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from reconciler.errors import NotFound, ProviderError, ReconcilerError
from reconciler.execution.perform import perform
from reconciler.execution.readback import KEPT, refreshed
from reconciler.execution.surroundings import End, Surroundings
from reconciler.model import Action, Address, Live, Operation, Outcome, Phase, Status

_SUCCESS = (Status.DONE, Status.DIVERGED)

OnOutcome = Callable[[Outcome, int, int], None]
"""Called with each outcome, how many are known by now and how many there will be."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How many operations may be in flight: per target, and over all targets."""

    per_target: Mapping[str, int]
    overall: int | None = None
    clock: Callable[[], float] = field(default=lambda: 0.0)


@dataclass(slots=True)
class _Walk:
    """Who waits for whom, and who is at work."""

    operations: Mapping[Address, Operation]
    waiting: dict[Address, int]
    dependents: dict[Address, list[Address]]
    ready: dict[str, list[Address]]
    running: dict[asyncio.Task[Outcome], Address] = field(default_factory=dict)
    outcomes: dict[Address, Outcome] = field(default_factory=dict)


async def run(
    operations: Iterable[Operation],
    around: Surroundings,
    pace: Pace,
    *,
    stop: asyncio.Event,
    on_outcome: OnOutcome = lambda outcome, done, total: None,
) -> tuple[Outcome, ...]:
    """Carry out the operations in dependency order; gives the outcomes in address order."""
    walk = _start(operations)
    try:
        await _drive(walk, around, pace, stop, on_outcome)
    except Exception:
        if walk.running:  # a fault of ours must not cut writes off
            await asyncio.wait(walk.running)
        raise
    for address in walk.operations:
        if address not in walk.outcomes:
            _record(walk, _skipped(walk.operations[address], None, "interrupted before it started"), on_outcome)
    await _verify_deletes(walk, around, on_outcome)
    await _refresh(around)
    return tuple(walk.outcomes[address] for address in sorted(walk.outcomes))


async def _drive(walk: _Walk, around: Surroundings, pace: Pace, stop: asyncio.Event, on_outcome: OnOutcome) -> None:
    while True:
        if not stop.is_set():
            _start_ready(walk, around, pace)
        if not walk.running:
            return
        finished, _ = await asyncio.wait(walk.running, return_when=asyncio.FIRST_COMPLETED)
        for task in sorted(finished, key=lambda task: walk.running[task]):
            del walk.running[task]
            _finish(walk, task.result(), on_outcome)


def _start(operations: Iterable[Operation]) -> _Walk:
    by_address = {operation.address: operation for operation in operations}
    walk = _Walk(by_address, {}, {address: [] for address in by_address}, {})
    for address, operation in by_address.items():
        needs = [need for need in operation.needs if need in by_address]
        walk.waiting[address] = len(needs)
        for need in needs:
            walk.dependents[need].append(address)
        if not needs:
            heapq.heappush(walk.ready.setdefault(address.target, []), address)
    return walk


def _start_ready(walk: _Walk, around: Surroundings, pace: Pace) -> None:
    in_flight: dict[str, int] = {}
    for address in walk.running.values():
        in_flight[address.target] = in_flight.get(address.target, 0) + 1
    for target in sorted(walk.ready):
        queue, limit = walk.ready[target], pace.per_target.get(target, 1)
        while queue and in_flight.get(target, 0) < limit and len(walk.running) < (pace.overall or len(walk.operations)):
            address = heapq.heappop(queue)
            task = asyncio.create_task(_operate(walk.operations[address], around, pace.clock))
            walk.running[task] = address
            in_flight[target] = in_flight.get(target, 0) + 1


async def _operate(operation: Operation, around: Surroundings, clock: Callable[[], float]) -> Outcome:
    started = clock()
    try:
        end = await perform(operation, around)
    except ReconcilerError as error:
        end = End(Status.FAILED, None, error.message)
    live_id = end.live.id if end.live is not None else operation.live_id
    return Outcome(
        operation.address, operation.action, end.status, live_id, end.error, end.left, seconds=clock() - started
    )


def _finish(walk: _Walk, outcome: Outcome, on_outcome: OnOutcome) -> None:
    """Record an outcome and free its dependents, or skip them, and theirs, with the cause."""
    todo = [outcome]
    while todo:
        current = todo.pop()
        _record(walk, current, on_outcome)
        for dependent in walk.dependents[current.address]:
            if dependent in walk.outcomes:
                continue
            if current.status not in _SUCCESS:
                cause = current.cause or current.address
                todo.append(_skipped(walk.operations[dependent], cause, f"{cause} did not succeed"))
                continue
            walk.waiting[dependent] -= 1
            if walk.waiting[dependent] == 0:
                heapq.heappush(walk.ready.setdefault(dependent.target, []), dependent)


def _skipped(operation: Operation, cause: Address | None, error: str) -> Outcome:
    return Outcome(operation.address, operation.action, Status.SKIPPED, operation.live_id, error, cause=cause)


def _record(walk: _Walk, outcome: Outcome, on_outcome: OnOutcome) -> None:
    walk.outcomes[outcome.address] = outcome
    on_outcome(outcome, len(walk.outcomes), len(walk.operations))


async def _verify_deletes(walk: _Walk, around: Surroundings, on_outcome: OnOutcome) -> None:
    """Read the kinds that lost objects once more, then forget these: accepted is not gone."""
    groups: dict[tuple[str, str], list[tuple[Outcome, Live]]] = {}
    for outcome in walk.outcomes.values():
        live = around.decisions[outcome.address].live
        if outcome.action is Action.DELETE and outcome.status is Status.DONE and live is not None:
            groups.setdefault((outcome.address.target, live.kind.name), []).append((outcome, live))
    for (target, _), group in sorted(groups.items(), key=lambda item: item[0]):
        lives = [live for _, live in group if not live.kind.singleton]
        try:
            left = await _still_there(around, target, lives) if lives else frozenset()
            status, error = Status.DIVERGED, KEPT
        except ProviderError as problem:
            left = frozenset(live.id for live in lives)
            status, error = Status.UNKNOWN, f"the delete was accepted, but could not be checked: {problem.message}"
        for outcome, live in group:
            if live.id in left:
                _record(walk, replace(outcome, status=status, error=error), on_outcome)
            else:
                await around.journal.record(outcome.address, None)


async def _still_there(around: Surroundings, target: str, gone: list[Live]) -> frozenset[str]:
    provider, ids = around.providers[target], {live.id: live.identity for live in gone}
    parents = {live.parent.id if live.parent else "": live.parent for live in gone}
    found: set[str] = set()
    for _, parent in sorted(parents.items()):
        wanted = {live.identity: frozenset[str]() for live in gone}
        try:
            async for live in provider.fetch(gone[0].kind, parent, wanted):
                if ids.get(live.id) == live.identity:
                    found.add(live.id)
        except NotFound:
            continue  # the parent is gone too
    return frozenset(found)


async def _refresh(around: Surroundings) -> None:
    """Bring the entries of unchanged objects up to date; nothing is sent."""
    for address, decision in sorted(around.decisions.items()):
        entry = refreshed(decision, around)
        if entry is not None and entry.phase is Phase.SETTLED:
            await around.journal.record(address, entry)
