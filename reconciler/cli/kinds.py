"""Finds the kind that somebody named on the command line.

Takes `Model` or `openwebui/Model`, gives the kind. Pure but for reading its schema.
"""

from __future__ import annotations

from reconciler import schema
from reconciler.errors import SchemaError, UsageError
from reconciler.model import Kind


def find_kind(kinds: schema.Kinds, text: str, path: str = "") -> Kind:
    """Give the kind; without a system, the name alone must say which, or the path, if only one of them has the field.

    Raises `SchemaError` with the nearest name where there is none, `UsageError` where several systems have one.
    """
    system, _, name = text.rpartition("/")
    if system:
        return kinds.get(system, name)
    systems = [system for system, kind in kinds.names() if kind == name]
    systems = systems or [system for system, kind in kinds.everything() if kind == name]
    if not systems:
        known = dict.fromkeys(kind for _, kind in kinds.names())
        raise SchemaError(f"no kind is called {name!r}", hint=schema.did_you_mean(name, known))
    if len(systems) > 1 and path:
        systems = [system for system in systems if _has(kinds.get(system, name), path)] or systems
    if len(systems) > 1:
        choices = " or ".join(f"{system}/{name}" for system in systems)
        raise UsageError(f"several systems have a kind {name}", hint=f"say {choices}")
    return kinds.get(systems[0], name)


def _has(kind: Kind, path: str) -> bool:
    try:
        schema.explain(kind, path)
    except SchemaError:
        return False
    return True
