"""The routes of the default models: one object per server.

Takes bodies, gives the configuration as it is stored now.
It never looks up the ids that it is given.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel

from reconciler.sandbox.openwebui.answers import RawBody, answer, kept_if_equal, parse, storable
from reconciler.sandbox.openwebui.auths import ADMINS, VERIFIED, HasState
from reconciler.sandbox.openwebui.state import CONFIG_AT_FIRST, State
from reconciler.sandbox.store import Row

router = APIRouter(prefix="/api/v1/configs")

KEY = "models"


class DefaultsForm(BaseModel):
    """Body of `/configs/models`: the first three are required, the others go back to null where they are left out."""

    DEFAULT_MODELS: str | None
    DEFAULT_PINNED_MODELS: str | None
    MODEL_ORDER_LIST: list[str] | None
    DEFAULT_MODEL_METADATA: dict[Any, Any] | None = None
    DEFAULT_MODEL_PARAMS: dict[Any, Any] | None = None


@router.get("/models", dependencies=ADMINS)
async def read(state: HasState) -> Response:
    """The defaults."""
    return answer(current(state))


@router.post("/models", dependencies=ADMINS)
async def write(body: RawBody, state: HasState) -> Response:
    """Replace the defaults."""
    return answer(replace(state, parse(DefaultsForm, body)))


@router.get("/models/defaults", dependencies=VERIFIED)
async def read_metadata(state: HasState) -> Response:
    """The part of the defaults that everyone sees."""
    return answer({"DEFAULT_MODEL_METADATA": current(state)["DEFAULT_MODEL_METADATA"]})


def current(state: State) -> Row:
    """Give the defaults as they stand."""
    return state.config.get(KEY) or CONFIG_AT_FIRST


def replace(state: State, form: DefaultsForm) -> Row:
    """Store the defaults."""
    return state.config.put(KEY, kept_if_equal(current(state), storable(form.model_dump())))
