"""The routes of single models and of their list: register, list, read, change, delete.

Takes bodies and ids, gives the models as the caller sees them.
It never matches an id alone: the server finds a model by its number, its id or its name, and so does this.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias
from urllib.parse import unquote

from fastapi import APIRouter, Query, Response

from reconciler.sandbox.store import Row
from reconciler.sandbox.xagent import answers, model_rows
from reconciler.sandbox.xagent.answers import answer, refuse
from reconciler.sandbox.xagent.model_forms import CreateForm, UpdateForm
from reconciler.sandbox.xagent.sessions import Caller, HasState
from reconciler.sandbox.xagent.state import State

router = APIRouter(prefix="/api/models")
last_router = APIRouter(prefix="/api/models")
"""Routes that would swallow the fixed ones: they come after all others."""

Filter: TypeAlias = str | None


@router.post("/")
@router.post("/register")
async def create(form: CreateForm, caller: Caller, state: HasState) -> Response:
    """Create a model; never overwrite one."""
    return answer(model_rows.show(state, caller, model_rows.insert(state, caller, form)))


@router.get("/")
async def read_all(
    caller: Caller,
    state: HasState,
    skip: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    model_provider: Filter = None,
    category: Filter = None,
    is_active: bool | None = True,
) -> Response:
    """A page of the models that the caller sees."""
    if skip >= 2**63:
        raise answers.ServerFault
    wanted = {"model_provider": model_provider, "category": category}
    filters = {key: state.bound_text(value) for key, value in wanted.items() if value}
    rows = [
        row
        for row in state.seen_models(caller)
        if row["is_active"] is is_active and all(row[key] == value for key, value in filters.items())
    ]
    return answer([model_rows.show(state, caller, row) for row in rows[skip : skip + limit]])


@router.get("/by-id/{model_id:path}")
@last_router.get("/{model_id}")
async def read_one(model_id: str, caller: Caller, state: HasState) -> Response:
    """One model."""
    return answer(model_rows.show(state, caller, _found(state, caller, model_id)))


@router.put("/by-id/{model_id:path}")
@last_router.put("/{model_id}")
async def update(model_id: str, form: UpdateForm, caller: Caller, state: HasState) -> Response:
    """Change a model; what is left out is kept."""
    row = _found(state, caller, model_id)
    if row["owner"] != caller["id"]:
        raise refuse(403, answers.NO_EDIT)
    return answer(model_rows.show(state, caller, model_rows.change(state, caller, row, form)))


@router.delete("/by-id/{model_id:path}")
@last_router.delete("/{model_id}")
async def delete(model_id: str, caller: Caller, state: HasState) -> Response:
    """Delete a model, with every default of others on it."""
    row = _found(state, caller, model_id)
    if row["owner"] != caller["id"]:
        raise refuse(403, answers.NO_DELETE)
    defaults = state.defaults_on(row)
    if any(default["user_id"] == caller["id"] for default in defaults):
        raise refuse(409, answers.DELETE_OWN_DEFAULT)
    for default in defaults:
        state.defaults.drop(str(default["id"]))
    state.models.drop(str(row["id"]))
    return answer({"message": "Model deleted successfully"})


def _found(state: State, caller: Row, model_id: str) -> Row:
    """Give the model of an id that was decoded once, and is decoded once more here, as the server does."""
    row = state.find_model(unquote(model_id))
    if row is None:
        raise refuse(404, answers.MODEL_NOT_FOUND)
    if not state.sees(caller, row):
        raise refuse(404, answers.MODEL_DENIED)
    return row
