"""The routes that read models: all, base, export, pages, one, tags, history.

Takes queries, gives rows as each route shows them.
It never changes what the server holds.
"""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Response

from reconciler.sandbox.openwebui import access, answers, versions
from reconciler.sandbox.openwebui.answers import answer, refuse
from reconciler.sandbox.openwebui.auths import ADMINS, Caller, HasState, Verified
from reconciler.sandbox.openwebui.state import State
from reconciler.sandbox.openwebui.variables import with_schema
from reconciler.sandbox.store import Row

router = APIRouter(prefix="/api/v1/models")
history_router = APIRouter(prefix="/api/v1/models")

PAGE = 30


@router.get("/all", dependencies=ADMINS)
async def read_all(state: HasState) -> Response:
    """Every model and every override, of every owner."""
    return answer(state.models.all())


@router.get("/base", dependencies=ADMINS)
async def read_base(state: HasState, tag: str | None = None) -> Response:
    """The overrides of base models."""
    rows = [row for row in state.models.all() if row["base_model_id"] is None]
    return answer([row for row in rows if not tag or tag in _tags(row)])


@router.get("/export")
async def export(caller: Verified, state: HasState, ids: Annotated[list[str] | None, Query()] = None) -> Response:
    """The workspace models that the caller may change, or those of the ids; one that is not among them: 403."""
    if not state.may(caller.user, "workspace.models_export"):
        raise refuse(401, answers.UNAUTHORIZED)
    rows = [row for row in _workspace(state) if access.may_write(state, caller, row)]
    if ids is not None:
        rows = [row for row in rows if row["id"] in ids]
        if len(rows) != len(set(ids)):
            raise refuse(403, answers.ACCESS_PROHIBITED)
    return answer([{**row, "background_image_data": None} for row in rows])


@router.get("/list")
async def read_page(
    caller: Verified,
    state: HasState,
    query: str | None = None,
    view_option: str | None = None,
    tag: str | None = None,
    order_by: str | None = None,
    direction: str | None = None,
    page: int = 1,
) -> Response:
    """A page of the workspace models that the caller may see."""
    rows = [row for row in _workspace(state) if access.is_listed(state, caller, row)]
    rows = [row for row in rows if _fits(state, caller, row, query, view_option, tag)]
    if order_by in {"name", "created_at", "updated_at"}:
        rows.sort(key=lambda row: row[order_by], reverse=direction != "asc")
    elif not (query or view_option or tag or order_by or direction):
        rows.sort(key=lambda row: row["created_at"], reverse=True)
    start = (max(1, page) - 1) * PAGE
    items = [_item(state, caller, row) for row in rows[start : start + PAGE]]
    return answer({"items": items, "total": len(rows)})


@router.get("/model")
async def read_one(caller: Verified, id: str, state: HasState) -> Response:  # noqa: A002 - the API's name
    """One model; 404 where there is none, 401 where the caller may not see it."""
    row = state.models.get(id)
    if row is None:
        raise refuse(404, answers.NOT_FOUND)
    if not access.may_read(state, caller, row):
        raise refuse(401, answers.ACCESS_PROHIBITED)
    return answer({**_seen(state, caller, row), "user": None})


@router.get("/tags")
async def read_tags(caller: Verified, state: HasState) -> Response:
    """The tags of the workspace models that the caller may see."""
    rows = [row for row in _workspace(state) if access.is_listed(state, caller, row)]
    return answer(sorted({tag for row in rows for tag in _tags(row)}))


@router.get("/base/tags", dependencies=ADMINS)
async def read_base_tags(state: HasState) -> Response:
    """The tags of the overrides."""
    return answer(sorted({tag for row in state.models.all() if row["base_model_id"] is None for tag in _tags(row)}))


@history_router.get("/model/history")
async def read_history(caller: Verified, id: str, state: HasState, page: int = 1) -> Response:  # noqa: A002
    """A page of a model's versions, newest first."""
    _require_history(state, caller, id)
    return answer(versions.page(state, "model", id, page))


@history_router.get("/model/history/{entry_id}")
async def read_history_entry(caller: Verified, id: str, entry_id: str, state: HasState) -> Response:  # noqa: A002
    """One version, with what it held."""
    _require_history(state, caller, id)
    entry = next((entry for entry in versions.entries(state, "model", id) if entry["id"] == entry_id), None)
    if entry is None:
        raise refuse(404, answers.VERSION_NOT_FOUND)
    return answer(versions.signed(state, entry))


def _require_history(state: State, caller: Caller, model_id: str) -> None:
    row = state.models.get(model_id)
    if row is None:
        raise refuse(404, answers.NOT_FOUND)
    if not access.may_write(state, caller, row):
        raise refuse(403, answers.ACCESS_PROHIBITED)


def _workspace(state: State) -> list[Row]:
    return [row for row in state.models.all() if row["base_model_id"] is not None]


def _fits(state: State, caller: Caller, row: Row, query: str | None, view: str | None, tag: str | None) -> bool:
    mine = row["user_id"] == caller.id
    if (view == "created" and not mine) or (view == "shared" and mine):
        return False
    if tag and f'"{tag.lower()}"' not in orjson.dumps(row["meta"]).decode().lower():
        return False
    owner = state.users.get(row["user_id"]) or {"name": "", "email": ""}
    texts = (row["name"], row["base_model_id"], owner["name"], owner["email"])
    return not query or any(query.lower() in text.lower() for text in texts)


def _item(state: State, caller: Caller, row: Row) -> Row:
    shown = _seen(state, caller, row)
    shown["meta"] = {key: value for key, value in shown["meta"].items() if key != "profile_image_url"}
    return {**shown, "user": state.owner_of(row)}


def _seen(state: State, caller: Caller, row: Row) -> Row:
    """Give the model as the caller sees it: whoever may not write sees no params."""
    writes = access.may_write(state, caller, row)
    shown: dict[str, Any] = {**with_schema(row), "write_access": writes}
    return shown if writes else {**shown, "params": {}}


def _tags(row: Row) -> list[str]:
    return [tag["name"] for tag in row["meta"].get("tags") or []]
