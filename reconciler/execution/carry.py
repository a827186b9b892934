"""Carries out a whole plan: receipt, journal, every operation, the save, the receipt's ending.

Takes a plan with everything behind it, and a store that is locked; gives the outcomes, and what could not be recorded.
Nothing is sent before the receipt is kept: a run that breaks off leaves one that says so.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from reconciler.errors import InventoryError
from reconciler.execution import execute
from reconciler.execution.surroundings import Surroundings, surroundings_of
from reconciler.inventory import Store, holder, name_ending, name_receipt
from reconciler.model import Diagnostic, Outcome, Plan
from reconciler.planning import receiptfile, receipts
from reconciler.planning.plan import Built
from reconciler.planning.work import Facts
from reconciler.providers.base import Provider


@dataclass(frozen=True, slots=True)
class Run:
    """A plan that is carried out, and what it takes."""

    plan: Plan
    built: Built
    facts: Facts
    targets: Mapping[str, Provider]
    store: Store
    root: Path
    parallelism: int | None = None


async def out(
    run: Run, stop: asyncio.Event, on_outcome: execute.OnOutcome
) -> tuple[tuple[Outcome, ...], tuple[Diagnostic, ...]]:
    """Carry out the operations; gives the outcomes, and what kept inventory or receipt from being saved."""
    facts, built, store = run.facts, run.built, run.store
    receipt = _begin(run)
    journal = store.begin(facts.inventory)
    around = surroundings_of(built, facts, run.targets, journal, run.root)
    # Two operations per request that may be in flight: one journals and compares while the other waits.
    width = {name: 2 * (p.target.concurrency or p.concurrency) for name, p in run.targets.items()}
    pace = execute.Pace(width, run.parallelism, time.monotonic)
    try:
        outcomes = await execute.run(run.plan.operations, around, pace, stop=stop, on_outcome=on_outcome)
    except BaseException:
        with suppress(InventoryError):  # the journal stays, and the next run replays it
            store.commit(journal)
        raise
    faults: list[Diagnostic] = []
    try:
        store.commit(journal)
    except InventoryError as error:
        kept = "its journal was kept; the next run replays it"
        faults.append(Diagnostic("error", error.message, kept, error.hint, code="inventory.not-saved"))
    try:
        _end(run, receipt, outcomes, around, interrupted=stop.is_set())
    except InventoryError as error:
        lost = "the receipt of this apply does not say how it ended"
        faults.append(Diagnostic("error", error.message, lost, error.hint, code="inventory.receipt"))
    return outcomes, tuple(faults)


def _begin(run: Run) -> str:
    """Keep the receipt, and give its name; what does nothing leaves none."""
    if not run.plan.operations:
        return ""
    now, me = datetime.now(UTC), holder.this_process()
    author = receipts.Author(f"{me.user}@{me.host}", holder.this_job())
    receipt = receipts.begun(run.plan, run.built.decisions, author, _moment(now))
    name = name_receipt(run.facts.inventory.serial, now)
    run.store.keep(name, receiptfile.dump(receipt))
    return name


def _end(run: Run, name: str, outcomes: tuple[Outcome, ...], around: Surroundings, *, interrupted: bool) -> None:
    if name:
        ending = receipts.ended(outcomes, around.lives, _moment(datetime.now(UTC)), interrupted=interrupted)
        run.store.keep(name_ending(name), receiptfile.dump(ending))


def _moment(now: datetime) -> str:
    return now.replace(microsecond=0).isoformat()
