"""Turns bodies of manifests into forms of Runtype, and rows of its lists into bodies.

Takes and gives JSON values; what it was given stays as it is. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from reconciler.model import Body, Json, Live

PLATFORM = "platform"
"""How a write names Runtype's own key; a read says null (vendor's client 5.5.0)."""

CREATED: Mapping[str, tuple[str, ...]] = {
    "ProviderKey": ("provider", "name", "apiKey", "isDefault", "settings"),
    "ModelConfig": ("provider", "modelId", "providerKeyId", "settings"),
}
"""What the body of a create has room for."""

CHANGED: Mapping[str, tuple[str, ...]] = {
    "ProviderKey": ("apiKey", "isActive", "isDefault", "settings"),
    "ModelConfig": ("settings", "providerKeyId", "isEnabled"),
}
"""What can be changed later, some of it only then."""

SHOWN: Mapping[str, tuple[str, ...]] = {
    kind: tuple(name for name in names if name != "apiKey") for kind, names in CHANGED.items()
}
"""What a row tells of that; generations differ in what they leave out."""


def form(body: Body, names: Iterable[str]) -> Body:
    """Give the named fields that a body has, without nulls: what shall not be there is left out."""
    return {name: _without_nulls(body[name]) for name in names if body.get(name) is not None}


def not_held(wanted: Body, live: Live) -> Body:
    """Give what is wanted and not so in what the server holds."""
    return {name: value for name, value in wanted.items() if not _holds(live.body.get(name), value)}


def unseen(kind: str, row: Body) -> frozenset[str]:
    """Give the fields that a row leaves out, as older generations do, or that nobody has decided: both are unknown."""
    left_out = {name for name in SHOWN[kind] if name not in row}
    return frozenset(left_out | {"providerKeyId", "settings"} if is_undecided(row) else left_out)


def read_config(row: Body) -> Body:
    """Give a configuration with the one spelling of its key: the organization's connection, the key, or the platform's.

    In an organization `providerKeyId` is but an alias for old clients (vendor's client 5.5.0).
    """
    if "providerKeyId" not in row and "organizationConnectionId" not in row:
        return row
    return {**row, "providerKeyId": row.get("organizationConnectionId") or row.get("providerKeyId") or PLATFORM}


def aliases(rows: Iterable[Body]) -> dict[str, str]:
    """Give old id → id of the keys that became connections, as far as rows tell both."""
    return {
        old: new
        for row in rows
        if (old := row.get("providerKeyId")) and (new := row.get("organizationConnectionId")) and old != new
    }


def is_undecided(row: Body) -> bool:
    """Say whether teammates' settings are in conflict since an organization took the configuration over."""
    return row.get("configurationStatus") == "needs_configuration"


def defaults(rows: Sequence[Body]) -> Json:
    """Give the id of the default configuration; a list where several are marked, None where none is."""
    ids = sorted(str(row["id"]) for row in rows if row.get("isDefault") is True)
    return ids if len(ids) > 1 else ids[0] if ids else None


def _without_nulls(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return value


def _holds(held: Json, wanted: Json) -> bool:
    if isinstance(wanted, dict) and isinstance(held, dict):
        return all(_holds(held.get(key), value) for key, value in wanted.items())
    return bool(held == wanted)
