"""Compares and changes the bodies of cases.

Takes specs in the spelling of manifests, gives new ones, or what differs. Knows no schema: what it calls equal is said
here in a few lines, and not by the product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from reconciler.paths import parse_path, remove_at, replace_at, value_at
from tests.conformance.subjects import At, Body


def differences(want: Any, have: Any, id_of: Callable[[str], str | None], path: str = "") -> Iterator[str]:
    """Say where `have` is not as `want` says: undeclared keys do not count, nor does the order of a list.

    `id_of` gives the id that stands on the server for a reference.
    """
    if isinstance(want, dict) and set(want) == {"ref"}:
        want = id_of(want["ref"])
    if isinstance(want, dict):
        for key, value in want.items():
            held = have.get(key) if isinstance(have, dict) else None
            yield from differences(value, held, id_of, f"{path}.{key}")
    elif isinstance(want, list) and have is not None:
        pool = list(have)
        for item in want:
            found = next((other for other in pool if not list(differences(item, other, id_of))), None)
            if found is None:
                yield f"{path}: {item!r} is not in {have!r}"
            else:
                pool.remove(found)
        yield from (f"{path}: {item!r} is too many" for item in pool)
    elif not alike(want, have):
        yield f"{path}: {have!r} is not {want!r}"


def resolved(spec: Any, id_of: Callable[[str], str | None]) -> Any:
    """Give a spec with what stands on the server for its references."""
    if isinstance(spec, dict) and "ref" in spec:
        return id_of(spec["ref"])
    if isinstance(spec, dict):
        return {key: resolved(value, id_of) for key, value in spec.items()}
    return [resolved(item, id_of) for item in spec] if isinstance(spec, list) else spec


def alike(want: Any, have: Any) -> bool:
    """Say whether two values mean the same: nothing is nothing, 1 is 1.0, true is not 1."""
    if want in (None, [], {}):
        return have in (None, [], {})
    return bool(want == have) and isinstance(want, bool) == isinstance(have, bool)


def declared(path: str, fields: Iterable[str]) -> str | None:
    """Give the field that a path is, or lies in."""
    return next((field for field in fields if path == field or path.startswith((f"{field}.", f"{field}["))), None)


def laid(spec: Body, changes: At) -> Body:
    """Give a spec with values changed."""
    for path, value in changes.items():
        spec = replace_at(spec, parse_path(path), value)
    return spec


def lacking(spec: Body, paths: Iterable[str]) -> Body:
    """Give a spec without some fields, and without the objects that this leaves empty."""
    for path in paths:
        steps = parse_path(path)
        spec = remove_at(spec, steps)
        while len(steps) > 1 and value_at(spec, steps[:-1]) == {}:
            steps = steps[:-1]
            spec = remove_at(spec, steps)
    return spec


def renamed(spec: Body, names: Mapping[str, str]) -> Body:
    """Give a spec with fields called by other names."""
    return {names.get(name, name): value for name, value in spec.items()}


def turned(spec: Body, paths: Iterable[str]) -> dict[str, Any]:
    """Give lists of a spec in reverse."""
    return {path: value_at(spec, parse_path(path))[::-1] for path in paths}
