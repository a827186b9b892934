"""The story of one run: what is desired, what is live, what would change, do it.

Takes settings and a request, gives a plan or outcomes. Holds no rules of its own: every step is a stage's one verb.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path as FilePath

from reconciler import __version__, collector, history, inventory, manifests, providers, schema
from reconciler.errors import InventoryError, ManifestError, PlanError, ProviderError
from reconciler.execution import bind, carry, execute, observe
from reconciler.model import (
    Desired,
    Diagnostic,
    Inventory,
    Kind,
    Objection,
    Outcome,
    Path,
    Plan,
    Request,
    Resource,
    Review,
    Source,
)
from reconciler.planning import moves, planfile, rollback
from reconciler.planning import plan as planner
from reconciler.planning.conflicts import conflicts
from reconciler.planning.decisions import Decided, decide_all
from reconciler.planning.plan import Built
from reconciler.planning.rollback import Aim
from reconciler.planning.saved import require_fresh
from reconciler.planning.work import Facts
from reconciler.providers.base import Provider
from reconciler.settings import Settings
from reconciler.words import counted

Progress = observe.Progress
Connect = Callable[..., Mapping[str, Provider]]
"""Connects targets as `providers.connect` does, which may be given another network and another clock first."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What an apply did: the plan that it followed and one outcome per operation."""

    plan: Plan
    outcomes: tuple[Outcome, ...]
    confirmed: bool = True
    interrupted: bool = False


def check(settings: Settings, *, files: tuple[str, ...] = (), rev: str | None = None) -> Desired:
    """Load, validate and link the manifests; raise `ManifestError` or `GraphError` with every finding."""
    kinds = _kinds()
    loaded = manifests.load(settings.root, settings.manifests, settings.overlays, rev=rev, files=files)
    resources, warnings = manifests.check(loaded, kinds, settings.targets)
    desired = manifests.link(loaded, resources, warnings)
    doubts = manifests.object_to(loaded, _objections(settings, desired))
    return replace(desired, diagnostics=(*desired.diagnostics, *doubts)) if doubts else desired


async def make_plan(
    settings: Settings, request: Request, progress: Progress = lambda *_: None, connect: Connect = providers.connect
) -> Plan:
    """Say what would change, and why. Sends nothing but reads."""
    with collector.paused():
        store = open_store(settings)
        aim_at = _aim(settings, request, store)
        owned = store.load()
        aim = aim_at(owned)
        async with _connected(settings, aim.desired, connect) as targets:
            built, _ = await _survey(settings, request, aim, owned, targets, progress)
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
        request = replace(request, selection=saved.selection, consent=saved.consent)
        request = replace(request, destroy=saved.destroy, rollback=saved.rollback)
    with collector.paused():
        store, stop = open_store(settings), stop or asyncio.Event()
        aim_at = _aim(settings, request, store)
    done: tuple[tuple[Outcome, ...], tuple[Diagnostic, ...]] | None = None
    try:
        with store.lock(request.lock_timeout):
            owned = store.load()
            aim = aim_at(owned)
            async with _connected(settings, aim.desired, connect) as targets:
                built, facts = await _survey(settings, request, aim, owned, targets, progress)
                plan = _dated(built.plan, request)
                if saved is not None and any(op.address.target in facts.observed.failures for op in saved.operations):
                    return Applied(replace(plan, operations=()), ())  # unknown is not stale, and half of it is not it
                if saved is not None:
                    plan = replace(plan, operations=require_fresh(saved, plan, _now().isoformat()))
                if plan.refused or not confirm(plan):
                    return Applied(plan, (), confirmed=False)
                if asks and plan.operations:
                    built, facts = await _survey(settings, request, aim, owned, targets, progress)
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


# --- the steps that plan and apply share --------------------------------------------------------


def _objections(settings: Settings, desired: Desired) -> Iterator[Objection]:
    """Ask the rules that the systems have beyond their schemas, target by target."""
    for name in sorted({address.target for address in desired.resources}):
        rules = providers.rules_of(settings.targets[name].system)
        if rules is not None:
            yield from rules([r for address, r in desired.resources.items() if address.target == name])


@cache
def _kinds() -> schema.Kinds:
    """Each kind is read and compiled once, for the manifests and for the inventory."""
    return schema.load_kinds()


def _aim(settings: Settings, request: Request, store: inventory.Store) -> Callable[[Inventory], Aim]:
    """Read what is to be, before anything is locked; what a rollback wants depends on what is ours by then, too.

    `destroy` is a plan with no manifests: broken ones do not stand in its way, nor in that of a rollback.
    """
    if request.rollback:
        record, commit = history.record(store, request.rollback), manifests.head(settings.root)
        return lambda owned: rollback.undo(record, owned, _kinds().get, commit)
    if request.destroy:
        desired = Desired({}, {}, commit=manifests.head(settings.root))
    else:
        desired = check(settings, rev=request.rev)
    return lambda _: Aim(desired)


def open_store(settings: Settings) -> inventory.Store:
    """Open the store that settings name; reads nothing yet."""
    place = settings.inventory
    return inventory.open_store(place.store, place.path, settings.root, place.options)


@asynccontextmanager
async def _connected(settings: Settings, desired: Desired, connect: Connect) -> AsyncIterator[Mapping[str, Provider]]:
    targets = connect(settings.targets, settings.root, note=desired.commit)
    try:
        yield targets
    finally:
        await asyncio.gather(*(target.close() for target in targets.values()))


async def _survey(
    settings: Settings,
    request: Request,
    aim: Aim,
    owned: Inventory,
    targets: Mapping[str, Provider],
    progress: Progress,
) -> tuple[Built, Facts]:
    """Read the world and build the plan."""
    with collector.paused():
        kinds, desired = _kinds(), aim.desired
        everything = _all_kinds(settings, kinds) if request.show_unmanaged else None
        observed = await observe.live(
            desired, owned, kinds.get, targets, request.selection, everything=everything, progress=progress
        )
        locator = _locator(settings, request)
        desired, observed, unresolved = await observe.resolve_names(desired, targets, observed, locator)
        _complain(unresolved)
        facts = Facts(
            desired=desired,
            observed=observed,
            inventory=owned,
            request=request,
            limits=settings.limits,
            targets=settings.targets,
            kind_of=kinds.get,
            today=_now().date().isoformat(),
            secrets={**bind.known_secrets(desired.resources.values(), owned.salt, settings.root), **aim.secrets},
        )
        facts, decided, review = await _review(facts, targets)
        if aim.record is not None:
            review = replace(review, diagnostics=(*review.diagnostics, *conflicts(aim.record, facts)))
        built = planner.build(facts, decided, review)
        _complain(tuple(d for d in built.plan.diagnostics if d.severity == "error" and d.code.startswith("manifest.")))
        return built, facts


def _all_kinds(settings: Settings, kinds: schema.Kinds) -> dict[str, tuple[Kind, ...]]:
    """Give every kind that each target can hold."""
    return {
        name: tuple(kinds.get(target.system, kind) for kind in kinds.of(target.system))
        for name, target in sorted(settings.targets.items())
    }


def _complain(findings: tuple[Diagnostic, ...]) -> None:
    if findings:
        raise ManifestError(f"the manifests have {counted(len(findings), 'problem')}", findings)


async def _review(facts: Facts, targets: Mapping[str, Provider]) -> tuple[Facts, Decided, Review]:
    """Decide, and let every system's own rules judge that; a target that fails only now counts as unreadable."""
    decided = decide_all(facts)
    reached = [name for name in sorted(facts.observed.accounts) if name not in facts.observed.failures]

    async def ask(name: str) -> Review | Diagnostic:
        try:
            return await targets[name].review(facts.desired, facts.observed, moves.moves_of(decided, name))
        except ProviderError as error:
            return observe.failure(name, error)

    answers = dict(zip(reached, await asyncio.gather(*map(ask, reached)), strict=True))
    failed = {name: answer for name, answer in answers.items() if isinstance(answer, Diagnostic)}
    if failed:
        facts = replace(facts, observed=replace(facts.observed, failures={**facts.observed.failures, **failed}))
    review = moves.joined(answer for answer in answers.values() if isinstance(answer, Review))
    if failed or review.replaces:
        decided = decide_all(facts, review.replaces)
    return facts, decided, review


def _locator(settings: Settings, request: Request) -> Callable[[Resource, Path], Source]:
    return lambda resource, path: manifests.locate(resource, path, settings.root, request.rev)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _dated(plan: Plan, request: Request) -> Plan:
    now = _now()
    expires = now + timedelta(hours=request.expires_hours)
    moment = expires.replace(microsecond=0).isoformat()
    return replace(plan, tool_version=__version__, created=now.isoformat(), expires=moment)
