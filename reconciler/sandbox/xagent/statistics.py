"""The routes that count models and tell of what kinds there are; the public ones ask for no credential.

Takes nothing but the caller, gives what there is, never what there could be: these are no enumerations.
"""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Query, Response

from reconciler.sandbox.store import Row
from reconciler.sandbox.xagent.answers import answer
from reconciler.sandbox.xagent.model_rows import CATEGORIES
from reconciler.sandbox.xagent.providers import supported
from reconciler.sandbox.xagent.sessions import Caller, HasState
from reconciler.sandbox.xagent.state import State

router = APIRouter(prefix="/api/models")

_OPEN = ("id", "model_id", "category", "model_provider", "model_name", "abilities", "description")
_OPEN_OF = {"llm": ("temperature", "max_tokens", "context_window"), "embedding": ("dimension",)}


@router.get("/categories")
async def read_categories(caller: Caller, state: HasState) -> Response:
    """The categories of the models that the caller sees."""
    return answer({"categories": list(_count(_seen(state, caller), "category"))})


@router.get("/providers")
async def read_providers(caller: Caller, state: HasState) -> Response:
    """The providers of the models that the caller sees."""
    return answer({"providers": list(_count(_seen(state, caller), "model_provider"))})


@router.get("/abilities")
async def read_abilities(caller: Caller, state: HasState) -> Response:
    """The abilities of the models that the caller sees."""
    return answer({"abilities": sorted({word for row in _seen(state, caller) for word in row["abilities"] or []})})


@router.get("/summary")
async def read_summary(caller: Caller, state: HasState) -> Response:
    """How many models the caller sees."""
    rows = _seen(state, caller)
    counts = {"by_category": _count(rows, "category"), "by_provider": _count(rows, "model_provider")}
    return answer({"total_models": len(rows), **counts})


@router.get("/public/list")
async def read_public(
    state: HasState,
    category: str | None = None,
    provider: str | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Response:
    """Some models of all users, for everybody."""
    rows = [
        row
        for row in _active(state)
        if (not category or row["category"] == category) and (not provider or row["model_provider"] == provider)
    ]
    shown = [_public(row) for row in rows[:limit]]
    return answer({"models": shown, "count": len(shown)})


@router.get("/public/categories")
async def read_public_categories(state: HasState) -> Response:
    """The categories of all users' models."""
    return answer({"categories": list(_count(_active(state), "category"))})


@router.get("/public/providers")
async def read_public_providers(state: HasState) -> Response:
    """The providers of all users' models."""
    return answer({"providers": list(_count(_active(state), "model_provider"))})


@router.get("/public/summary")
async def read_public_summary(state: HasState) -> Response:
    """How many models all users have."""
    rows = _active(state)
    counts = _count(rows, "category")
    return answer({"total_models": len(rows), "by_category": {one: counts.get(one, 0) for one in CATEGORIES}})


@router.get("/providers/supported")
async def read_supported() -> Response:
    """The catalogue of providers, for everybody."""
    return answer({"providers": supported()})


def _active(state: State) -> list[Row]:
    return [row for row in state.models.all() if row["is_active"]]


def _seen(state: State, user: Row) -> list[Row]:
    return [row for row in state.seen_models(user) if row["is_active"]]


def _count(rows: list[Row], field: str) -> dict[str, int]:
    return dict(Counter(row[field] for row in rows))


def _public(row: Row) -> Row:
    shown = (*_OPEN, *_OPEN_OF.get(row["category"], ()))
    return {key: row.get(key) for key in shown}
