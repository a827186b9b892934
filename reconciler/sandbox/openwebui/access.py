"""Access grants: what is kept of a list of them, and who may give them.

Takes the lists that callers send, gives grants as they are stored, or raises the refusal.
It never looks up a principal: the server takes ids that nobody bears.
"""

from __future__ import annotations

from typing import Any

from reconciler.sandbox.openwebui import answers
from reconciler.sandbox.openwebui.answers import refuse
from reconciler.sandbox.openwebui.auths import Caller
from reconciler.sandbox.openwebui.state import State
from reconciler.sandbox.store import Row

Grant = dict[str, str]
PUBLIC = ("user", "*")


def normalise(grants: list[Any] | None) -> list[Grant]:
    """Drop what is no grant, and doubles; keep the order."""
    kept: dict[tuple[str, str, str], Grant] = {}
    for grant in grants or []:
        kind, id_, permission = (grant.get(key) for key in ("principal_type", "principal_id", "permission"))
        fits = kind in {"user", "group", "anyone"} and permission in {"read", "write"} and isinstance(id_, str) and id_
        if fits and (kind != "anyone" or (id_, permission) == ("*", "read")):
            kept[kind, id_, permission] = {"principal_type": kind, "principal_id": id_, "permission": permission}
    return list(kept.values())


def allowed(state: State, caller: Caller, grants: list[Any] | None) -> list[Grant]:
    """Keep the grants that the caller may give. Nobody may share a model with `anyone`."""
    kept = [grant for grant in normalise(grants) if grant["principal_type"] != "anyone"]
    if caller.is_admin:
        return kept
    sharing = state.dialect.sharing_key
    if sharing is not None and not state.may(caller.user, sharing):
        return []
    return [grant for grant in kept if state.may(caller.user, _permission_for(grant))]


def validated(state: State, caller: Caller, grants: list[Any]) -> list[Grant]:
    """Keep the grants that the caller may give; raise 403 where the version refuses the others."""
    kept = allowed(state, caller, grants)
    if state.dialect.strict_audience and len(kept) != len(normalise(grants)):
        raise refuse(403, answers.AUDIENCE_REFUSED)
    return kept


def stored(state: State, model_id: str, grants: list[Grant]) -> list[Row]:
    """Give the grants as rows: each write makes new ones."""
    now = state.now()
    return [
        {"id": state.new_id(), "resource_type": "model", "resource_id": model_id, **grant, "created_at": now}
        for grant in grants
    ]


def may_read(state: State, caller: Caller, model: Row) -> bool:
    """Say whether the caller may see the model."""
    return may_write(state, caller, model) or _has(state, caller, model, "read")


def may_write(state: State, caller: Caller, model: Row) -> bool:
    """Say whether the caller may change the model."""
    return caller.is_admin or model["user_id"] == caller.id or _has(state, caller, model, "write")


def _has(state: State, caller: Caller, model: Row, permission: str) -> bool:
    return state.has_grant(caller.id, model, permission, state.effective_groups(caller.id))


def _permission_for(grant: Grant) -> str:
    if (grant["principal_type"], grant["principal_id"]) == PUBLIC:
        return "sharing.public_models"
    return f"access_grants.allow_{grant['principal_type']}s"
