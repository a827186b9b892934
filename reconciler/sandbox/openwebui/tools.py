"""The routes of tools.

Takes bodies with Python in them, gives tools as they are stored now.
It never runs a tool: what it says of the code comes from reading it.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from reconciler.sandbox.openwebui import access, answers, plugin_rows, plugins, versions
from reconciler.sandbox.openwebui.access import GrantsForm
from reconciler.sandbox.openwebui.answers import RawBody, answer, kept_if_equal, parse, refuse, storable
from reconciler.sandbox.openwebui.auths import Caller, HasState, Verified
from reconciler.sandbox.openwebui.dialect import Dialect
from reconciler.sandbox.openwebui.plugins import BrokenPluginError, Plugin
from reconciler.sandbox.openwebui.state import State
from reconciler.sandbox.openwebui.tool_specs import spec_of
from reconciler.sandbox.store import Row

router = APIRouter(prefix="/api/v1/tools")
history_router = APIRouter(prefix="/api/v1/tools")

_CODE = ("content", "specs")


class ToolMeta(BaseModel):
    """`meta` before 0.12."""

    i18n: dict[str, dict[str, str]] | None = None
    description: str | None = None
    manifest: dict[Any, Any] | None = {}
    has_user_valves: bool = False


class OpenToolMeta(ToolMeta):
    """`meta` since 0.12: other keys are kept."""

    model_config = ConfigDict(extra="allow")


class ToolForm(BaseModel):
    """Body of create and update before 0.12."""

    id: str
    name: str
    content: str
    meta: ToolMeta
    access_grants: list[dict[Any, Any]] | None = None
    commit_message: str | None = None


class OpenToolForm(ToolForm):
    """Body of create and update since 0.12."""

    meta: OpenToolMeta


def form_of(dialect: Dialect) -> type[ToolForm]:
    """Give the class of the body of create and update."""
    return OpenToolForm if dialect.open_tool_meta else ToolForm


@router.get("/")
async def read_all(caller: Verified, state: HasState, query: str | None = None) -> Response:
    """The tools that the caller may see, without their code; a real server lists tool servers here too."""
    rows = [row for row in _listed(state, caller) if not query or query.casefold() in row["name"].casefold()]
    return answer([{**_shown(state, row), "has_user_valves": row["meta"]["has_user_valves"]} for row in rows])


@router.get("/list")
async def read_list(caller: Verified, state: HasState) -> Response:
    """The tools that the caller may see, and whether the caller may change them."""
    rows = _listed(state, caller)
    return answer([{**_shown(state, row), "write_access": access.may_write(state, caller, row)} for row in rows])


@router.get("/export")
async def export(caller: Verified, state: HasState) -> Response:
    """The tools that the caller may change, with their code."""
    if not state.may(caller.user, "workspace.tools_export"):
        raise refuse(401, answers.UNAUTHORIZED)
    return answer([row for row in state.tools.all() if access.may_write(state, caller, row)])


@router.post("/create")
async def create(caller: Verified, body: RawBody, state: HasState) -> Response:
    """Create a tool with a client's id, in small letters."""
    form = parse(form_of(state.dialect), body)
    if not _may_write_code(state, caller):
        raise refuse(401, answers.UNAUTHORIZED)
    tool_id = plugin_rows.free_id(state.tools, form.id)
    try:
        row = insert(state, tool_id, form, caller.id, access.allowed(state, caller, "tool", form.access_grants))
    except BrokenPluginError as error:
        raise refuse(400, "[ERROR: Error creating tool]") from error
    return answer({key: value for key, value in row.items() if key not in _CODE})


@router.get("/id/{id}")
async def read_one(caller: Verified, id: str, state: HasState) -> Response:  # noqa: A002 - the API's name
    """One tool; only who may change it sees its code."""
    row = state.tools.get(id)
    if row is None:
        raise refuse(404, answers.NOT_FOUND)
    if not access.may_read(state, caller, row):
        raise refuse(401, answers.ACCESS_PROHIBITED)
    writes = access.may_write(state, caller, row)
    seen = {key: value for key, value in row.items() if writes or key != "content"}
    return answer({**seen, "user": None, "write_access": writes})


@router.post("/id/{id}/update")
async def update(caller: Verified, id: str, body: RawBody, state: HasState) -> Response:  # noqa: A002
    """Replace a tool's name, code and meta."""
    form = parse(form_of(state.dialect), body)
    old = _writable(state, caller, id, 401)
    if form.content != old["content"] and not _may_write_code(state, caller):
        raise refuse(401, answers.UNAUTHORIZED)
    try:
        new = {**old, **_read(form), "name": form.name, "updated_at": state.now()}
    except BrokenPluginError as error:
        raise plugin_rows.refused_update(state.dialect, error, "[ERROR: Error updating tool]") from error
    new = _recorded(state, access.updated(state, caller, "tool", new, form.access_grants), old, form, caller.id)
    state.tools.put(id, kept_if_equal(old, new) if state.dialect.keeps_equal else new)
    return answer(new)


@router.post("/id/{id}/access/update")
async def update_access(caller: Verified, id: str, body: RawBody, state: HasState) -> Response:  # noqa: A002
    """Replace a tool's grants."""
    form = parse(GrantsForm, body)
    row = _writable(state, caller, id, 404)
    return answer(state.tools.put(id, access.regranted(state, caller, "tool", row, form.access_grants)))


@router.delete("/id/{id}/delete")
async def delete(caller: Verified, id: str, state: HasState) -> Response:  # noqa: A002
    """Delete a tool; models that use it keep its id."""
    _writable(state, caller, id, 401)
    state.tools.drop(id)
    state.histories["tool"].drop(id)
    return answer(True)


@history_router.get("/id/{id}/history")
async def read_history(caller: Verified, id: str, state: HasState, page: int = 1) -> Response:  # noqa: A002
    """A page of a tool's versions, newest first."""
    _writable(state, caller, id, 404)
    return answer(versions.page(state, "tool", id, page))


def insert(state: State, tool_id: str, form: ToolForm, owner_id: str, grants: list[access.Grant]) -> Row:
    """Store a new tool; raise `BrokenPluginError` where its code is none."""
    now = state.now()
    row: Row = {
        "id": tool_id,
        "user_id": owner_id,
        "name": form.name,
        **_read(form),
        "access_grants": access.stored(state, "tool", tool_id, grants),
        "updated_at": now,
        "created_at": now,
    }
    return state.tools.put(tool_id, _recorded(state, row, None, form, owner_id))


def _read(form: ToolForm) -> Row:
    """Give what a form says of the code, and what the code says of itself."""
    plugin: Plugin = plugins.load(form.content, ("Tools",), "Tools")
    computed = {"manifest": dict(plugin.manifest), "has_user_valves": plugin.has_user_valves}
    return {
        "content": plugin.content,
        "specs": [spec_of(method) for method in plugin.methods],
        "meta": storable({**form.meta.model_dump(), **computed}),
    }


def _recorded(state: State, row: Row, old: Row | None, form: ToolForm, user_id: str) -> Row:
    if not state.dialect.history:
        return row
    return versions.record(state, "tool", row, old, plugin_rows.snapshot, user_id, form.commit_message)


def _shown(state: State, row: Row) -> Row:
    return {**row, "content": None, "user": state.owner_of(row)}


def _listed(state: State, caller: Caller) -> list[Row]:
    return [row for row in state.tools.all() if access.is_listed(state, caller, row)]


def _may_write_code(state: State, caller: Caller) -> bool:
    return any(state.may(caller.user, f"workspace.{word}") for word in ("tools", "tools_import"))


def _writable(state: State, caller: Caller, tool_id: str, missing: int) -> Row:
    row = state.tools.get(tool_id)
    if row is None:
        raise refuse(missing, answers.NOT_FOUND)
    if not access.may_write(state, caller, row):
        raise refuse(401, answers.UNAUTHORIZED)
    return row
