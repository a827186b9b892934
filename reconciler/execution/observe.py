"""Reads what is live.

Takes the desired graph, the inventory and the providers; gives `Observed`. Lists each kind once per target, parents
first, targets side by side. A target that cannot be read becomes a failure of its own: unknown, never empty.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from reconciler.errors import ProviderError, Unauthorized, UnresolvedName
from reconciler.model import (
    Account,
    Address,
    Desired,
    Diagnostic,
    Identity,
    Inventory,
    Kind,
    Live,
    Observed,
    Resource,
    Selection,
    Source,
)
from reconciler.paths import format_path
from reconciler.planning.refs import identity_of
from reconciler.planning.selection import EVERYTHING, selects, selects_target
from reconciler.providers.base import Provider

Progress = Callable[[str, int, int], None]
"""Called with a label, how many are done and how many there are."""


async def live(
    desired: Desired,
    inventory: Inventory,
    kinds: Callable[[str, str], Kind],
    providers: Mapping[str, Provider],
    selection: Selection = EVERYTHING,
    *,
    everything: Mapping[str, tuple[Kind, ...]] | None = None,
    progress: Progress = lambda label, done, total: None,
) -> Observed:
    """Read every kind that a manifest or an entry names, on the targets that the selection reaches.

    `everything` names kinds by target that are read whole, whether or not anything names them.
    """
    reached = _reached(desired, inventory, selection)
    wanted = {place: named for place, named in _wanted(desired, inventory, kinds).items() if place[0] in reached}
    for target, whole in (everything or {}).items():
        if selects_target(selection, target):
            wanted |= {(target, kind): wanted.get((target, kind), {}) for kind in whole}
    found: dict[tuple[str, str], tuple[Live, ...]] = {}
    accounts: dict[str, Account] = {}
    failures: dict[str, Diagnostic] = {}
    targets = sorted({target for target, _ in wanted})

    async def read(target: str) -> None:
        try:
            if target not in providers:
                failures[target] = _not_configured(target)
                return
            accounts[target] = await providers[target].identify()
            named = {kind: objects for (place, kind), objects in wanted.items() if place == target}
            found.update(await _read_target(providers[target], named, everything=everything is not None))
        except ProviderError as error:
            failures[target] = failure(target, error)
        progress("reading", len(accounts | failures), len(targets))

    await asyncio.gather(*(read(target) for target in targets))
    return Observed(dict(sorted(found.items())), accounts, failures)


def failure(target: str, error: ProviderError) -> Diagnostic:
    """Say that a target could not be read, and whether the credential or the way to it is at fault."""
    code = "target.unauthorized" if isinstance(error, Unauthorized) else "target.unreachable"
    message = error.message if error.message.startswith(f"{target}: ") else f"{target}: {error.message}"
    return Diagnostic("error", message, "what it holds is unknown", error.hint, code=code)


def _not_configured(target: str) -> Diagnostic:
    return Diagnostic(
        "error",
        f"{target}: objects of it are ours, but no target of this name is in the settings",
        "what it holds is unknown",
        "put the target back; if it was renamed, destroy or prune under the old name first",
        code="target.unreachable",
    )


async def resolve_names(
    desired: Desired,
    providers: Mapping[str, Provider],
    observed: Observed,
    locate: Callable[[Resource, tuple[str | int, ...]], Source],
) -> tuple[Desired, Observed, tuple[Diagnostic, ...]]:
    """Replace names that only a system understands.

    Gives the new graph, what was observed with the targets that failed only now, and what could not be resolved.
    """
    failures = dict(observed.failures)
    resources: dict[Address, Resource] = {}
    unresolved: list[Diagnostic] = []
    for address, resource in desired.resources.items():
        resources[address] = resource
        if address.target in failures:
            continue
        try:
            spec = await providers[address.target].resolve_names(resource.kind, resource.spec)
        except UnresolvedName as error:
            place = locate(resource, error.path)
            path = format_path(("spec", *error.path))
            unresolved.append(Diagnostic("error", error.message, "", error.hint, address, place, "manifest.name", path))
            continue
        except ProviderError as error:
            failures[address.target] = failure(address.target, error)
            continue
        if spec is not resource.spec:
            resources[address] = replace(resource, spec=spec)
    return replace(desired, resources=resources), replace(observed, failures=failures), tuple(unresolved)


def _reached(desired: Desired, inventory: Inventory, selection: Selection) -> frozenset[str]:
    """Give the targets that a run has to do with: those of what is selected, and of what that needs."""
    if selection == EVERYTHING:
        return frozenset({a.target for a in desired.resources} | {a.target for a in inventory.entries})
    todo = [a for a, resource in desired.resources.items() if selects(selection, a, resource.labels)]
    todo += [a for a in inventory.entries if a not in desired.resources and selects(selection, a, None)]
    seen = set(todo)
    while todo:
        address = todo.pop()
        entry = inventory.entries.get(address)
        for need in (*desired.needs.get(address, ()), *(entry.needs if entry else ())):
            if need not in seen:
                seen.add(need)
                todo.append(need)
    return frozenset(address.target for address in seen)


def _wanted(
    desired: Desired, inventory: Inventory, kinds: Callable[[str, str], Kind]
) -> dict[tuple[str, Kind], dict[Identity, frozenset[str]]]:
    """Collect, per target and kind, the identities that a run needs and the top-level fields it compares."""
    wanted: dict[tuple[str, str], tuple[Kind, dict[Identity, frozenset[str]]]] = {}
    shapes: dict[tuple[str, ...], frozenset[str]] = {}
    for address, resource in desired.resources.items():
        _, named = _place(address, resource.kind, kinds, wanted)
        identity = identity_of(resource, desired.resources)
        if identity is not None:
            named[identity] = _fields(tuple(resource.spec), shapes)
            _want_parent(address.target, resource.kind, identity, kinds, wanted)
    for address, entry in inventory.entries.items():
        place = wanted.get((address.target, address.kind))
        _, named = place or _place(address, kinds(entry.system, address.kind), kinds, wanted)
        fields, declared = _fields(tuple(entry.applied), shapes), named.get(entry.identity)
        named[entry.identity] = fields if declared is None or declared == fields else declared | fields
    return {(target, kind): named for (target, _), (kind, named) in sorted(wanted.items(), key=lambda item: item[0])}


def _want_parent(
    target: str,
    kind: Kind,
    identity: Identity,
    kinds: Callable[[str, str], Kind],
    wanted: dict[tuple[str, str], tuple[Kind, dict[Identity, frozenset[str]]]],
) -> None:
    """Want what an object lives in, and what that lives in: a literal may name one that no manifest declares."""
    while kind.parent is not None:
        kind = kinds(kind.system, kind.parent)
        identity = identity[: len(kind.identity)]
        wanted[target, kind.name][1].setdefault(identity, frozenset())


def _fields(paths: tuple[str, ...], shapes: dict[tuple[str, ...], frozenset[str]]) -> frozenset[str]:
    """Give the top-level fields of paths; most objects of a kind share one shape."""
    if paths not in shapes:
        shapes[paths] = frozenset(path.partition(".")[0].partition("[")[0] for path in paths)
    return shapes[paths]


def _place(
    address: Address,
    kind: Kind,
    kinds: Callable[[str, str], Kind],
    wanted: dict[tuple[str, str], tuple[Kind, dict[Identity, frozenset[str]]]],
) -> tuple[Kind, dict[Identity, frozenset[str]]]:
    key = (address.target, address.kind)
    if key not in wanted:
        wanted[key] = (kind, {})
        _want_parents(kind, address.target, kinds, wanted)
    return wanted[key]


def _want_parents(
    kind: Kind,
    target: str,
    kinds: Callable[[str, str], Kind],
    wanted: dict[tuple[str, str], tuple[Kind, dict[Identity, frozenset[str]]]],
) -> None:
    if kind.parent is not None and (target, kind.parent) not in wanted:
        parent = kinds(kind.system, kind.parent)
        wanted[target, kind.parent] = (parent, {})
        _want_parents(parent, target, kinds, wanted)


async def _read_target(
    provider: Provider, wanted: Mapping[Kind, Mapping[Identity, frozenset[str]]], *, everything: bool
) -> dict[tuple[str, str], tuple[Live, ...]]:
    target = provider.target.name
    found: dict[tuple[str, str], tuple[Live, ...]] = {}
    for generation in _generations(wanted):
        lists = await asyncio.gather(
            *(_read_kind(provider, kind, found, None if everything else wanted[kind]) for kind in generation)
        )
        found.update({(target, kind.name): objects for kind, objects in zip(generation, lists, strict=True)})
    return found


async def _read_kind(
    provider: Provider,
    kind: Kind,
    found: Mapping[tuple[str, str], tuple[Live, ...]],
    wanted: Mapping[Identity, frozenset[str]] | None,
) -> tuple[Live, ...]:
    parents = found[provider.target.name, kind.parent] if kind.parent else (None,)
    lists = await asyncio.gather(*(_collect(provider, kind, parent, wanted) for parent in parents))
    return tuple(live for objects in lists for live in objects)


async def _collect(
    provider: Provider, kind: Kind, parent: Live | None, wanted: Mapping[Identity, frozenset[str]] | None
) -> list[Live]:
    return [live async for live in provider.fetch(kind, parent, wanted)]


def _generations(kinds: Iterable[Kind]) -> list[list[Kind]]:
    """Sort kinds into parents, children, grandchildren."""
    by_name = {kind.name: kind for kind in kinds}

    def depth(kind: Kind) -> int:
        return 0 if kind.parent is None else 1 + depth(by_name[kind.parent])

    depths = {name: depth(kind) for name, kind in by_name.items()}
    return [
        sorted((by_name[name] for name, d in depths.items() if d == level), key=lambda kind: kind.name)
        for level in sorted(set(depths.values()))
    ]
