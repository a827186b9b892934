"""The model lists that chat clients read: what answers to an id, not what is configured.

Takes nothing but the caller, gives upstream models and the active models that wrap them.
It never shows params, and never changes what the server holds.
"""

from __future__ import annotations

from fastapi import APIRouter, Response

from reconciler.sandbox.openwebui.answers import answer
from reconciler.sandbox.openwebui.auths import ADMINS, Caller, HasState, Verified
from reconciler.sandbox.openwebui.configs import current
from reconciler.sandbox.openwebui.state import State
from reconciler.sandbox.openwebui.variables import with_schema
from reconciler.sandbox.store import Row

router = APIRouter(prefix="/api")

_BLANK: Row = {"actions": [], "filters": []}


@router.get("/models/base", dependencies=ADMINS)
async def read_base(state: HasState) -> Response:
    """What the upstreams list."""
    return answer({"data": state.upstream.all()})


@router.get("/models")
@router.get("/v1/models")
async def read_chat(caller: Verified, state: HasState) -> Response:
    """What the caller can chat with. Without any upstream model this is empty, whatever is configured."""
    shown = [entry for entry in _entries(state) if _visible(state, caller, entry)]
    order = {model: place for place, model in enumerate(current(state)["MODEL_ORDER_LIST"] or [])}
    if order:
        shown.sort(key=lambda entry: (order.get(entry["id"], len(order)), entry["name"]))
    return answer({"data": shown})


def upstream_entry(body: Row, now: int) -> Row:
    """Give an upstream model as the lists show it; `id` alone is enough."""
    raw = {"object": "model", "created": now, "owned_by": "openai", **body, "connection_type": "external"}
    return {**raw, "name": body.get("name", body["id"]), "openai": raw, "provider": "", "urlIdx": 0}


def _entries(state: State) -> list[Row]:
    upstream = {entry["id"]: entry for entry in state.upstream.all()}
    rows = state.models.all()
    overrides = {row["id"]: row for row in rows if row["base_model_id"] is None}
    entries = []
    for id_, entry in upstream.items():
        override = overrides.get(id_)
        if override is None:
            entries.append({**entry, **_BLANK, "tags": []})
        elif override["is_active"]:
            info = _info(state, override)
            tags = info["meta"].get("tags") or []
            entries.append({**entry, **_BLANK, "name": override["name"], "info": info, "tags": tags})
    presets = [row for row in rows if row["base_model_id"] is not None and row["is_active"] and upstream]
    return entries + [_preset(state, row, upstream) for row in presets if row["id"] not in upstream]


def _preset(state: State, row: Row, upstream: dict[str, Row]) -> Row:
    base = upstream.get(row["base_model_id"], {"owned_by": "openai", "connection_type": None})
    info = _info(state, row)
    return {
        "id": row["id"],
        "name": row["name"],
        "object": "model",
        "created": row["created_at"],
        "owned_by": base["owned_by"],
        "connection_type": base["connection_type"],
        "preset": True,
        "info": info,
        **_BLANK,
        "tags": info["meta"].get("tags") or [],
    }


def _info(state: State, row: Row) -> Row:
    info = with_schema(row)
    meta = {key: value for key, value in info["meta"].items() if key != "profile_image_url"}
    without_params = {key: value for key, value in info.items() if key != "params"}
    return {**without_params, "meta": meta, **({"params": {}} if state.dialect.chat_params else {})}


def _visible(state: State, caller: Caller, entry: Row) -> bool:
    info = entry.get("info")
    if caller.is_admin:
        return True
    if info is None:
        return False  # an upstream model that has no row is for admins alone
    owned = info["user_id"] == caller.id
    return bool(owned or state.has_grant(caller.id, info, "read", state.effective_groups(caller.id)))
