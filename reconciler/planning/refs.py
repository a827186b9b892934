"""Puts live values where a spec says `{ref: ..}`.

Takes a resource and a look-up, gives its spec with every reference replaced. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reconciler.model import KNOWN_AFTER_APPLY, Action, Address, Body, Identity, Json, Live, Ref, Resource
from reconciler.paths import parse_path, replace_at, value_at
from reconciler.planning.canonical import field_at

PLACEHOLDER = "VALUE"
"""Stands for the field in what takes the place of a reference inside a text (`x-text-ref`)."""

Lookup = Callable[[Ref], Json]
"""Gives the value that a reference stands for, or `KNOWN_AFTER_APPLY`."""


def resolve(resource: Resource, lookup: Lookup) -> Body:
    """Give the resource's spec with its references replaced; the spec itself is not touched."""
    spec = resource.spec
    for ref in resource.refs:
        value = lookup(ref)
        if ref.inside is not None:
            value = value_at(spec, ref.path).replace(ref.inside[0], _written(ref, value))
        spec = replace_at(spec, ref.path, value)
    return spec


def awaited(resource: Resource, want: Body) -> tuple[Address, ...]:
    """Give what a resource refers to whose value only apply will know, sorted; `want` is its resolved spec."""
    return tuple(sorted({ref.to for ref in resource.refs if _written(ref, KNOWN_AFTER_APPLY) in _text(want, ref)}))


def _written(ref: Ref, value: Json) -> str:
    return str(value) if ref.inside is None else ref.inside[1].replace(PLACEHOLDER, str(value))


def _text(want: Body, ref: Ref) -> str:
    return str(value_at(want, ref.path))


def identity_of(resource: Resource, resources: Mapping[Address, Resource]) -> Identity | None:
    """Give the natural key, following references into other manifests; None where a server will assign it."""
    values = []
    for name in resource.kind.identity:
        value: Json = resource.spec.get(name)
        ref = next((ref for ref in resource.refs if ref.path == (name,)), None)
        if ref is not None:
            upstream = resources.get(ref.to)
            value = value_at(upstream.spec, parse_path(ref.field)) if upstream else None
        if not isinstance(value, (str, int)):
            return None
        values.append(str(value))
    return tuple(values)


def value_of(ref: Ref, upstream: Resource, live: Live | None, action: Action | None) -> Json:
    """Give what a reference stands for, as far as the plan can know.

    A field that the upstream manifest sets is known; one that its server sets is known while the object stays
    (and, if the server may change it on a write, while it is not written).
    """
    path = parse_path(ref.field)
    declared = value_at(upstream.spec, path)
    if declared is not None and not isinstance(declared, dict):
        return declared
    field = field_at(upstream.kind.root, path)
    stays = action in (None, Action.ADOPT) or (action is Action.UPDATE and (field.immutable or field.identity))
    return live_value(ref, live) if live is not None and stays else KNOWN_AFTER_APPLY


def live_value(ref: Ref, live: Live) -> Json:
    """Read the referred field of a live object."""
    value = value_at(live.body, parse_path(ref.field))
    return live.id if value is None and ref.field == "id" else value
