"""A server on loopback that answers in bytes of its own choosing, and a session that asks it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from reconciler.providers import credential
from reconciler.providers.answer import Answer
from reconciler.providers.credential import Login
from reconciler.providers.pace import Pace
from reconciler.providers.retry import RetryPolicy
from reconciler.providers.session import Session
from reconciler.providers.transport import Transport
from tests.unit.providers.peer import FakeTime, target

SECRET = "sk-CANARY/+ü".replace("ü", "7f3a9")
"""A credential with signs that are written otherwise in URLs."""

BOTH = pytest.mark.parametrize("switch_after", [0, 1], ids=["httpx", "aiohttp"])
"""The two transports."""

Act: TypeAlias = Callable[[str, asyncio.StreamWriter], Awaitable[None]]
"""Answers one request, of which it is given the head."""


class Reader:
    """Reads answers as most systems do."""

    def retry_after(self, answer: Answer) -> float | None:
        return None

    def is_busy(self, answer: Answer) -> bool:
        return answer.status == 429

    def is_expired(self, answer: Answer) -> bool:
        return False


class Hostile:
    """Answers each request by `act`; `heads` is what it was sent, `sent` how many bytes it could get rid of."""

    def __init__(self, act: Act) -> None:
        self.act = act
        self.heads: list[str] = []

    @property
    def lines(self) -> list[str]:
        """`METHOD path` of each request."""
        return [head.split(" HTTP/")[0] for head in self.heads]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                length = next(
                    (line.split(":")[1] for line in head.lower().split("\r\n") if "content-length" in line), 0
                )
                await reader.readexactly(int(length))
                self.heads.append(head)
                await self.act(head, writer)
                await writer.drain()
        writer.close()


def answer(
    content: bytes | str = b"{}", head: str = "Content-Type: application/json", status: str = "200 OK", length: int = -1
) -> bytes:
    """Give an answer in bytes; header lines and status as they are said."""
    content = content.encode() if isinstance(content, str) else content
    told = len(content) if length < 0 else length
    return f"HTTP/1.1 {status}\r\n{head}\r\nContent-Length: {told}\r\n\r\n".encode() + content


def always(content: bytes) -> Act:
    """Answer every request with the same bytes."""

    async def act(_: str, writer: asyncio.StreamWriter) -> None:
        writer.write(content)

    return act


@asynccontextmanager
async def serving(hostile: Hostile) -> AsyncIterator[str]:
    """Serve on a free loopback port; gives the URL."""
    server = await asyncio.start_server(hostile.serve, "127.0.0.1", 0, limit=2**20)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def session(url: str, switch_after: int, *, attempts: int = 1, **fields: Any) -> Session:
    """Open a session as a provider does, but that it waits for nothing and asks only so often."""
    aimed, time = target(url, **fields), FakeTime()
    return Session(
        aimed,
        credential.read(aimed, Path(), Login("/login")),
        Transport(url, connections=4, timeout=aimed.timeout, switch_after=switch_after),
        Pace(time.clock, concurrency=4),
        clock=time.clock,
        policy=RetryPolicy(attempts=attempts),
        reading=Reader(),
        headers={},
        login_prefix="",
    )


def ask(
    hostile: Hostile,
    switch_after: int,
    *,
    method: str = "GET",
    reads: bool = True,
    path: str = "/things",
    **fields: Any,
) -> Answer:
    """Send one request to a hostile server and give its answer, or raise what a provider would."""

    async def run() -> Answer:
        async with serving(hostile) as url:
            opened = session(url, switch_after, **fields)
            try:
                return await opened.send(method, path, reads=reads, body=None if method == "GET" else {"a": 1})
            finally:
                await opened.close()

    return asyncio.run(run())
