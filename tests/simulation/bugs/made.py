"""Bugs made by hand: each function gives the pieces of the product that are swapped for wrong ones.

Takes nothing, gives what holds a piece, its name and what stands there instead. A docstring says which law is broken.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from reconciler import engine, redact
from reconciler.errors import ProviderError
from reconciler.execution import carry, execute, observe, perform, readback
from reconciler.execution.surroundings import End
from reconciler.inventory import disk, file, journal, lock, replay, store
from reconciler.model import Action, Status
from reconciler.planning import decide, diff, match, order, prune
from reconciler.providers import rest, session

Swap = tuple[Any, str, Any]
"""What holds a piece of the product, the name of the piece, and what stands there instead."""


# --- the journal and the inventory ------------------------------------------------------------


def skip_the_journal() -> list[Swap]:
    """Killed at any moment and run again it converges: what is meant is durable before it is sent."""
    return [(journal.FileLines, "append", lambda self, lines: None)]


def drop_the_journal_first() -> list[Swap]:
    """Killed at any moment and run again it converges: the journal goes after the inventory is saved."""

    def save(self: Any, inventory: Any) -> None:
        self.drop_journal()
        disk.replace(self._path, file.codec.encode(inventory), self.name)

    return [(file._Files, "save", save)]


def drop_the_lock() -> list[Swap]:
    """Of two runs at once, one writes; the checks behind the lock, which would stop the other as well, are gone too."""

    @contextmanager
    def hold(self: Any, timeout: float) -> Iterator[None]:
        yield

    def fine(*args: Any) -> None:
        return None

    held = [(lock.FileLock, "hold", hold), (lock.FileLock, "is_held", lambda self: True)]
    return [*held, (replay, "require_seen", fine), (replay, "require_current", fine)]


def write_on_reading() -> list[Swap]:
    """A verb that reads changes no file."""
    real = store.LockedStore.load

    def load(self: Any) -> Any:
        loaded = real(self)
        disk.make_folder(self._medium._path.parent, self._medium.name)
        self._medium.save(loaded)
        return loaded

    return [(store.LockedStore, "load", load)]


def skip_the_end_of_the_receipt() -> list[Swap]:
    """The receipt agrees with the world, or says unknown."""
    return [(carry, "_end", lambda *args, **options: None)]


def keep_what_was_deleted() -> list[Swap]:
    """The inventory agrees with the world: what is gone is not in it."""

    async def verify(walk: Any, around: Any, on_outcome: Any) -> None:
        return None

    return [(execute, "_verify_deletes", verify)]


# --- writes whose end is not known ------------------------------------------------------------


def send_a_lost_write_again() -> list[Swap]:
    """No duplicate: a write whose answer was lost is not sent again."""
    real = session.Session._wait

    def wait(self: Any, ask: Any, result: Any, attempt: int) -> float | None:
        return real(self, replace(ask, reads=True), result, attempt)

    return [(session.Session, "_wait", wait)]


def cancel_a_write() -> list[Swap]:
    """What was started is awaited: an interrupt cuts no write off and calls it failed."""
    drive, carried_out = execute._drive, execute.perform

    async def cut(walk: Any, around: Any, pace: Any, stop: asyncio.Event, on_outcome: Any) -> None:
        async def at_stop() -> None:
            await stop.wait()
            for task in walk.running:
                task.cancel()

        cutter = asyncio.create_task(at_stop())
        await drive(walk, around, pace, stop, on_outcome)
        cutter.cancel()

    async def perform_or_not(operation: Any, around: Any) -> End:
        try:
            return await carried_out(operation, around)
        except asyncio.CancelledError:
            return End(Status.FAILED, None, "interrupted")

    return [(execute, "_drive", cut), (execute, "perform", perform_or_not)]


def call_a_lost_create_failed() -> list[Swap]:
    """Unknown is not failed, and no orphan: a create whose answer was lost stays ours."""

    async def fail(address: Any, decision: Any, want: Any, intent: Any, around: Any, error: Any) -> End:
        await around.journal.record(address, decision.entry)
        return End(Status.FAILED, None, error.message)

    return [(perform, "read_back_creation", fail)]


def call_a_lost_update_done() -> list[Swap]:
    """Accepted is not stored: an update is compared with what the server then holds."""
    return [(readback, "compare", lambda *args: ())]


def call_a_lost_delete_done() -> list[Swap]:
    """Accepted is not gone: a delete is done when a read shows it."""

    async def gone(*args: Any) -> End:
        return End(Status.DONE)

    async def nothing(*args: Any) -> frozenset[str]:
        return frozenset()

    return [(perform, "require_gone", gone), (execute, "_still_there", nothing)]


def remember_the_wrong_id() -> list[Swap]:
    """The inventory agrees with the world: it names what was written by its id."""
    real = readback.settled

    def settled(*args: Any) -> Any:
        return replace(real(*args), id="1")

    return [(readback, "settled", settled)]


# --- what a server tells ----------------------------------------------------------------------


def compare_before_normalising() -> list[Swap]:
    """After a successful apply the next plan is empty: what means the same is equal."""

    def matches(want: Any, have: Any, field: Any) -> bool:
        if isinstance(want, dict) and isinstance(have, dict):
            return all(matches(value, have.get(key), field) for key, value in want.items())
        return bool(want == have)

    return [(diff, "matches", matches)]


def trust_an_id() -> list[Swap]:
    """No foreign object is touched: an id that bears another name now is another object."""
    return [(match, "owned", lambda entry, live: live.by_id.get(entry.id) if entry is not None else None)]


def take_an_outage_for_nothing() -> list[Swap]:
    """Unknown is never clean: a target that cannot be read is not an empty one."""
    real = observe._read_target

    async def read(provider: Any, wanted: Mapping[Any, Any], **options: Any) -> Any:
        try:
            return await real(provider, wanted, **options)
        except ProviderError:
            return {(provider.target.name, kind.name): () for kind in wanted}

    return [(observe, "_read_target", read)]


def believe_a_short_list() -> list[Swap]:
    """Unknown is never clean: a list that lacks what its own total counts is not whole."""
    real = rest.RestProvider.call

    async def call(self: Any, method: str, path: str, **options: Any) -> Any:
        answer = await real(self, method, path, **options)
        if isinstance(answer, dict):
            answer.pop("totalCount", None)
        return answer

    return [(rest.RestProvider, "call", call)]


# --- the plan ---------------------------------------------------------------------------------


def forget_the_edges() -> list[Swap]:
    """The order respects every edge: nothing is made before what it refers to."""
    return [(order, "_nearest_operations", lambda start, edges, actions: set())]


def forget_the_edges_of_deletes() -> list[Swap]:
    """The order respects every edge: nothing is removed before what refers to it."""
    return [(order, "_leads_to", lambda start, goal, needs: True)]


def do_what_was_not_shown() -> list[Swap]:
    """An apply does nothing that the shown plan did not say."""
    dated, out = engine._dated, carry.out

    def shown(plan: Any, request: Any) -> Any:
        kept = tuple(op for op in plan.operations if op.action is not Action.DELETE)
        return dated(replace(plan, operations=kept), request)

    async def everything(run: Any, *rest: Any) -> Any:
        return await out(replace(run, plan=run.built.plan), *rest)

    return [(engine, "_dated", shown), (carry, "out", everything)]


def take_without_consent() -> list[Swap]:
    """No foreign object is touched: what is not ours and differs is taken over only where a person said so."""
    return [(decide, "_may_take", lambda decision, circumstances: True)]


def forget_what_was_removed() -> list[Swap]:
    """No orphan: what is no longer declared is deleted."""
    real = prune._decide

    def forget(*args: Any) -> Any:
        decision = real(*args)
        return replace(decision, action=Action.FORGET) if decision.action is Action.DELETE else decision

    return [(prune, "_decide", forget)]


# --- secrets ----------------------------------------------------------------------------------


def show_a_body() -> list[Swap]:
    """No secret leaves the process: an error tells no body."""
    real = session._unknown

    def unknown(target: str, ask: Any, happened: str) -> Any:
        return real(target, ask, f"{happened}; sent was {ask.content}")

    return [(session, "_unknown", unknown)]


def show_a_header() -> list[Swap]:
    """No secret leaves the process: an error tells no credential."""
    real = session.explain

    def explain(error: Any, url: str, timeout: float) -> tuple[str, str]:
        happened, advice = real(error, url, timeout)
        return f"{happened} {dict(getattr(error, '_request', None).headers)}", advice

    return [(session, "explain", explain)]


def keep_a_secret_in_clear() -> list[Swap]:
    """No secret is written: of a value that is not shown the inventory keeps a keyed digest."""
    return [(redact, "keyed_digest", lambda salt, content: content.decode())]
