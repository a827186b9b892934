"""A provider, connected to a sandbox in the same process; Open WebUI's where no other system is named."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import httpx

from reconciler import providers, schema
from reconciler.model import Account, Auth, Body, Kind, Live, ValueSource
from reconciler.providers.base import Wanted
from reconciler.providers.rest import RestProvider
from reconciler.sandbox.app import Options, Sandbox, create_app

from .peer import FakeTime, target

Result = TypeVar("Result")

App = Callable[[Any, Any, Any], Awaitable[None]]
"""An ASGI application."""

PUBLIC = {"principal_type": "user", "principal_id": "*", "permission": "read"}


@cache
def kind(name: str, system: str = "openwebui") -> Kind:
    """A kind of a system, from its schema."""
    return schema.load_kinds().get(system, name)


@dataclass
class Place:
    """A provider, the sandbox behind it, and the time that both know."""

    provider: Any
    sandbox: Sandbox
    time: FakeTime
    prefix: str
    system: str = "openwebui"

    @property
    def sent(self) -> list[str]:
        """`METHOD path` of what was sent since the last look, paths under the prefix."""
        lines = [f"{seen.method} {seen.path.removeprefix(self.prefix)}" for seen in self.sandbox.requests]
        self.sandbox.requests.clear()
        return lines

    def pretend(self, version: tuple[int, ...]) -> None:
        """Let the provider of Open WebUI take the server for another version."""
        account, _ = self.provider._known or (Account(""), ())
        self.provider._known = account, version

    async def fetch(self, name: str, wanted: Wanted | None = None) -> list[Live]:
        """All objects of a kind."""
        return [live async for live in self.provider.fetch(kind(name, self.system), None, wanted)]

    async def find(self, name: str, live_id: str) -> Body | None:
        """The body of one object, from the list."""
        return next((live.body for live in await self.fetch(name) if live.id == live_id), None)

    async def create(self, name: str, body: Body) -> Live:
        """Create an object."""
        made: Live = await self.provider.create(kind(name, self.system), body, None)
        return made


@asynccontextmanager
async def opened(
    seeds: Mapping[str, list[Body]] | None = None, dialect: str = "0.12.4", system: str = "openwebui", **fields: Any
) -> AsyncIterator[Place]:
    """Connect to a fresh sandbox; the requests of `identify` are forgotten."""
    time = FakeTime()
    sandbox = create_app(
        Options(
            seeds={system: seeds or {}},
            dialects={system: dialect},
            clock=lambda: time.now,
            reset_error=httpx.ReadError,
        )
    )
    auth = Auth("bearer", ValueSource("env", "SANDBOX_TOKEN"))
    aimed = target(f"http://127.0.0.1:1/{system}", **{"name": "here", "system": system, "auth": auth, **fields})
    connected = providers.connect(
        {"here": aimed}, Path(), "abc123", transport=httpx.ASGITransport(sandbox), clock=time.clock
    )
    provider = connected["here"]
    assert isinstance(provider, RestProvider)
    try:
        await provider.identify()
        sandbox.requests.clear()
        yield Place(provider, sandbox, time, f"/{system}{provider.base}", system)
    finally:
        await provider.close()
        sandbox.store.close()


def play(story: Callable[[Place], Awaitable[Result]], *args: Any, **fields: Any) -> Result:
    """Run a story against a fresh sandbox."""

    async def run() -> Result:
        async with opened(*args, **fields) as place:
            return await story(place)

    return asyncio.run(run())


# --- what a sandbox does not do -------------------------------------------------------------------


def instead(place: Place, wrap: Callable[[App], App]) -> None:
    """Stand in front of the sandbox's system."""
    served = place.sandbox._served[place.system]
    place.sandbox._served[place.system] = replace(served, app=wrap(served.app))


async def send_json(send: Any, status: int, body: Any) -> None:
    """Answer with JSON."""
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


def answering(place: Place, path: str, status: int, body: Any, *, works: bool = False) -> None:
    """Answer one path always so; where it `works`, the sandbox does what was asked before."""

    def wrap(real: App) -> App:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            if not scope["path"].endswith(path):
                await real(scope, receive, send)
                return
            if works:
                await real(scope, receive, _unheard)
            await send_json(send, status, body)

        return app

    instead(place, wrap)


async def _unheard(message: Any) -> None:
    """Take an answer that nobody gets."""
