"""The routes of prompts.

Takes bodies and queries, gives prompts as they are stored now.
It never clears `data` or `meta`: an empty object means as it was.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel

from reconciler.sandbox.openwebui import access, answers, versions
from reconciler.sandbox.openwebui.access import GrantsForm
from reconciler.sandbox.openwebui.answers import RawBody, answer, kept_if_equal, parse, refuse, storable
from reconciler.sandbox.openwebui.auths import Caller, HasState, Verified
from reconciler.sandbox.openwebui.state import State
from reconciler.sandbox.store import Row

router = APIRouter(prefix="/api/v1/prompts")

PAGE = 30


class PromptForm(BaseModel):
    """Body of create and update."""

    command: str
    name: str
    content: str
    data: dict[Any, Any] | None = None
    meta: dict[Any, Any] | None = None
    tags: list[str] | None = None
    access_grants: list[dict[Any, Any]] | None = None
    version_id: str | None = None
    commit_message: str | None = None
    is_production: bool | None = True


@router.get("/")
async def read_active(caller: Verified, state: HasState) -> Response:
    """The active prompts that the caller may see, the last changed first."""
    return answer(sorted(_active(state, caller), key=lambda row: row["updated_at"], reverse=True))


@router.get("/tags")
async def read_tags(caller: Verified, state: HasState) -> Response:
    """The tags of the active prompts that the caller may see."""
    return answer(sorted({tag for row in _active(state, caller) for tag in row["tags"] if tag}))


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
    """A page of the prompts that the caller may see, inactive ones too."""
    rows = [row for row in state.prompts.all() if access.is_listed(state, caller, row)]
    rows = [row for row in rows if _fits(state, caller, row, query, view_option, tag)]
    order = order_by if order_by in {"name", "created_at", "updated_at"} else "updated_at"
    rows.sort(key=lambda row: row[order], reverse=order != order_by or direction != "asc")
    start = (max(1, page) - 1) * PAGE
    items = [{**_seen(state, caller, row), "user": state.owner_of(row)} for row in rows[start : start + PAGE]]
    return answer({"items": items, "total": len(rows)})


@router.post("/create")
async def create(caller: Verified, body: RawBody, state: HasState) -> Response:
    """Create a prompt; the server makes up its id."""
    form = parse(PromptForm, body)
    if not any(state.may(caller.user, f"workspace.{word}") for word in ("prompts", "prompts_import")):
        raise refuse(401, answers.UNAUTHORIZED)
    _require_free(state, form.command)
    return answer(insert(state, form, caller.id, access.allowed(state, caller, "prompt", form.access_grants)))


@router.get("/id/{id}")
async def read_one(caller: Verified, id: str, state: HasState) -> Response:  # noqa: A002 - the API's name
    """One prompt; one that the caller may not see is as good as missing."""
    row = _existing(state, id)
    if not access.may_read(state, caller, row):
        raise refuse(404, answers.NOT_FOUND)
    return answer({**_seen(state, caller, row), "user": None})


@router.post("/id/{id}/update")
async def update(caller: Verified, id: str, body: RawBody, state: HasState) -> Response:  # noqa: A002
    """Change a prompt: tags are replaced where there are some, `data` and `meta` where they are not empty."""
    form = parse(PromptForm, body)
    old = _writable(state, caller, id)
    if form.command != old["command"]:
        _require_free(state, form.command)
    new = {**old, "command": form.command, "updated_at": state.now()}
    if form.is_production:
        tags = old["tags"] if form.tags is None else form.tags
        kept: Row = {"data": form.data or old["data"], "meta": form.meta or old["meta"], "tags": tags}
        new |= {"name": form.name, "content": form.content, **storable(kept)}
    new = access.updated(state, caller, "prompt", new, form.access_grants)
    if _makes_a_version(state, old, form):
        version = _add_version(state, new, form, caller.id, form.commit_message)
        new["version_id"] = version if form.is_production else old["version_id"]
    state.prompts.put(id, kept_if_equal(old, new))
    return answer(new)


@router.post("/id/{id}/access/update")
async def update_access(caller: Verified, id: str, body: RawBody, state: HasState) -> Response:  # noqa: A002
    """Replace a prompt's grants."""
    form = parse(GrantsForm, body)
    row = _writable(state, caller, id)
    return answer(state.prompts.put(id, access.regranted(state, caller, "prompt", row, form.access_grants)))


@router.post("/id/{id}/toggle")
async def toggle(caller: Verified, id: str, state: HasState) -> Response:  # noqa: A002
    """Make an active prompt inactive and the other way round."""
    row = _writable(state, caller, id)
    changed = {**row, "is_active": not row["is_active"], "updated_at": state.now()}
    return answer(state.prompts.put(id, changed))


@router.delete("/id/{id}/delete")
async def delete(caller: Verified, id: str, state: HasState) -> Response:  # noqa: A002
    """Delete a prompt and its history."""
    _writable(state, caller, id)
    state.prompts.drop(id)
    state.histories["prompt"].drop(id)
    return answer(True)


@router.get("/id/{id}/history")
async def read_history(caller: Verified, id: str, state: HasState, page: int = 0) -> Response:  # noqa: A002
    """A page of a prompt's versions, newest first, with what they held."""
    row = _existing(state, id)
    if not access.may_read(state, caller, row):
        raise refuse(401, answers.ACCESS_PROHIBITED)
    entries = versions.entries(state, "prompt", id)[::-1][page * versions.PAGE : (page + 1) * versions.PAGE]
    return answer([{**entry, "user": state.owner_of(entry)} for entry in entries])


def insert(state: State, form: PromptForm, owner_id: str, grants: list[access.Grant]) -> Row:
    """Store a new prompt: it is active whatever the form says."""
    now, prompt_id = state.now(), state.new_id()
    row: Row = {
        "id": prompt_id,
        "command": form.command,
        "user_id": owner_id,
        "name": form.name,
        "content": form.content,
        "data": storable(form.data or {}),
        "meta": storable(form.meta or {}),
        "tags": form.tags or [],
        "is_active": True,
        "version_id": None,
        "created_at": now,
        "updated_at": now,
        "access_grants": access.stored(state, "prompt", prompt_id, grants),
    }
    row["version_id"] = _add_version(state, row, form, owner_id, form.commit_message or "Initial version")
    return state.prompts.put(prompt_id, row)


def _makes_a_version(state: State, old: Row, form: PromptForm) -> bool:
    if form.access_grants is not None and state.dialect.grants_on_update:
        return True
    named = any(old[key] != getattr(form, key) for key in ("name", "command", "content"))
    return named or (form.tags is not None and form.tags != old["tags"])


def _add_version(state: State, row: Row, form: PromptForm, user_id: str, message: str | None) -> str:
    """Record what was sent, which is not always what is stored."""
    snapshot = {
        "name": form.name,
        "content": form.content,
        "command": form.command,
        "data": form.data or {},
        "meta": form.meta or {},
        "tags": row["tags"] if form.tags is None else form.tags,
        "access_grants": row["access_grants"],
    }
    history = versions.entries(state, "prompt", row["id"])
    parent = history[-1]["id"] if history else None
    return versions.add(state, "prompt", row["id"], parent, storable(snapshot), user_id, message)


def _active(state: State, caller: Caller) -> list[Row]:
    return [row for row in state.prompts.all() if row["is_active"] and access.is_listed(state, caller, row)]


def _seen(state: State, caller: Caller, row: Row) -> Row:
    return {**row, "write_access": access.may_write(state, caller, row)}


def _fits(state: State, caller: Caller, row: Row, query: str | None, view: str | None, tag: str | None) -> bool:
    mine = row["user_id"] == caller.id
    if (view == "created" and not mine) or (view == "shared" and mine):
        return False
    if tag and tag.lower() not in map(str.lower, row["tags"]):
        return False
    owner = state.owner_of(row) or {"name": "", "email": ""}
    texts = (row["name"], row["command"], row["content"], owner["name"], owner["email"])
    return not query or any(query.lower() in text.lower() for text in texts)


def _require_free(state: State, command: str) -> None:
    if any(row["command"] == command for row in state.prompts.all()):
        raise refuse(400, answers.COMMAND_TAKEN)


def _existing(state: State, prompt_id: str) -> Row:
    row = state.prompts.get(prompt_id)
    if row is None:
        raise refuse(404, answers.NOT_FOUND)
    return row


def _writable(state: State, caller: Caller, prompt_id: str) -> Row:
    row = _existing(state, prompt_id)
    if not access.may_write(state, caller, row):
        raise refuse(401, answers.ACCESS_PROHIBITED)
    return row
