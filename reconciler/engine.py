"""The story of one run: what is desired, what is live, what would change, do it.

Takes settings and a request, gives a plan or outcomes. Holds no rules of its own: every step is a stage's one verb.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path as FilePath

from reconciler import __version__, checking, collector, history, inventory, manifests, providers
from reconciler.checking import check, kinds
from reconciler.errors import InventoryError, PlanError
from reconciler.execution import bind, carry, execute
from reconciler.model import Desired, Diagnostic, Inventory, KnownDrift, Outcome, Plan, Request
from reconciler.paths import format_path
from reconciler.planning import accepting, baseline, planfile, rollback
from reconciler.planning.moved import drift_plan
from reconciler.planning.plan import Built
from reconciler.planning.rollback import Aim
from reconciler.planning.saved import require_fresh
from reconciler.planning.tally import not_compared
from reconciler.planning.work import Facts
from reconciler.settings import Settings
from reconciler.survey import (
    Connect,
    Progress,
    Scene,
    connected,
    judge,
    limited,
    open_store,
    survey,
)

_Seen = tuple[Plan, Facts, Built]
"""A plan, and what it was made from."""

CONFIRM_PAUSE = 2.0
"""Seconds before drift is read again: long enough for a write in flight or a stale cache to pass."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What an apply did: the plan that it followed and one outcome per operation."""

    plan: Plan
    outcomes: tuple[Outcome, ...]
    confirmed: bool = True
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """What accepting drift would write, and the drift that is left."""

    plan: Plan
    files: Mapping[str, tuple[bytes, bytes]]
    """File → its bytes before and after."""
    fields: int


async def make_plan(
    settings: Settings, request: Request, progress: Progress = lambda *_: None, connect: Connect = providers.connect
) -> Plan:
    """Say what would change, and why. Sends nothing but reads."""
    plan, _, _ = await _look(settings, request, progress, connect)
    return plan


async def _look(settings: Settings, request: Request, progress: Progress, connect: Connect) -> _Seen:
    """Make the plan, and keep what it was made from. Sends nothing but reads."""
    with collector.paused():
        store = open_store(settings)
        aim_at = _aim(settings, request, store)
        owned = store.load()
        aim = aim_at(owned)
        request = limited(settings, request, aim.desired, owned)
        async with connected(settings, aim.desired, connect) as targets:
            built, facts = await survey(Scene(settings, request, owned, targets, aim), aim.desired, progress)
        return _dated(built.plan, request), facts, built


async def find_drift(
    settings: Settings,
    request: Request,
    progress: Progress = lambda *_: None,
    connect: Connect = providers.connect,
    *,
    known: tuple[KnownDrift, ...] | None = None,
    confirm: int = 0,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Plan:
    """Say what moved outside git: a plan without operations, and without the guards' word on them.

    `known` is a baseline. What moved is read again `confirm` times, and counts where every reading shows it.
    """
    seen = await _look(settings, request, progress, connect)
    plan = drift_plan(*seen)
    for _ in range(confirm):
        if not plan.drift:
            break
        await pause(CONFIRM_PAUSE)
        seen = await _look(settings, request, progress, connect)
        plan = baseline.in_both(plan, drift_plan(*seen))
    if known is None:
        return plan
    return baseline.against(plan, known, not_compared(seen[1], seen[2].decisions))


async def accept_drift(
    settings: Settings, request: Request, progress: Progress = lambda *_: None, connect: Connect = providers.connect
) -> Accepted:
    """Say how the manifests would have to read for drift to be none; what cannot be so is told, and stays drift.

    Writes nothing. What it gives has been planned with: what is accepted is as declared then, and nothing else moves.
    """
    from reconciler.manifests.accept import accept  # the editor of YAML behind it takes 40 ms to import

    with collector.paused():
        owned = open_store(settings).load()
        desired = check(settings, rev=request.rev)
        folders = (settings.manifests, settings.overlays)
        async with connected(settings, desired, connect) as targets:
            scene = Scene(settings, request, owned, targets)
            built, facts = await survey(scene, desired, progress)
            plan = drift_plan(_dated(built.plan, request), facts, built)
            wishes, refused = accepting.wishes(plan.drift, built.decisions, built.lives)
            loaded = manifests.load(settings.root, *folders)
            edits = accept(loaded, wishes, accepting.namer(facts.desired, built.lives))
            if edits.files:
                after = {name: pair[1] for name, pair in edits.files.items()}
                again = checking.checked(settings, manifests.load(settings.root, *folders, edits=after))
                accepting.require_exact(edits.accepted, desired, again)
                rebuilt, _ = await judge(scene, again, facts.observed)
                accepting.require_settled(edits.accepted, rebuilt.plan)
    refused += [accepting.refusal(r.address, format_path(path), why, r) for r, path, why in edits.refused]
    accepted = {(address, format_path(path)) for address, path in edits.accepted}
    left = tuple(item for item in plan.drift if (item.address, item.path) not in accepted)
    told = (*plan.diagnostics, *refused)
    return Accepted(replace(plan, drift=left, diagnostics=told), edits.files, len(accepted))


async def apply_plan(
    settings: Settings,
    request: Request,
    saved: Plan | None = None,
    *,
    confirm: Callable[[Plan], bool] = lambda plan: True,
    asks: bool = False,
    on_outcome: execute.OnOutcome = lambda outcome, done, total: None,
    progress: Progress = lambda *_: None,
    stop: asyncio.Event | None = None,
    connect: Connect = providers.connect,
) -> Applied:
    """Plan, ask, and do exactly that; with a saved plan, do exactly the saved operations or raise `StalePlan`.

    A refused plan is given back unconfirmed. Where `confirm` `asks` a person, the world is read once more after the
    answer, and what moved meanwhile raises `StalePlan` too. Raises `SecretMissing` before the first write.
    """
    if saved is not None:
        request = _as_saved(request, saved)
    with collector.paused():
        store, stop = open_store(settings), stop or asyncio.Event()
        aim_at = _aim(settings, request, store)
    done: tuple[tuple[Outcome, ...], tuple[Diagnostic, ...]] | None = None
    try:
        with store.lock(request.lock_timeout):
            owned = store.load()
            aim = aim_at(owned)
            request = limited(settings, request, aim.desired, owned)
            async with connected(settings, aim.desired, connect) as targets:
                scene = Scene(settings, request, owned, targets, aim)
                built, facts = await survey(scene, aim.desired, progress)
                plan = _dated(built.plan, request)
                if saved is not None and any(op.address.target in facts.observed.failures for op in saved.operations):
                    return Applied(replace(plan, operations=()), ())  # unknown is not stale, and half of it is not it
                if saved is not None:
                    plan = replace(plan, operations=require_fresh(saved, plan, _now().isoformat()))
                if plan.refused or not confirm(plan):
                    return Applied(plan, (), confirmed=False)
                if asks and plan.operations:
                    built, facts = await survey(scene, aim.desired, progress)
                    require_fresh(plan, built.plan, _now().isoformat())
                bind.require_secrets(plan.operations, built.decisions, settings.root)
                run = carry.Run(plan, built, facts, targets, store, settings.root, request.parallelism)
                done = await carry.out(run, stop, on_outcome)
    except InventoryError as error:
        if done is None:
            raise
        hint = "`reconciler inventory unlock`, once its store can be reached again"
        left = Diagnostic("error", error.message, "", hint, code="inventory.still-locked")
        done = done[0], (*done[1], left)
    outcomes, faults = done
    told = (*plan.diagnostics, *faults)
    return Applied(replace(plan, diagnostics=told), outcomes, interrupted=stop.is_set())


def _as_saved(request: Request, saved: Plan) -> Request:
    """Give the request that a saved plan was made for."""
    said = {name: getattr(saved, name) for name in ("selection", "consent", "destroy", "only_drift", "rollback")}
    return replace(request, **said)


def save_plan(plan: Plan, path: FilePath) -> None:
    """Write a plan file; the whole of it or nothing."""
    temporary = path.with_name(path.name + ".part")
    try:
        temporary.write_bytes(planfile.dump(plan))
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):  # the first error is the one to tell
            temporary.unlink()
        raise PlanError(f"cannot write the plan to {path}: {error.strerror}") from error


def open_plan(path: FilePath) -> Plan:
    """Read a plan file; raise `PlanError` where it is none."""
    try:
        return planfile.parse(path.read_bytes(), str(path))
    except OSError as error:
        raise PlanError(f"cannot read the plan file {path}: {error.strerror}") from error


# --- the steps that verbs share -----------------------------------------------------------------


def _aim(settings: Settings, request: Request, store: inventory.Store) -> Callable[[Inventory], Aim]:
    """Read what is to be, before anything is locked; what a rollback wants depends on what is ours by then, too.

    `destroy` is a plan with no manifests: broken ones do not stand in its way, nor in that of a rollback.
    """
    if request.rollback:
        record, commit = history.record(store, request.rollback), manifests.head(settings.root)
        return lambda owned: rollback.undo(record, owned, kinds().get, commit)
    if request.destroy:
        desired = Desired({}, {}, commit=manifests.head(settings.root))
    else:
        desired = check(settings, rev=request.rev)
    return lambda _: Aim(desired)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _dated(plan: Plan, request: Request) -> Plan:
    now = _now()
    expires = now + timedelta(hours=request.expires_hours)
    moment = expires.replace(microsecond=0).isoformat()
    return replace(plan, tool_version=__version__, created=now.isoformat(), expires=moment)
