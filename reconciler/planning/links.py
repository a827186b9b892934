"""Finds in literal values the objects that they name.

Takes a spec and the objects that it may name, as they were; gives references for the places that name one. An object
that is made again may get another id, so what named it must follow. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.model import Address, Body, Field, Json, Kind, Path, Ref
from reconciler.paths import format_path, parse_path, value_at
from reconciler.planning.canonical import child_field, field_at, item_field
from reconciler.planning.receipts import Image

Images = Mapping[Address, tuple[Kind, Image]]


def find(kind: Kind, spec: Body, address: Address, images: Images) -> tuple[Ref, ...]:
    """Give the references of one spec, in the order of their places.

    A place that does not name an object by its key or id, but one of its versions, belongs to the object that the same
    mapping names.
    """
    places = list(_places(spec, kind.root, ()))
    named = [ref for ref in (_named(*place, address, images) for place in places) if ref is not None]
    beside = {(ref.path[:-1], ref.to.kind): ref.to for ref in named}
    found = {ref.path: ref for ref in named}
    for path, _, field in places:
        targets = [beside[path[:-1], name] for name in _kinds(field) if (path[:-1], name) in beside]
        if path not in found and len(targets) == 1 and not _names(field, images[targets[0]][0]):
            found[path] = Ref(path, targets[0], field.ref.field if field.ref else "")
    return tuple(found[path] for path in sorted(found, key=format_path))


def _places(value: Json, field: Field, path: Path) -> Iterator[tuple[Path, Json, Field]]:
    """Yield each value that may stand for another object."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _places(item, child_field(field, key), (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _places(item, item_field(field), (*path, index))
    elif field.ref is not None and value is not None:
        yield path, value, field


def _named(path: Path, value: Json, field: Field, address: Address, images: Images) -> Ref | None:
    """Give the reference where exactly one object of the right kind bears this key or id."""
    bearers = [
        to
        for to, (kind, image) in images.items()
        if to != address and to.target == address.target and kind.name in _kinds(field)
        if _names(field, kind) and _held(image, field) == value
    ]
    return Ref(path, bearers[0], field.ref.field) if len(bearers) == 1 and field.ref is not None else None


def _kinds(field: Field) -> tuple[str, ...]:
    return field.ref.kinds if field.ref is not None else ()


def _names(field: Field, kind: Kind) -> bool:
    """Say whether the referred field tells one object from another."""
    name = field.ref.field if field.ref is not None else ""
    return name == "id" or field_at(kind.root, parse_path(name)).identity


def _held(image: Image, field: Field) -> Json:
    name = field.ref.field if field.ref is not None else ""
    value = value_at(image.body, parse_path(name))
    return image.id if value is None and name == "id" else value
