"""The routes of functions, which are an admin's alone.

Takes bodies with Python in them, gives functions as they are stored now.
It never switches one on but by a toggle: a new one is off, and an update leaves it as it is.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from reconciler.sandbox.openwebui import answers, plugin_rows, plugins, versions
from reconciler.sandbox.openwebui.answers import RawBody, answer, kept_if_equal, parse, refuse, storable
from reconciler.sandbox.openwebui.auths import ADMINS, VERIFIED, Admin, HasState
from reconciler.sandbox.openwebui.plugins import FUNCTION_CLASSES, BrokenPluginError
from reconciler.sandbox.openwebui.state import State
from reconciler.sandbox.store import Row

router = APIRouter(prefix="/api/v1/functions")
history_router = APIRouter(prefix="/api/v1/functions")


class FunctionMeta(BaseModel):
    """`meta`; other keys are kept."""

    model_config = ConfigDict(extra="allow")

    description: str | None = None
    manifest: dict[Any, Any] | None = {}


class FunctionForm(BaseModel):
    """Body of create and update."""

    id: str
    name: str
    content: str
    meta: FunctionMeta
    commit_message: str | None = None


@router.get("/", dependencies=VERIFIED)
async def read_all(state: HasState) -> Response:
    """Every function, without its code."""
    return answer([_shown(row) for row in state.functions.all()])


@router.get("/list", dependencies=ADMINS)
async def read_list(state: HasState) -> Response:
    """Every function with its owner, the last changed first."""
    rows = sorted(state.functions.all(), key=lambda row: row["updated_at"], reverse=True)
    return answer([{**_shown(row), "user": state.owner_of(row)} for row in rows])


@router.get("/export", dependencies=ADMINS)
async def export(state: HasState, include_valves: bool = False) -> Response:
    """Every function with its code; nobody has set a valve here."""
    more: Row = {"valves": {}} if include_valves else {}
    return answer([{**row, **more} for row in state.functions.all()])


@router.post("/create")
async def create(caller: Admin, body: RawBody, state: HasState) -> Response:
    """Create a function with a client's id, in small letters."""
    form = parse(FunctionForm, body)
    function_id = plugin_rows.free_id(state.functions, form.id)
    try:
        row = insert(state, function_id, form, caller.id)
    except BrokenPluginError as error:
        raise refuse(400, "[ERROR: Error creating function]") from error
    return answer(_shown(row))


@router.get("/id/{id}", dependencies=ADMINS)
async def read_one(id: str, state: HasState) -> Response:  # noqa: A002 - the API's name
    """One function."""
    return answer(_existing(state, id))


@router.post("/id/{id}/update")
async def update(caller: Admin, id: str, body: RawBody, state: HasState) -> Response:  # noqa: A002
    """Replace a function's name, code and meta."""
    form = parse(FunctionForm, body)
    old = state.functions.get(id)
    try:
        read, later = _read(state, form)
    except BrokenPluginError as error:
        if old is not None and state.dialect.bad_code_deactivates:
            state.functions.put(id, {**old, "is_active": False})
        raise plugin_rows.refused_update(state.dialect, error, "[ERROR: Error updating function]") from error
    if old is None:
        says = state.dialect.says_code_errors
        raise refuse(400, "Function not found" if says else "[ERROR: Error updating function]")
    new = _recorded(state, {**old, **read, "name": form.name, "updated_at": state.now()}, old, form, caller.id)
    stored = kept_if_equal(old, new) if state.dialect.keeps_equal else new
    state.functions.put(id, {**stored, "meta": {**stored["meta"], **later}})
    return answer(new)


@router.post("/id/{id}/toggle", dependencies=ADMINS)
async def toggle(id: str, state: HasState) -> Response:  # noqa: A002
    """Switch a function on, or off."""
    return answer(flip(state, id, "is_active"))


@router.post("/id/{id}/toggle/global", dependencies=ADMINS)
async def toggle_global(id: str, state: HasState) -> Response:  # noqa: A002
    """Let a function work for every model, or no more."""
    return answer(flip(state, id, "is_global"))


@router.delete("/id/{id}/delete", dependencies=ADMINS)
async def delete(id: str, state: HasState) -> Response:  # noqa: A002
    """Delete a function; a missing one is no error."""
    state.functions.drop(id)
    state.histories["function"].drop(id)
    return answer(True)


@history_router.get("/id/{id}/history", dependencies=ADMINS)
async def read_history(id: str, state: HasState, page: int = 1) -> Response:  # noqa: A002
    """A page of a function's versions, newest first."""
    if state.functions.get(id) is None:
        raise refuse(404, "Not found")
    return answer(versions.page(state, "function", id, page))


def insert(state: State, function_id: str, form: FunctionForm, owner_id: str) -> Row:
    """Store a new function; raise `BrokenPluginError` where its code is none."""
    now = state.now()
    read, later = _read(state, form)
    row: Row = {
        "id": function_id,
        "user_id": owner_id,
        "name": form.name,
        **read,
        "is_active": False,
        "is_global": False,
        "updated_at": now,
        "created_at": now,
    }
    row = _recorded(state, row, None, form, owner_id)
    state.functions.put(function_id, {**row, "meta": {**row["meta"], **later}})
    return row


def flip(state: State, function_id: str, key: str) -> Row:
    """Turn a switch of a function; raise 401 where there is none."""
    row = _existing(state, function_id)
    return state.functions.put(function_id, {**row, key: not row[key], "updated_at": state.now()})


def _read(state: State, form: FunctionForm) -> tuple[Row, Row]:
    """Give what a form says of the code and what the code says of itself, and what goes into `meta` afterwards."""
    plugin = plugins.load(form.content, FUNCTION_CLASSES, "Function")
    kind = FUNCTION_CLASSES[plugin.main.name]
    has_switch = kind == "filter" and plugin.has_switch
    meta = {**form.meta.model_dump(), "manifest": dict(plugin.manifest)}
    later: Row = {}
    if state.dialect.computes_switch:
        meta["toggle"] = has_switch
    elif has_switch:
        later = {"toggle": True}
    return {"type": kind, "content": plugin.content, "meta": storable(meta)}, later


def _recorded(state: State, row: Row, old: Row | None, form: FunctionForm, user_id: str) -> Row:
    if not state.dialect.history:
        return row
    return versions.record(state, "function", row, old, plugin_rows.snapshot, user_id, form.commit_message)


def _shown(row: Row) -> Row:
    return {key: value for key, value in row.items() if key != "content"}


def _existing(state: State, function_id: str) -> Row:
    row = state.functions.get(function_id)
    if row is None:
        raise refuse(401, answers.NOT_FOUND)
    return row
