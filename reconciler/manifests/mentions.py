"""Finds the objects that texts name inside them: `Answer in the voice of {{snippet.brand}}.`

Takes resources, gives them with an edge for each mention, or what is wrong with one. Pure; never changes a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache

from reconciler.manifests.findings import Finding
from reconciler.manifests.problem import Problem
from reconciler.model import Address, Field, Json, Kind, Path, Ref, Resource, TextRefTarget

_KEY, _VALUE = "KEY", "VALUE"
_KEYS = r"([A-Za-z0-9][A-Za-z0-9._-]*)"

ByIdentity = Mapping[tuple[str, str, str], Address]
"""(target, kind, its identity) → the manifest that declares it."""


def linked(resources: Iterable[Resource]) -> tuple[list[Resource], list[Finding]]:
    """Give the resources, with the edges that their texts mean, and the mentions of what no manifest declares."""
    given = list(resources)
    wanted = frozenset[str]().union(*(_kinds(resource.kind.root) for resource in given))
    if not wanted:
        return given, []
    declared = {_identified(resource): resource.address for resource in given if resource.kind.name in wanted}
    findings: list[Finding] = []
    return [_linked(resource, declared, findings) for resource in given], findings


def speaks(kind: Kind) -> bool:
    """Say whether a text in a kind's specs may name objects."""
    return _speaks(kind.root)


def _identified(resource: Resource) -> tuple[str, str, str]:
    return resource.address.target, resource.kind.name, str(resource.spec.get(resource.kind.identity[-1]))


def _linked(resource: Resource, declared: ByIdentity, findings: list[Finding]) -> Resource:
    if not _speaks(resource.kind.root):
        return resource
    refs = []
    for path, key, means in _mentions(resource.spec, resource.kind.root, ()):
        written, sent = means.written.replace(_KEY, key), means.sent.replace(_KEY, key)
        to = declared.get((resource.address.target, means.kind, key))
        if to is None:
            hint = f"declare it, or name the {means.field} of one that lives elsewhere: {sent.replace(_VALUE, '1')}"
            problem = Problem(("spec", *path), f"no manifest declares what {written} names", hint, "manifest.dangling")
            findings.append(Finding(problem, (resource.source, *resource.layers), resource.kind, resource.address))
        else:
            refs.append(Ref(path, to, means.field, (written, sent)))
    return replace(resource, refs=(*resource.refs, *refs)) if refs else resource


def _mentions(value: Json, field: Field, path: Path) -> Iterator[tuple[Path, str, TextRefTarget]]:
    """Yield where a text names an object, and its key; one that a text names twice comes once."""
    if isinstance(value, str) and field.text_ref is not None:
        for key in dict.fromkeys(_pattern(field.text_ref.written).findall(value)):
            yield path, key, field.text_ref
    elif isinstance(value, dict):
        for name, below in value.items():
            inner = field.properties.get(name) or field.extra
            if _speaks(inner):
                yield from _mentions(below, inner or field, (*path, name))
    elif isinstance(value, list) and _speaks(field.items):
        for index, item in enumerate(value):
            yield from _mentions(item, field.items or field, (*path, index))


@cache
def _speaks(field: Field | None) -> bool:
    """Say whether a text at or below a field may name objects."""
    return field is not None and bool(_kinds(field))


@cache
def _kinds(field: Field) -> frozenset[str]:
    below = (*field.properties.values(), field.extra, field.items)
    inside = (_kinds(inner) for inner in below if inner is not None)
    own = frozenset([field.text_ref.kind]) if field.text_ref is not None else frozenset[str]()
    return own.union(*inside)


@cache
def _pattern(written: str) -> re.Pattern[str]:
    before, _, after = written.partition(_KEY)
    return re.compile(re.escape(before) + _KEYS + re.escape(after))
