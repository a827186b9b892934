"""Makes the body that is sent: references and secrets filled in at the last moment.

Takes a decision and the values known by now, gives bodies in memory; never stores or shows them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path as FilePath

from reconciler import secrets
from reconciler.errors import SecretMissing
from reconciler.model import (
    Action,
    Address,
    Body,
    Diagnostic,
    Field,
    Json,
    ListType,
    Operation,
    Path,
    Resource,
    SecretPlace,
)
from reconciler.paths import format_path, remove_at, replace_at, value_at
from reconciler.planning.canonical import child_field, digest_leaf, field_at, item_field
from reconciler.planning.diff import Removal, leaf_of
from reconciler.planning.work import Decision, Secrets
from reconciler.words import counted

_SENDING = (Action.CREATE, Action.UPDATE, Action.REPLACE)


def known_secrets(resources: Iterable[Resource], salt: str, root: FilePath) -> dict[Address, Secrets]:
    """Digest every secret that is set in this process; one that is not set is left out, not an error."""
    return {resource.address: _secrets_of(resource, salt, root) for resource in resources if resource.secrets}


def require_secrets(operations: Iterable[Operation], decisions: Mapping[Address, Decision], root: FilePath) -> None:
    """Raise `SecretMissing` with every secret that these operations would send and that is not set."""
    missing = [
        Diagnostic(
            "error",
            f"{format_path(place.path)} of {operation.address} needs a secret that is not set",
            f"it comes from {secrets.describe(place.source)}",
            f"set the {secrets.describe(place.source)} and apply again; nothing was written",
            operation.address,
            operation.source,
            "secret.missing",
        )
        for operation in operations
        if operation.action in _SENDING
        for place in _places(decisions[operation.address], operation.action)
        if secrets.read(place.source, root) is None
    ]
    if missing:
        raise SecretMissing(f"{counted(len(missing), 'secret')} not set", tuple(missing))


def fill_secrets(resource: Resource, spec: Body, root: FilePath) -> Body:
    """Give the spec with its secrets; raise `SecretMissing` where one is not set any more."""
    for place in resource.secrets:
        if value_at(spec, place.path) is None:
            continue  # an ignore rule has taken it out
        value = secrets.read(place.source, root)
        if value is None:
            raise SecretMissing(f"{resource.address}: {secrets.describe(place.source)} is not set")
        spec = replace_at(spec, place.path, value)
    return spec


def update_body(kind_root: Field, have: Body, want: Body, removals: tuple[Removal, ...]) -> Body:
    """Give the complete body of an update: what is live, overlaid by what is wanted, without what was removed.

    What is live in a field that inherits may not be its own: it is left out unless it is wanted.
    """
    inherited = {name for name, field in kind_root.properties.items() if field.inherits and name not in want}
    body: Body = _overlay({name: value for name, value in have.items() if name not in inherited}, want, kind_root)
    for removal in removals:
        if removal.omitted:
            body = _omit(body, removal.path, want, kind_root)
        else:
            body = replace_at(body, removal.path, removal.value)
    return body


def _omit(body: Body, path: Path, want: Body, root: Field) -> Body:
    """Leave a key out, and what held only it, up to the map that the API replaces as a whole."""
    body = remove_at(body, path)
    for depth in range(len(path) - 1, 0, -1):
        holder = path[:depth]
        if field_at(root, holder).atomic or value_at(body, holder) != {} or value_at(want, holder) is not None:
            break
        body = remove_at(body, holder)
    return body


def _overlay(have: Json, want: Json, field: Field) -> Json:
    if isinstance(want, dict):
        base = have if isinstance(have, dict) else {}
        return {**base, **{key: _overlay(base.get(key), value, child_field(field, key)) for key, value in want.items()}}
    if isinstance(want, list) and isinstance(have, list) and field.list is ListType.MAP and field.key:
        by_key = {item.get(field.key): item for item in have if isinstance(item, dict)}
        return [_overlay(by_key.get(item.get(field.key)), item, item_field(field)) for item in want]
    return want


def _places(decision: Decision, action: Action) -> tuple[SecretPlace, ...]:
    """Give the secrets that an operation sends: an update leaves out what an ignore rule covers."""
    places = decision.resource.secrets if decision.resource is not None else ()
    ignored = decision.ignored if action is Action.UPDATE else ()
    return tuple(p for p in places if not any(p.path[: len(rule)] == rule for rule in ignored))


def _secrets_of(resource: Resource, salt: str, root: FilePath) -> Secrets:
    leaves = sorted({leaf_of(place.path, resource.kind.root) for place in resource.secrets}, key=format_path)
    values = {place.path: secrets.read(place.source, root) for place in resource.secrets}
    digests = {}
    for leaf in leaves:
        inside = {path: value for path, value in values.items() if path[: len(leaf)] == leaf}
        if None not in inside.values():
            digests[format_path(leaf)] = _digest(resource, leaf, inside, salt)
    return Secrets(tuple(leaves), digests)


def _digest(resource: Resource, leaf: Path, values: Mapping[Path, str | None], salt: str) -> str:
    spec = resource.spec
    for path, value in values.items():
        spec = replace_at(spec, path, value)
    value = value_at(spec, leaf)
    return digest_leaf(salt, value, value, field_at(resource.kind.root, leaf))
