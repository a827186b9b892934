"""What every run begins with: read the world, and say what would change in it.

Takes settings, manifests, the inventory and connected targets; gives what was observed, a plan, and what stands behind
it. Sends nothing but reads, and writes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from reconciler import collector, inventory, manifests, schema
from reconciler.checking import kinds
from reconciler.errors import ManifestError, ProviderError
from reconciler.execution import bind, observe
from reconciler.model import (
    Address,
    Desired,
    Diagnostic,
    Inventory,
    Kind,
    Observed,
    Path,
    Request,
    Resource,
    Review,
    Selection,
    Source,
)
from reconciler.planning import moves
from reconciler.planning import plan as planner
from reconciler.planning.conflicts import conflicts
from reconciler.planning.decisions import Decided, decide_all
from reconciler.planning.plan import Built
from reconciler.planning.rollback import Aim
from reconciler.planning.selection import selects_kind, selects_target
from reconciler.planning.work import Facts, Secrets
from reconciler.providers.base import Provider
from reconciler.settings import Settings
from reconciler.words import counted

Progress = observe.Progress
Connect = Callable[..., Mapping[str, Provider]]
"""Connects targets as `providers.connect` does, which may be given another network and another clock first."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What does not change while a run lasts."""

    settings: Settings
    request: Request
    owned: Inventory
    targets: Mapping[str, Provider]
    aim: Aim | None = None
    """What is to be, where it may be a rollback."""


async def survey(scene: Scene, desired: Desired, progress: Progress) -> tuple[Built, Facts]:
    """Read the world and build the plan."""
    with collector.paused():
        everything = all_kinds(scene.settings) if scene.request.show_unmanaged else None
        observed = await look(scene, desired, progress, everything)
        return await judge(scene, desired, observed)


async def look(
    scene: Scene, desired: Desired, progress: Progress, everything: Mapping[str, tuple[Kind, ...]] | None = None
) -> Observed:
    """Read what manifests and entries name, and the kinds of `everything` whole."""
    request = scene.request
    return await observe.live(
        desired,
        scene.owned,
        kinds().get,
        scene.targets,
        request.selection,
        everything=everything,
        progress=progress,
    )


async def judge(
    scene: Scene, desired: Desired, observed: Observed, unset: Mapping[Address, Secrets] | None = None
) -> tuple[Built, Facts]:
    """Build the plan of what is desired and observed; `unset` are resources whose secrets count as not set."""
    settings, request, owned = scene.settings, scene.request, scene.owned
    locator = _locator(settings, request)
    desired, observed, unresolved = await observe.resolve_names(desired, scene.targets, observed, locator)
    _complain(unresolved)
    facts = Facts(
        desired=desired,
        observed=observed,
        inventory=owned,
        request=request,
        limits=settings.limits,
        targets=settings.targets,
        kind_of=kinds().get,
        today=datetime.now(UTC).date().isoformat(),
        secrets=bind.known_secrets(desired.resources.values(), owned.salt, settings.root)
        | dict(scene.aim.secrets if scene.aim is not None else {})
        | dict(unset or {}),
    )
    facts, decided, review = await _review(facts, scene.targets)
    if scene.aim is not None and scene.aim.record is not None:
        review = replace(review, diagnostics=(*review.diagnostics, *conflicts(scene.aim.record, facts)))
    built = planner.build(facts, decided, review)
    _complain(tuple(d for d in built.plan.diagnostics if d.severity == "error" and d.code.startswith("manifest.")))
    return built, facts


def limited(settings: Settings, request: Request, desired: Desired, owned: Inventory) -> Request:
    """Turn `since` into the addresses that it means, once."""
    if request.since is None:
        return request
    folders = (settings.manifests, settings.overlays)
    loaded = manifests.load(settings.root, *folders, rev=request.rev)
    systems = {name: target.system for name, target in settings.targets.items()}
    changed = manifests.changed_since(
        loaded, desired.resources, owned.entries, systems, settings.root, folders, request.since, request.rev
    )
    among = manifests.with_dependents(changed, desired.needs)
    return replace(request, selection=replace(request.selection, since=request.since, among=among))


def all_kinds(settings: Settings) -> dict[str, tuple[Kind, ...]]:
    """Give every kind that each target can hold."""
    known = kinds()
    return {
        name: tuple(known.get(target.system, kind) for kind in known.of(target.system))
        for name, target in sorted(settings.targets.items())
        if known.knows(target.system)
    }


def selected_kinds(settings: Settings, selection: Selection) -> dict[str, tuple[Kind, ...]]:
    """Give the kinds that are selected on each target, with those that their objects live in."""
    known, found = kinds(), {}
    for name, held in all_kinds(settings).items():
        if selects_target(selection, name):
            chosen = {kind.name for kind in held if selects_kind(selection, kind.name)}
            above = {parent for kind in held if kind.name in chosen for parent in _above(kind, known)}
            found[name] = tuple(kind for kind in held if kind.name in chosen | above)
    return found


def _above(kind: Kind, known: schema.Kinds) -> list[str]:
    return [] if kind.parent is None else [kind.parent, *_above(known.get(kind.system, kind.parent), known)]


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


def open_store(settings: Settings) -> inventory.Store:
    """Open the inventory that the settings name; reads nothing yet."""
    place = settings.inventory
    return inventory.open_store(place.store, place.path, settings.root, place.options)


@asynccontextmanager
async def connected(settings: Settings, desired: Desired, connect: Connect) -> AsyncIterator[Mapping[str, Provider]]:
    """Give a provider per target, closed at the end."""
    targets = connect(settings.targets, settings.root, note=desired.commit)
    try:
        yield targets
    finally:
        await asyncio.gather(*(target.close() for target in targets.values()))
