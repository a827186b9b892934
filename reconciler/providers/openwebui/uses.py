"""Warns of models that name tools and functions which are stored as declared and do nothing for them.

Takes what is desired and live, gives one warning per tool or function and cause, never one per model. Pure: asks no
server, says nothing of kinds that were not read, and never that anything is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler.model import Address, Body, Desired, Diagnostic, Observed, Resource
from reconciler.providers.openwebui.lint import some, warning

_USES: Mapping[str, tuple[str, str]] = {
    "toolIds": ("Tool", ""),
    "filterIds": ("Function", "filter"),
    "defaultFilterIds": ("Function", "filter"),
    "actionIds": ("Function", "action"),
}
"""Key of `meta` → the kind that it names, and of functions the type that works there."""
_TOOL_SERVER = "server:"


@dataclass(frozen=True, slots=True)
class _Stock:
    """One kind of one target as it will be after the run."""

    declared: Mapping[str, Resource]
    live: Mapping[str, Body]

    def why_useless(self, object_id: str, wanted: str) -> tuple[str, str] | None:
        """Say why a tool or a function does nothing where it is named, and what to do about it."""
        resource, row = self.declared.get(object_id), self.live.get(object_id, {})
        if resource is None and not row:
            return "is not there", "check the spelling, or declare it"
        if not wanted:
            return None
        spec = resource.spec if resource is not None else {}
        if not spec.get("is_active", row.get("is_active")):
            return "is not active", "set `is_active: true` in its manifest, or switch it on"
        is_as_read = resource is None or spec.get("content") == row.get("content")
        held = row.get("type", wanted) if is_as_read else wanted
        if held != wanted:
            return f"is of the type {held}, not {wanted}", "name it where its type works: filters, or actions"
        return None


def useless(target: str, desired: Desired, observed: Observed) -> list[Diagnostic]:
    """Warn of what models name and will not have."""
    stocks = {kind: _stock(target, kind, desired, observed) for kind in ("Tool", "Function")}
    causes: dict[tuple[str, str, str, str], dict[str, None]] = {}
    for resource, key, object_id in _named(target, desired):
        kind, wanted = _USES[key]
        stock = stocks[kind]
        why = stock.why_useless(object_id, wanted) if stock is not None else None
        if why is not None:
            causes.setdefault((kind, object_id, *why), {})[resource.address.name] = None
    return [
        warning(
            f"lint.{kind.lower()}-useless",
            f"{target}: {kind.lower()} {object_id} {why}: it does nothing for {some(list(names))}",
            hint,
        )
        for (kind, object_id, why, hint), names in causes.items()
    ]


def _stock(target: str, kind: str, desired: Desired, observed: Observed) -> _Stock | None:
    rows = observed.live.get((target, kind))
    if rows is None:
        return None
    here = [r for address, r in desired.resources.items() if (address.target, address.kind) == (target, kind)]
    return _Stock({str(resource.spec.get("id")): resource for resource in here}, {live.id: live.body for live in rows})


def _named(target: str, desired: Desired) -> Iterator[tuple[Resource, str, str]]:
    """Give each model with each tool and function that it names, by key of `meta` and id."""
    for address, resource in desired.resources.items():
        if (address.target, address.kind) != (target, "Model"):
            continue
        meta = resource.spec.get("meta") or {}
        for key in _USES:
            for index, item in enumerate(meta.get(key) or ()):
                object_id = _id_of(resource, key, index, desired) if isinstance(item, dict) else str(item)
                if not object_id.startswith(_TOOL_SERVER):
                    yield resource, key, object_id


def _id_of(resource: Resource, key: str, index: int, desired: Desired) -> str:
    to: Address = next(ref.to for ref in resource.refs if ref.path == ("meta", key, index))
    return str(desired.resources[to].spec.get("id"))
