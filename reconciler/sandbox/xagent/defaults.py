"""The routes of default models: at most one of a type for every user.

Takes types and numbers of models, gives the defaults as they are stored now.
It never tells that it left something out: the list omits types, and adds other users' defaults.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, field_validator

from reconciler.sandbox.store import Row
from reconciler.sandbox.xagent import answers
from reconciler.sandbox.xagent.answers import answer, refuse
from reconciler.sandbox.xagent.model_rows import show
from reconciler.sandbox.xagent.sessions import Caller, HasState
from reconciler.sandbox.xagent.state import State

router = APIRouter(prefix="/api/models")

TYPES: dict[str, tuple[str, frozenset[str]]] = {
    "general": ("llm", frozenset()),
    "small_fast": ("llm", frozenset()),
    "visual": ("llm", frozenset({"vision"})),
    "compact": ("llm", frozenset()),
    "embedding": ("embedding", frozenset()),
    "image": ("image", frozenset()),
    "image_edit": ("image", frozenset({"edit"})),
    "video": ("video", frozenset({"generate"})),
    "asr": ("speech", frozenset({"asr"})),
    "tts": ("speech", frozenset({"tts"})),
    "speech": ("speech", frozenset({"asr", "tts"})),
    "sound_effect": ("sound_effect", frozenset({"generate"})),
    "music": ("music", frozenset({"generate"})),
    "rerank": ("rerank", frozenset()),
}
"""Every type, with the category and the abilities that it asks of its model."""

_UNLISTED = ("video", "speech", "sound_effect", "music")
_READ_BY = {"llm": "general", **{one: one for one in TYPES if one not in ("small_fast", "visual", "compact")}}
"""What `/default/...` reads; every other word means `general`."""


class DefaultForm(BaseModel):
    """Body of a POST."""

    model_id: int
    config_type: str

    @field_validator("config_type")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in TYPES:
            known = "{" + ", ".join(repr(one) for one in sorted(TYPES)) + "}"
            raise ValueError(f"Invalid config_type: {value}. Valid types are: {known}")
        return value


@router.post("/user-default")
async def write(form: DefaultForm, caller: Caller, state: HasState) -> Response:
    """Set the caller's default of a type, replacing the one before."""
    model = state.model(state.bound(form.model_id))
    if model is None or not state.sees(caller, model):
        raise refuse(404, answers.MODEL_DENIED)
    category, needed = TYPES[form.config_type]
    if model["category"] != category or not needed <= set(model["abilities"] or []):
        facts = {"config_type": form.config_type, "category": model["category"]}
        raise refuse(400, answers.DEFAULT_MISFIT.format(**facts))
    return answer(_shown(state, replace(state, caller, form.config_type, model)))


@router.get("/user-default")
async def read_all(caller: Caller, state: HasState) -> Response:
    """The caller's defaults of most types; where there is none, that of an administrator on a shared model."""
    found = [_effective(state, caller, one) for one in TYPES if one not in _UNLISTED]
    return answer([row for row in found if row is not None])


@router.get("/user-default/{config_type}")
async def read_one(config_type: str, caller: Caller, state: HasState) -> Response:
    """The caller's own default of a type, null where there is none or its model is inactive."""
    row = _active(state, own(state, caller, state.bound_text(config_type)))
    return answer(None if row is None else _shown(state, row))


@router.delete("/user-default/{config_type}")
async def delete(config_type: str, caller: Caller, state: HasState) -> Response:
    """Forget the caller's default of a type."""
    row = own(state, caller, state.bound_text(config_type))
    if row is None:
        raise refuse(404, answers.DEFAULT_NOT_FOUND)
    state.defaults.drop(str(row["id"]))
    return answer({"message": "Default configuration deleted successfully"})


@router.get("/default/{word}")
async def read_model(word: str, caller: Caller, state: HasState) -> Response:
    """The model that is the caller's default of a type."""
    row = _active(state, own(state, caller, _READ_BY.get(word, "general")))
    model = None if row is None else state.model(row["model_id"])
    return answer(None if model is None or not state.sees(caller, model) else show(state, caller, model))


def own(state: State, user: Row, config_type: str) -> Row | None:
    """Give the user's default of a type."""
    rows = state.defaults.all()
    return next((row for row in rows if row["user_id"] == user["id"] and row["config_type"] == config_type), None)


def replace(state: State, user: Row, config_type: str, model: Row) -> Row:
    """Store the user's default of a type; the row of the one before stays, and with it its number and times."""
    old = own(state, user, config_type)
    if old is None:
        facts = {"user_id": user["id"], "model_id": model["id"], "config_type": config_type}
        return state.add_row(state.defaults, {**facts, "created_at": state.now()})
    state.new_number(state.defaults)  # an upsert uses one up, on databases that never give one twice
    return state.change_row(state.defaults, {**old, "model_id": model["id"]})


def _active(state: State, row: Row | None) -> Row | None:
    model = None if row is None else state.model(row["model_id"])
    return row if model is not None and model["is_active"] else None


def _effective(state: State, caller: Row, config_type: str) -> Row | None:
    row = _active(state, own(state, caller, config_type))
    model = None if row is None else state.model(row["model_id"])
    if row is not None and model is not None and state.sees(caller, model):
        return {**_shown(state, row), "model": show(state, caller, model)}
    for other in state.users.all():
        row = _active(state, own(state, other, config_type)) if other["is_admin"] else None
        model = None if row is None else state.model(row["model_id"])
        if row is not None and model is not None and model["is_shared"]:
            foreign: dict[str, Any] = {"is_owner": False, "can_edit": False, "can_delete": False}
            return {**_shown(state, row), "model": {**show(state, caller, model), **foreign}}
    return None


def _shown(state: State, row: Row) -> Row:
    facts = {key: row[key] for key in ("id", "user_id", "model_id", "config_type")}
    return {**facts, "created_at": state.time(row["created_at"]), "updated_at": None}
