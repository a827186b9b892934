"""Access grants: what is kept of a list of them, who may give them, and what they let a user do.

Takes the lists that callers send and rows that carry grants, gives grants as they are stored, or raises the refusal.
It never looks up a principal: the server takes ids that nobody bears.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from reconciler.sandbox.openwebui import answers
from reconciler.sandbox.openwebui.answers import refuse
from reconciler.sandbox.openwebui.auths import Caller
from reconciler.sandbox.openwebui.state import State
from reconciler.sandbox.store import Row

Grant = dict[str, str]
PUBLIC = ("user", "*")

_WORDS = {"model": "models", "prompt": "prompts", "tool": "tools", "knowledge": "knowledge"}
"""What a grant's resource type is called in the names of permissions."""


class GrantsForm(BaseModel):
    """Body of the routes that share one object."""

    access_grants: list[dict[Any, Any]]


def normalise(grants: list[Any] | None) -> list[Grant]:
    """Drop what is no grant, and doubles; keep the order."""
    kept: dict[tuple[str, str, str], Grant] = {}
    for grant in grants or []:
        kind, id_, permission = (grant.get(key) for key in ("principal_type", "principal_id", "permission"))
        fits = kind in {"user", "group", "anyone"} and permission in {"read", "write"} and isinstance(id_, str) and id_
        if fits and (kind != "anyone" or (id_, permission) == ("*", "read")):
            kept[kind, id_, permission] = {"principal_type": kind, "principal_id": id_, "permission": permission}
    return list(kept.values())


def allowed(state: State, caller: Caller, resource_type: str, grants: list[Any] | None) -> list[Grant]:
    """Keep the grants that the caller may give. Nobody may share with `anyone`."""
    kept = [grant for grant in normalise(grants) if grant["principal_type"] != "anyone"]
    if caller.is_admin:
        return kept
    word = _WORDS[resource_type]
    if state.dialect.sharing_key and not state.may(caller.user, f"sharing.{word}"):
        return []
    return [grant for grant in kept if state.may(caller.user, _permission_for(word, grant))]


def validated(state: State, caller: Caller, resource_type: str, grants: list[Any]) -> list[Grant]:
    """Keep the grants that the caller may give; raise 403 where the version refuses the others."""
    kept = allowed(state, caller, resource_type, grants)
    if state.dialect.strict_audience and len(kept) != len(normalise(grants)):
        raise refuse(403, answers.AUDIENCE_REFUSED)
    return kept


def stored(state: State, resource_type: str, resource_id: str, grants: list[Grant]) -> list[Row]:
    """Give the grants as rows: each write makes new ones."""
    now = state.now()
    about = {"resource_type": resource_type, "resource_id": resource_id}
    return [{"id": state.new_id(), **about, **grant, "created_at": now} for grant in grants]


def regranted(state: State, caller: Caller, resource_type: str, row: Row, grants: list[Any]) -> Row:
    """Give the row with other grants, all of which the caller may give."""
    kept = validated(state, caller, resource_type, grants)
    return {**row, "access_grants": stored(state, resource_type, row["id"], kept)}


def updated(state: State, caller: Caller, resource_type: str, row: Row, grants: list[Any] | None) -> Row:
    """Give the row with the grants that an update brings, where the version lets it bring any."""
    if grants is None or not state.dialect.grants_on_update:
        return row
    return {
        **row,
        "access_grants": stored(state, resource_type, row["id"], allowed(state, caller, resource_type, grants)),
    }


def may_read(state: State, caller: Caller, row: Row) -> bool:
    """Say whether the caller may see the object."""
    return may_write(state, caller, row) or _has(state, caller, row, "read")


def may_write(state: State, caller: Caller, row: Row) -> bool:
    """Say whether the caller may change the object."""
    return caller.is_admin or row["user_id"] == caller.id or _has(state, caller, row, "write")


def is_listed(state: State, caller: Caller, row: Row) -> bool:
    """Say whether lists show the object: a grant to write alone does not put it there."""
    return caller.is_admin or row["user_id"] == caller.id or _has(state, caller, row, "read")


def _has(state: State, caller: Caller, row: Row, permission: str) -> bool:
    return state.has_grant(caller.id, row, permission, state.effective_groups(caller.id))


def _permission_for(word: str, grant: Grant) -> str:
    if (grant["principal_type"], grant["principal_id"]) == PUBLIC:
        return f"sharing.public_{word}"
    return f"access_grants.allow_{grant['principal_type']}s"
