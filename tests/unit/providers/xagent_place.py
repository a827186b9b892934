"""The Xagent provider, connected to a sandbox in the same process, and people who do things there by hand."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import httpx
import pytest
from starlette.requests import Request

from reconciler.model import Body, Change, Live
from reconciler.sandbox import xagent

from . import sandboxes
from .sandboxes import App, Place

Result = TypeVar("Result")

BOTH = pytest.mark.parametrize("dialect", xagent.SYSTEM.dialects)
"""On SQLite and on PostgreSQL."""
MODEL: Body = {"model_provider": "openai", "model_name": "gpt-4o"}
PEOPLE = {"User": [{"username": "olga", "is_admin": True}, {"username": "paul"}]}
"""Another administrator, and a user who is none; their password is the sandbox's word."""


def play(
    story: Callable[[Place], Awaitable[Result]],
    seeds: Mapping[str, list[Body]] | None = None,
    dialect: str = "0.8.4",
    **fields: Any,
) -> Result:
    """Run a story against a fresh sandbox."""
    return sandboxes.play(story, {**PEOPLE, **(seeds or {})}, dialect=dialect, system="xagent", **fields)


async def by_hand(
    place: Place, method: str, path: str, body: Any = None, user: str = "admin", status: int = 200
) -> Any:
    """Do something under `/api` as somebody; it is no request of the provider."""
    transport = httpx.ASGITransport(place.sandbox)
    async with httpx.AsyncClient(transport=transport, base_url="http://here/xagent/api") as client:
        account = {"username": user, "password": "sandbox"}
        token = (await client.post("/auth/login", json=account)).raise_for_status().json()["access_token"]
        answer = await client.request(method, path, json=body, headers={"Authorization": f"Bearer {token}"})
    place.sandbox.requests.clear()
    assert answer.status_code == status, answer.text
    return answer.json()


async def made_by(place: Place, user: str, model_id: str, **fields: Any) -> int:
    """Let somebody make a model; gives its number."""
    made = await by_hand(place, "POST", "/models/register", {**MODEL, "model_id": model_id, **fields}, user)
    number: int = made["id"]
    return number


async def create(place: Place, model_id: str, **fields: Any) -> Live:
    """Create a model by the provider; its requests are forgotten."""
    made = await place.create("Model", {**MODEL, "model_id": model_id, **fields})
    place.sandbox.requests.clear()
    return made


async def update(place: Place, live: Live, **values: Any) -> Live:
    """Change fields of a model by the provider, which is given the whole body, as always."""
    changes = [Change(name, live.body.get(name), value) for name, value in values.items()]
    updated: Live = await place.provider.update(live, {**live.body, **values}, changes)
    return updated


async def ids(place: Place) -> list[str]:
    """Give the model_ids that the account owns."""
    return sorted(live.identity[0] for live in await place.fetch("Model"))


def overheard(place: Place) -> list[tuple[str, Any]]:
    """Give a list that grows with `METHOD` and body of each write that has a body, and of each DELETE."""
    heard: list[tuple[str, Any]] = []

    def wrap(real: App) -> App:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            content = await Request(scope, receive).body()

            async def again() -> Any:
                return {"type": "http.request", "body": content, "more_body": False}

            if scope["method"] in ("PUT", "DELETE") or scope["path"].endswith(("/register", "/user-default")):
                heard.append((scope["method"], json.loads(content) if content else None))
            await real(scope, again, send)

        return app

    sandboxes.instead(place, wrap)
    return heard


def on_write(place: Place, number: int, act: Callable[[App, Any, Any, Any], Awaitable[None]]) -> None:
    """Let something happen instead of the PUT of that number, from 1."""
    seen = 0

    def wrap(real: App) -> App:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            nonlocal seen
            seen += scope["method"] == "PUT"
            if scope["method"] == "PUT" and seen == number:
                await act(real, scope, receive, send)
            else:
                await real(scope, receive, send)

        return app

    sandboxes.instead(place, wrap)


async def refused(_: App, __: Any, ___: Any, send: Any) -> None:
    """Answer that it cannot be done."""
    await sandboxes.send_json(send, 400, {"detail": "not now"})
