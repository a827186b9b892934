"""Follows what an organization has taken over.

Takes a write and the 409 that it was answered with, gives the write that takes its place, or what a person can do.
Pure: sends nothing. Who sends it follows each code once: ids that lead in a circle lead nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from reconciler.errors import Malformed
from reconciler.model import Body
from reconciler.providers.session import Answer

MIGRATED = "ORGANIZATION_MODEL_CONFIG_MIGRATED"
UNDECIDED = "ORGANIZATION_MODEL_CONFIG_NEEDS_CONFIGURATION"
CONNECTED = "ORGANIZATION_CONNECTION_MIGRATED"
DECIDES = "PUT /model-configs/{id}"
"""What decides a configuration."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A write."""

    verb: str
    """`METHOD /path`, `{id}` in it being the object's."""
    id: str = ""
    body: Body | None = None
    decision: Body | None = None
    """All that is wanted of a configuration: writing that decides one that nobody has decided."""


def code_of(answer: Answer) -> tuple[str, Body]:
    """Give the code of a 409 and what came with it; "" where it has none."""
    if answer.status != 409:
        return "", {}
    try:
        told = answer.json()
    except Malformed:
        return "", {}
    code = told.get("code") if isinstance(told, dict) else None
    return (code, told) if isinstance(code, str) else ("", {})


def onward(ask: Ask, code: str, told: Body) -> Ask | None:
    """Give the write that takes the place of a refused one, or None.

    A create is not led on to an object that exists: that would overwrite it.
    """
    follow = _FOLLOWED.get(code)
    return follow(ask, told) if follow is not None else None


def _to_successor(ask: Ask, told: Body) -> Ask | None:
    successor = told.get("configId")
    return replace(ask, id=successor) if ask.id and isinstance(successor, str) else None


def _with_decision(ask: Ask, told: Body) -> Ask | None:
    undecided = told.get("configId")
    if ask.decision is None or not isinstance(undecided, str):
        return None
    return replace(ask, verb=DECIDES, id=undecided, body=ask.decision)


def _to_connection(ask: Ask, told: Body) -> Ask | None:
    """The id that became a connection's is the one in the body, else the one in the path."""
    connection = told.get("replacementId")
    if not isinstance(connection, str):
        return None
    if ask.body is not None and "providerKeyId" in ask.body:
        return replace(ask, body=_keyed(ask.body, connection), decision=_keyed(ask.decision, connection))
    return replace(ask, id=connection) if ask.id else None


def _keyed(body: Body | None, key: str) -> Body | None:
    return {**body, "providerKeyId": key} if body is not None else None


_FOLLOWED: Mapping[str, Callable[[Ask, Body], Ask | None]] = {
    MIGRATED: _to_successor,
    UNDECIDED: _with_decision,
    CONNECTED: _to_connection,
}

HINTS: Mapping[str, str] = {
    MIGRATED: "the organization has taken it over under another id: plan again",
    UNDECIDED: "teammates' settings of it are in conflict, and somebody has to decide: declare its ModelConfig with"
    " settings and key, say --adopt if it is not yours, and apply that first; or decide it in the dashboard",
    CONNECTED: "the organization has taken the key over under another id: plan again",
}
"""What to do where a code is not followed."""
