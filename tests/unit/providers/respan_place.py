"""The Respan provider, connected to a sandbox in the same process that writes down what it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import httpx
import orjson

from reconciler import providers, schema
from reconciler.execution.bind import update_body
from reconciler.model import Auth, Body, Change, Kind, Live, ValueSource
from reconciler.providers.base import Wanted
from reconciler.providers.respan.provider import Respan
from reconciler.sandbox.app import Options, Sandbox, create_app
from tests.unit.sandbox.asking import ask

from .peer import FakeTime, target

Result = TypeVar("Result")
PREFIX = "/respan/api"
GPT = {"base_model_name": "openai/gpt-4o"}
VLLM = {"provider_id": "vllm", "provider_name": "vLLM"}


@cache
def kind(name: str) -> Kind:
    """A kind of Respan, from its schema."""
    return schema.load_kinds().get("respan", name)


@dataclass(frozen=True)
class Asked:
    """A request, as the server got it."""

    method: str
    path: str
    """Under the prefix, with its query, as it was written."""
    body: Any
    at: float

    @property
    def is_write(self) -> bool:
        """Whether it may change anything; lists and their summary are asked for by POST."""
        return self.method != "GET" and not self.path.startswith(("/models/list/", "/models/summary/"))


@dataclass
class Ear:
    """An ASGI app that writes down what it is asked, and hands it on to a sandbox, or answers what it was told to."""

    sandbox: Sandbox
    time: FakeTime
    heard: list[Asked] = field(default_factory=list)
    instead: dict[str, tuple[int, Any]] = field(default_factory=dict)
    """`METHOD path` → status and body, answered once."""
    before: dict[str, Callable[[], None]] = field(default_factory=dict)
    """`METHOD path` → what happens first, once."""
    writing: int = 0
    most_writing: int = 0
    """So many writes were under way at once."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        content = b""
        message = {"more_body": True}
        while message.get("more_body"):
            message = await receive()
            content += message.get("body", b"")
        path = scope["raw_path"].decode() + (f"?{scope['query_string'].decode()}" if scope["query_string"] else "")
        asked = Asked(
            scope["method"], path.removeprefix(PREFIX), orjson.loads(content) if content else None, self.time.now
        )
        self.heard.append(asked)
        line = f"{asked.method} {asked.path}"
        self.before.pop(line, lambda: None)()
        if line in self.instead:
            await _answer(send, *self.instead.pop(line))
            return
        told = {"type": "http.request", "body": content, "more_body": False}

        async def again() -> Any:
            return told

        self.writing += asked.is_write
        self.most_writing = max(self.most_writing, self.writing)
        await asyncio.sleep(0)
        await self.sandbox(scope, again, send)
        self.writing -= asked.is_write


async def _answer(send: Any, status: int, body: Any) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": orjson.dumps(body)})


@dataclass
class Place:
    """A provider, the sandbox behind it, and the time that both know."""

    provider: Respan
    sandbox: Sandbox
    time: FakeTime
    ear: Ear

    @property
    def asked(self) -> list[Asked]:
        """What was asked since the last look."""
        heard = list(self.ear.heard)
        self.ear.heard.clear()
        return heard

    @property
    def lines(self) -> list[str]:
        """`METHOD path` of the same, queries left out."""
        return [f"{asked.method} {asked.path.partition('?')[0]}" for asked in self.asked]

    @property
    def written(self) -> list[tuple[str, Any]]:
        """`METHOD path` and body of what was asked since the last look and changes something."""
        return [(f"{asked.method} {asked.path}", asked.body) for asked in self.asked if asked.is_write]

    async def fetch(self, name: str, wanted: Wanted | None = None) -> list[Live]:
        """All objects of a kind."""
        return [live async for live in self.provider.fetch(kind(name), None, wanted)]

    async def find(self, name: str, live_id: str) -> Live:
        """One object."""
        (found,) = [live for live in await self.fetch(name) if live.id == live_id]
        return found

    async def create(self, name: str, **body: Any) -> Live:
        """Create an object."""
        return await self.provider.create(kind(name), body, None)

    async def update(self, live: Live, *gone: str, **values: Any) -> Live:
        """Change some fields, and let others go."""
        body = update_body(live.kind.root, live.body, values, ())
        body = {key: value for key, value in body.items() if key not in gone}
        changes = [Change(path, live.body.get(path), values[path]) for path in values]
        changes += [Change(path, live.body.get(path), None, removed=True) for path in gone]
        return await self.provider.update(live, body, changes)


@asynccontextmanager
async def opened(
    dialect: str = "3", seeds: Mapping[str, list[Body]] | None = None, token: str = "SANDBOX_TOKEN", **fields: Any
) -> AsyncIterator[Place]:
    """Connect to a fresh sandbox; nobody was asked anything yet."""
    time = FakeTime()
    sandbox = create_app(
        Options(
            seeds={"respan": seeds or {}},
            dialects={"respan": dialect},
            clock=lambda: time.now,
            reset_error=httpx.ReadError,
        )
    )
    auth = Auth("bearer", ValueSource("env", token))
    given = {"name": "here", "system": "respan", "auth": auth, **fields}
    ear = Ear(sandbox, time)
    connected = providers.connect(
        {"here": target("http://127.0.0.1:1/respan", **given)},
        Path(),
        transport=httpx.ASGITransport(ear),
        clock=time.clock,
    )
    provider = connected["here"]
    assert isinstance(provider, Respan)
    try:
        yield Place(provider, sandbox, time, ear)
    finally:
        await provider.close()
        sandbox.store.close()


def play(story: Callable[[Place], Awaitable[Result]], *args: Any, known: bool = True, **fields: Any) -> Result:
    """Run a story against a fresh sandbox; the requests of `identify`, where it is `known`, are forgotten."""

    async def run() -> Result:
        async with opened(*args, **fields) as place:
            if known:
                await place.provider.identify()
                await place.fetch("Provider")
                place.ear.heard.clear()
            return await story(place)

    return asyncio.run(run())


def by_hand(place: Place, method: str, path: str, body: Any = None) -> Any:
    """Do something behind the provider's back, in a thread: this one has an event loop running."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(ask, place.sandbox, method, f"{PREFIX}{path}", body).result()
