"""The routes of knowledge bases: what they are called and who may use them, not the files in them.

Takes bodies and queries, gives knowledge bases as they are stored now.
It never minds two of one name.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel

from reconciler.sandbox.openwebui import access, answers, model_rows
from reconciler.sandbox.openwebui.access import GrantsForm
from reconciler.sandbox.openwebui.answers import RawBody, answer, parse, refuse
from reconciler.sandbox.openwebui.auths import Caller, HasState, Verified
from reconciler.sandbox.openwebui.model_forms import form_of
from reconciler.sandbox.openwebui.state import State
from reconciler.sandbox.store import Row

router = APIRouter(prefix="/api/v1/knowledge")

PAGE = 30


class KnowledgeForm(BaseModel):
    """Body of create and update."""

    name: str
    description: str
    access_grants: list[dict[Any, Any]] | None = None


@router.get("/")
async def read_page(caller: Verified, state: HasState, page: int = 1) -> Response:
    """A page of the knowledge bases that the caller may see, the last changed first."""
    return _page(state, caller, _ordered(_listed(state, caller), None, None), page)


@router.get("/search")
async def search(
    caller: Verified,
    state: HasState,
    query: str | None = None,
    view_option: str | None = None,
    source: str | None = None,
    order_by: str | None = None,
    direction: str | None = None,
    page: int = 1,
) -> Response:
    """A page of those that fit. Neither `local` nor `external` finds what was created here (0.12.4, observed)."""
    rows = [row for row in _listed(state, caller) if _fits(state, caller, row, query, view_option)]
    return _page(state, caller, [] if source in {"local", "external"} else _ordered(rows, order_by, direction), page)


@router.post("/create")
async def create(caller: Verified, body: RawBody, state: HasState) -> Response:
    """Create a knowledge base; the server makes up its id."""
    form = parse(KnowledgeForm, body)
    if not state.may(caller.user, "workspace.knowledge"):
        raise refuse(401, answers.UNAUTHORIZED)
    row = insert(state, form, caller.id, access.allowed(state, caller, "knowledge", form.access_grants))
    return answer({**row, "files": None})


@router.get("/{id}")
async def read_one(caller: Verified, id: str, state: HasState) -> Response:  # noqa: A002 - the API's name
    """One knowledge base."""
    row = _existing(state, id, 404)
    if not access.may_read(state, caller, row):
        raise refuse(401, answers.ACCESS_PROHIBITED)
    return answer({**row, "files": None, "write_access": access.may_write(state, caller, row)})


@router.post("/{id}/update")
async def update(caller: Verified, id: str, body: RawBody, state: HasState) -> Response:  # noqa: A002
    """Replace name and description."""
    form = parse(KnowledgeForm, body)
    old = _writable(state, caller, id, 400)
    new = {**old, "name": form.name, "description": form.description, "updated_at": state.now()}
    return _written(state, access.updated(state, caller, "knowledge", new, form.access_grants))


@router.post("/{id}/access/update")
async def update_access(caller: Verified, id: str, body: RawBody, state: HasState) -> Response:  # noqa: A002
    """Replace a knowledge base's grants."""
    form = parse(GrantsForm, body)
    row = _writable(state, caller, id, 404)
    return _written(state, access.regranted(state, caller, "knowledge", row, form.access_grants))


@router.delete("/{id}/delete")
async def delete(caller: Verified, id: str, state: HasState) -> Response:  # noqa: A002
    """Delete a knowledge base, and take it out of the models that use it."""
    _writable(state, caller, id, 400)
    for model in state.models.all():
        used = model["meta"].get("knowledge") or []
        left = [item for item in used if not isinstance(item, dict) or item.get("id") != id]
        if len(left) != len(used):
            form = form_of(state.dialect).model_validate({**model, "meta": {**model["meta"], "knowledge": left}})
            model_rows.replace(state, model, form, caller.id)
    state.knowledge.drop(id)
    return answer(True)


def insert(state: State, form: KnowledgeForm, owner_id: str, grants: list[access.Grant]) -> Row:
    """Store a new knowledge base."""
    now, knowledge_id = state.now(), state.new_id()
    row: Row = {
        "id": knowledge_id,
        "user_id": owner_id,
        "name": form.name,
        "description": form.description,
        "meta": None,
        "access_grants": access.stored(state, "knowledge", knowledge_id, grants),
        "created_at": now,
        "updated_at": now,
    }
    return state.knowledge.put(knowledge_id, row)


def _written(state: State, row: Row) -> Response:
    """Store and answer; who asked may write, though the answer says otherwise (observed)."""
    return answer({**state.knowledge.put(row["id"], row), "files": [], "write_access": False})


def _listed(state: State, caller: Caller) -> list[Row]:
    return [row for row in state.knowledge.all() if access.is_listed(state, caller, row)]


def _ordered(rows: list[Row], order_by: str | None, direction: str | None) -> list[Row]:
    """Give the rows in order; those that are equal, by id."""
    order = order_by if order_by in {"name", "created_at", "updated_at"} else "updated_at"
    rows = sorted(rows, key=lambda row: str(row["id"]))
    return sorted(rows, key=lambda row: row[order], reverse=direction != "asc")


def _fits(state: State, caller: Caller, row: Row, query: str | None, view: str | None) -> bool:
    mine = row["user_id"] == caller.id
    if (view == "created" and not mine) or (view == "shared" and mine):
        return False
    owner = state.owner_of(row) or {"name": "", "email": ""}
    texts = (row["name"], row["description"], owner["name"], owner["email"])
    return not query or any(query.lower() in text.lower() for text in texts)


def _page(state: State, caller: Caller, rows: list[Row], page: int) -> Response:
    start = (max(1, page) - 1) * PAGE
    items = [
        {
            **row,
            "user": state.owner_of(row),
            "file_count": 0,
            "write_access": access.may_write(state, caller, row),
        }
        for row in rows[start : start + PAGE]
    ]
    return answer({"items": items, "total": len(rows)})


def _existing(state: State, knowledge_id: str, missing: int) -> Row:
    row = state.knowledge.get(knowledge_id)
    if row is None:
        raise refuse(missing, answers.NOT_FOUND)
    return row


def _writable(state: State, caller: Caller, knowledge_id: str, missing: int) -> Row:
    row = _existing(state, knowledge_id, missing)
    if not access.may_write(state, caller, row):
        raise refuse(400, answers.ACCESS_PROHIBITED)
    return row
