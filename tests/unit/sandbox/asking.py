"""Asks a sandbox in this process, without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx

from reconciler.sandbox.app import Sandbox

T = TypeVar("T")

V1 = "/openwebui/api/v1"


def run(sandbox: Sandbox, story: Callable[[httpx.AsyncClient], Awaitable[T]], token: str | None = "sandbox") -> T:
    """Play a story with a client that authenticates by that token."""

    async def told() -> T:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        transport = httpx.ASGITransport(app=sandbox)
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox", headers=headers) as client:
            return await story(client)

    return asyncio.run(told())


def ask(sandbox: Sandbox, method: str, path: str, body: Any = None, token: str | None = "sandbox") -> httpx.Response:
    """Send one request."""

    async def story(client: httpx.AsyncClient) -> httpx.Response:
        return await client.request(method, path, json=body)

    return run(sandbox, story, token)


def model(id_: str, **fields: Any) -> dict[str, Any]:
    """A body of create."""
    return {"id": id_, "name": id_, "meta": {}, "params": {}, **fields}
