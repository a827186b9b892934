"""Joins resources into the graph of what should be.

Takes validated resources, gives `Desired`; a reference to nothing and a circle are errors, the circle written as a
path. Pure but for the positions of what is wrong.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b

import orjson

from reconciler.errors import Cycle, DanglingRef
from reconciler.manifests.findings import Finding, diagnose
from reconciler.manifests.manifest import Loaded
from reconciler.manifests.problem import Problem
from reconciler.model import Address, Desired, Diagnostic, Path, Resource
from reconciler.schema import nearest

MOST_HINTS = 50
"""Looking for the nearest among thousands of names takes long; beyond these nobody reads on."""


def link(loaded: Loaded, resources: Sequence[Resource], warnings: tuple[Diagnostic, ...] = ()) -> Desired:
    """Give the graph; raise DanglingRef or Cycle with every finding.

    `resources` and `warnings` are what `check` gave for `loaded`.
    """
    ordered = _in_order(resources)
    if not loaded.only:  # else `check` did, and what others declare wrongly is not here
        dangling = diagnose(find_dangling(ordered.values(), ordered), loaded)
        if dangling:
            raise DanglingRef(_message(dangling), dangling)
    needs = {address: _needs(resource, ordered) for address, resource in ordered.items()}
    circles = diagnose(_circles(ordered, needs), loaded)
    if circles:
        raise Cycle(_message(circles), circles)
    return Desired(ordered, needs, warnings, _digest(ordered.values()), loaded.commit)


def find_dangling(resources: Iterable[Resource], declared: Collection[Address]) -> list[Finding]:
    """Give every reference to a manifest that does not exist."""
    found: list[Finding] = []
    given = list(resources)
    for resource in given:
        for path, to in _edges(resource):
            if to not in declared:
                hint = _called_now(to, given) or _nearest_address(path, to, declared) if len(found) < MOST_HINTS else ""
                problem = Problem(path, f"no manifest declares {to}", hint, "manifest.dangling")
                found.append(_finding(resource, problem))
    return found


def find_cycles(resources: Iterable[Resource]) -> list[Finding]:
    """Give every circle of references, as far as they lead to resources that are there."""
    ordered = _in_order(resources)
    return _circles(ordered, {address: _needs(resource, ordered) for address, resource in ordered.items()})


def _in_order(resources: Iterable[Resource]) -> dict[Address, Resource]:
    # The same order as that of addresses, whose own comparison would take longer than all else here.
    return {
        resource.address: resource
        for resource in sorted(resources, key=lambda r: (r.address.target, r.address.kind, r.address.name))
    }


def _edges(resource: Resource) -> Iterator[tuple[Path, Address]]:
    for ref in resource.refs:
        yield ("spec", *ref.path), ref.to
    for index, address in enumerate(resource.depends_on):
        yield ("metadata", "dependsOn", index), address


def _needs(resource: Resource, known: Mapping[Address, Resource]) -> tuple[Address, ...]:
    if not resource.refs and not resource.depends_on:
        return ()
    return tuple(sorted({to for _, to in _edges(resource) if to in known}))


def _circles(resources: Mapping[Address, Resource], needs: Mapping[Address, tuple[Address, ...]]) -> list[Finding]:
    """Walk the graph depth first in address order; an edge back to the path that led here closes a circle."""
    found = []
    done: set[Address] = set()
    for start in needs:
        path: dict[Address, Iterator[Address]] = {}
        current: Address | None = start if needs[start] and start not in done else None
        while current is not None:
            path.setdefault(current, iter(needs[current]))
            following = next((to for to in path[current] if to not in done), None)
            if following is None:
                done.add(current)
                del path[current]
                current = next(reversed(path), None)
            elif following in path:
                names = list(path)
                found.append(_circle([*names[names.index(following) :], following], resources))
            else:
                current = following
    return found


def _circle(path: list[Address], resources: Mapping[Address, Resource]) -> Finding:
    first = resources[path[0]]
    place = next(place for place, to in _edges(first) if to == path[1])
    summary = "the references go round in a circle: " + " → ".join(str(address) for address in path)
    hint = "take one of them out of `dependsOn`" if place[0] == "metadata" else "write one side as a literal id"
    return _finding(first, Problem(place, summary, hint, "manifest.cycle"))


def _finding(resource: Resource, problem: Problem) -> Finding:
    return Finding(problem, (resource.source, *resource.layers), resource.kind, resource.address)


def _called_now(to: Address, resources: Iterable[Resource]) -> str:
    """Name the manifest that had this name before."""
    place = (to.target, to.kind)
    named = (
        r.address for r in resources if to.name in r.previous_names and (r.address.target, r.address.kind) == place
    )
    return next((f"it is called `{now.kind}/{now.name}` now" for now in named), "")


def _nearest_address(path: Path, to: Address, declared: Collection[Address]) -> str:
    same_kind = [a.name for a in declared if a.target == to.target and a.kind == to.kind]
    close = nearest(to.name, same_kind)
    if close is not None:
        return f"did you mean `{to.kind}/{close}`?"
    elsewhere = sorted(str(a) for a in declared if a.name == to.name)
    if elsewhere:
        return f"did you mean `{elsewhere[0]}`?"
    in_spec = path[0] == "spec"
    return "what no manifest declares is written as a literal id" if in_spec else "`dependsOn` can only name manifests"


def _message(diagnostics: tuple[Diagnostic, ...]) -> str:
    more = f" (and {len(diagnostics) - 1} more)" if len(diagnostics) > 1 else ""
    return f"{diagnostics[0].source}: {diagnostics[0].summary}{more}"


def _digest(resources: Iterable[Resource]) -> str:
    """Digest what is wanted, in address order; where it was written makes no difference."""
    digest = blake2b(digest_size=16)
    for resource in resources:
        address, life = resource.address, resource.lifecycle
        rules = [(rule.path, rule.reason, rule.until) for rule in life.ignore]
        facts = (
            (address.target, resource.kind.system, address.kind, address.name),
            resource.spec,
            resource.labels,
            [str(to) for to in resource.depends_on],
            (life.protect, life.on_remove, rules),
            resource.previous_names,
        )
        digest.update(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS) + b"\n")
    return digest.hexdigest()
