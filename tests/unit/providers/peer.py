"""A scripted HTTP server on loopback, and a clock that needs no time: what provider tests stand on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from reconciler.model import Auth, Target, ValueSource
from reconciler.providers.pace import Clock


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as the server saw it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    connection: int


@dataclass(frozen=True, slots=True)
class Step:
    """What the server does with one request: an answer, or `act` instead of one."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    act: str = "answer"


HANG_UP = Step(act="hang up")
"""Reads the request, closes the connection."""
CUT_SHORT = Step(act="cut short")
"""Promises more body than it sends."""
GARBAGE = Step(act="garbage")
"""Speaks no HTTP."""
SILENCE = Step(act="silence")
"""Never answers."""


def page(text: str = "<!doctype html>", status: int = 200) -> Step:
    """A web page."""
    return Step(status, text, {"content-type": "text/html; charset=utf-8"})


class Peer:
    """Answers requests by its script, the last step again and again; `requests` is what it saw."""

    def __init__(self, *script: Step) -> None:
        self.script = list(script)
        self.requests: list[Seen] = []
        self.busy = 0
        self.widest = 0
        self.gate: asyncio.Event | None = None
        self._connections = 0

    @property
    def lines(self) -> list[str]:
        """`METHOD path` of each request."""
        return [f"{seen.method} {seen.path}" for seen in self.requests]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        number = self._connections
        try:
            while (seen := await _read(reader, number)) is not None:
                self.requests.append(seen)
                if not await self._act(self._next(seen), writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client went away, or the test is over
        finally:
            writer.close()

    def _next(self, seen: Seen) -> Step:
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    async def _act(self, step: Step, writer: asyncio.StreamWriter) -> bool:
        self.busy += 1
        self.widest = max(self.widest, self.busy)
        if self.gate is not None:
            await self.gate.wait()
        self.busy -= 1
        if step.act == "silence":
            await asyncio.sleep(30)
        if step.act == "garbage":
            writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")
        elif step.act in ("answer", "cut short"):
            writer.write(_answer(step))
        await writer.drain()
        return step.act == "answer"


class Greeter:
    """A server that talks first, and not HTTP."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 ready\r\n")
        writer.close()


def _answer(step: Step) -> bytes:
    content = step.body.encode() if isinstance(step.body, str) else b"" if step.body is None else None
    content = json.dumps(step.body).encode() if content is None else content
    headers = {"content-type": "application/json", **step.headers}
    length = len(content) + (10 if step.act == "cut short" else 0)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {step.status} X\r\n{head}content-length: {length}\r\n\r\n".encode() + content


async def _read(reader: asyncio.StreamReader, connection: int) -> Seen | None:
    head = await reader.readuntil(b"\r\n\r\n") if not reader.at_eof() else b""
    if not head:
        return None
    first, *lines = head.decode().strip().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    content = await reader.readexactly(int(headers.get("content-length", 0)))
    return Seen(method, path, headers, json.loads(content) if content else None, connection)


@asynccontextmanager
async def served(peer: Any) -> AsyncIterator[str]:
    """Serve on a free loopback port; gives the URL."""
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def free_port() -> int:
    """Give a loopback port that nothing listens on."""
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port


@dataclass
class FakeTime:
    """Stands still, but for sleeps, which take no time."""

    now: float = 1000.0
    naps: list[float] = field(default_factory=list)
    chance: float = 0.5

    async def sleep(self, seconds: float) -> None:
        self.naps.append(round(seconds, 6))
        self.now += seconds
        await asyncio.sleep(0)

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.now, lambda: self.now, self.sleep, lambda: self.chance)


def target(url: str, **fields: Any) -> Target:
    """A target whose credential is in the variable PEER_TOKEN."""
    given: dict[str, Any] = {"name": "peer", "system": "openwebui", "url": url, "auth": BEARER, "timeout": 5.0}
    return Target(**{**given, **fields})


BEARER = Auth("bearer", ValueSource("env", "PEER_TOKEN"))
