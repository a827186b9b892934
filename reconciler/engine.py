"""The story of one run: what is desired, what is live, what would change, do it.

Takes settings and a request, gives a plan or outcomes. Holds no rules of its own: every step is a stage's one verb.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path as FilePath

from reconciler import __version__, collector, inventory, manifests, providers
from reconciler.errors import InventoryError, PlanError
from reconciler.execution import bind, execute
from reconciler.model import Desired, Diagnostic, Objection, Outcome, Plan, Request
from reconciler.planning import planfile
from reconciler.planning.plan import Built
from reconciler.planning.saved import require_fresh
from reconciler.planning.work import Facts
from reconciler.settings import Settings
from reconciler.survey import Connect, Progress, Scene, connected, kinds, store_of, surroundings_of, survey


@dataclass(frozen=True, slots=True)
class Applied:
    """What an apply did: the plan that it followed and one outcome per operation."""

    plan: Plan
    outcomes: tuple[Outcome, ...]
    confirmed: bool = True
    interrupted: bool = False


def check(settings: Settings, *, files: tuple[str, ...] = (), rev: str | None = None) -> Desired:
    """Load, validate and link the manifests; raise `ManifestError` or `GraphError` with every finding."""
    loaded = manifests.load(settings.root, settings.manifests, settings.overlays, rev=rev, files=files)
    resources, warnings = manifests.check(loaded, kinds(), settings.targets)
    desired = manifests.link(loaded, resources, warnings)
    doubts = manifests.object_to(loaded, _objections(settings, desired))
    return replace(desired, diagnostics=(*desired.diagnostics, *doubts)) if doubts else desired


async def make_plan(
    settings: Settings, request: Request, progress: Progress = lambda *_: None, connect: Connect = providers.connect
) -> Plan:
    """Say what would change, and why. Sends nothing but reads."""
    with collector.paused():
        desired = _desired(settings, request)
        owned = store_of(settings).load()
        async with connected(settings, desired, connect) as targets:
            built, _ = await survey(Scene(settings, request, owned, targets), desired, progress)
        return _dated(built.plan, request)


async def find_drift(
    settings: Settings, request: Request, progress: Progress = lambda *_: None, connect: Connect = providers.connect
) -> Plan:
    """Say what moved outside git: a plan without operations, and without the guards' word on them.

    That a target is another account than the pinned one still counts: it makes drift meaningless.
    """
    plan = await make_plan(settings, request, progress, connect)
    told = tuple(d for d in plan.diagnostics if not d.code.startswith("guard.") or d.code == "guard.account")
    sources = {operation.address: operation.source for operation in plan.operations}
    drift = tuple(replace(item, source=sources.get(item.address)) for item in plan.drift)
    return replace(plan, operations=(), drift=drift, unmanaged=(), diagnostics=told)


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
        request = replace(request, selection=saved.selection, consent=saved.consent, destroy=saved.destroy)
    with collector.paused():
        desired, store, stop = _desired(settings, request), store_of(settings), stop or asyncio.Event()
    with store.lock(request.lock_timeout):
        owned = store.load()
        async with connected(settings, desired, connect) as targets:
            scene = Scene(settings, request, owned, targets)
            built, facts = await survey(scene, desired, progress)
            plan = _dated(built.plan, request)
            if saved is not None and any(op.address.target in facts.observed.failures for op in saved.operations):
                return Applied(replace(plan, operations=()), ())  # unknown is not stale, and half of it is not it
            if saved is not None:
                plan = replace(plan, operations=require_fresh(saved, plan, _now().isoformat()))
            if plan.refused or not confirm(plan):
                return Applied(plan, (), confirmed=False)
            if asks and plan.operations:
                built, facts = await survey(scene, desired, progress)
                require_fresh(plan, built.plan, _now().isoformat())
            bind.require_secrets(plan.operations, built.decisions, settings.root)
            outcomes, fault = await _execute(scene, plan, built, facts, store, stop, on_outcome)
    told = (*plan.diagnostics, fault) if fault is not None else plan.diagnostics
    return Applied(replace(plan, diagnostics=told), outcomes, interrupted=stop.is_set())


async def _execute(
    scene: Scene,
    plan: Plan,
    built: Built,
    facts: Facts,
    store: inventory.Store,
    stop: asyncio.Event,
    on_outcome: execute.OnOutcome,
) -> tuple[tuple[Outcome, ...], Diagnostic | None]:
    """Carry out the plan's operations; gives the outcomes, and what kept the inventory from being saved."""
    journal = store.begin(facts.inventory)
    around = surroundings_of(scene, built, facts, journal)
    # Two operations per request that may be in flight: one journals and compares while the other waits.
    width = {name: 2 * (p.target.concurrency or p.concurrency) for name, p in scene.targets.items()}
    pace = execute.Pace(width, scene.request.parallelism, time.monotonic)
    try:
        outcomes = await execute.run(plan.operations, around, pace, stop=stop, on_outcome=on_outcome)
    except BaseException:
        with suppress(InventoryError):  # the journal stays, and the next run replays it
            store.commit(journal)
        raise
    try:
        store.commit(journal)
    except InventoryError as error:
        hint = error.hint or "the journal beside it was kept; the next run replays it"
        return outcomes, Diagnostic("error", error.message, "", hint, code="inventory.not-saved")
    return outcomes, None


def save_plan(plan: Plan, path: FilePath) -> None:
    """Write a plan file; the whole of it or nothing."""
    temporary = path.with_name(path.name + ".part")
    try:
        temporary.write_bytes(planfile.dump(plan))
        temporary.replace(path)
    except OSError as error:
        raise PlanError(f"cannot write the plan to {path}: {error.strerror}") from error


def open_plan(path: FilePath) -> Plan:
    """Read a plan file; raise `PlanError` where it is none."""
    try:
        return planfile.parse(path.read_bytes(), str(path))
    except OSError as error:
        raise PlanError(f"cannot read the plan file {path}: {error.strerror}") from error


# --- the steps that verbs share -----------------------------------------------------------------


def _objections(settings: Settings, desired: Desired) -> Iterator[Objection]:
    """Ask the rules that the systems have beyond their schemas, target by target."""
    for name in sorted({address.target for address in desired.resources}):
        rules = providers.rules_of(settings.targets[name].system)
        if rules is not None:
            yield from rules([r for address, r in desired.resources.items() if address.target == name])


def _desired(settings: Settings, request: Request) -> Desired:
    """`destroy` is a plan with no manifests: broken ones do not stand in its way."""
    if request.destroy:
        return Desired({}, {}, commit=manifests.head(settings.root))
    return check(settings, rev=request.rev)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _dated(plan: Plan, request: Request) -> Plan:
    now = _now()
    expires = now + timedelta(hours=request.expires_hours)
    moment = expires.replace(microsecond=0).isoformat()
    return replace(plan, tool_version=__version__, created=now.isoformat(), expires=moment)
