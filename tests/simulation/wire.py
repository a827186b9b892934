"""The network of the simulated world: the sandbox in the same process, and faults at every await.

Takes requests of a run or of a person; hands them to the sandbox and notes what was sent. A request of a run passes
three moments: before it is sent, after it was carried out, and when its answer is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.types import ASGIApp, Message, Scope

from tests.simulation import faults
from tests.simulation.process import CURRENT, Process

CANARY = b"canary"
"""Every secret of the world holds this word, and nothing else does."""
LATENCY = 0.05
"""The longest way to the server or back, in seconds."""
ADDRESS = "http://127.0.0.1:1"


@dataclass(frozen=True, slots=True)
class Sent:
    """One request of a run."""

    process: str
    method: str
    path: str
    is_read: bool


@dataclass
class Wire:
    """The one network, and all that went over it."""

    app: ASGIApp
    is_read: Callable[[str, str, str], bool]
    """(system, method, path) → whether it only reads."""
    tell_stale: Callable[[], None]
    """Makes the next read see the state before the last write."""
    sent: list[Sent] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)

    def by_hand(self) -> httpx.BaseTransport:
        """Give a person's network, on which nothing ever fails."""
        return _Direct(self)

    def carried_out(self, request: httpx.Request, content: bytes) -> httpx.Response:
        """Let the sandbox carry out a request, at once."""
        start: dict[str, Any] = {}
        parts: list[bytes] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                parts.append(message.get("body", b""))

        run = self.app(_scope(request), receive, send)
        try:
            while run.send(None) is None:  # type: ignore[attr-defined]  # an endpoint of the sandbox waits for nothing
                pass
        except StopIteration:
            return httpx.Response(start["status"], headers=start["headers"], content=b"".join(parts))
        raise AssertionError("the sandbox waits for something that is not simulated")


class _Direct(httpx.BaseTransport):
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._wire.carried_out(request, request.read())


class Network(httpx.AsyncBaseTransport):
    """What a run takes for the network."""

    def __init__(self, wire: Wire, interrupt: Callable[[], None]) -> None:
        self._wire = wire
        self._interrupt = interrupt

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Carry a request there and its answer back, or not."""
        process = CURRENT.get()
        assert process is not None
        content, where = await request.aread(), f"{request.method} {request.url.path}"
        is_read = self._is_read(request)
        if not is_read:
            process.begin_writing()
        process.moment(f"before {where}")
        stops = "" if process.exchanges + 1 != process.trouble.stop else process.dice.choice(("before", "after"))
        self._stop(process, where, stops == "before")
        fault = process.draw(is_read=is_read)
        await self._travel(process)
        if fault in faults.LOST_BEFORE:
            process.strike(fault, where)
            raise faults.LOST_BEFORE[fault]("simulated")
        if fault in faults.REFUSED:
            process.strike(fault, where)
            status, headers = faults.REFUSED[fault]
            await self._travel(process)
            return httpx.Response(status, headers=headers, json={"detail": "not now"})
        if fault == "lie: stale read" and is_read:
            self._wire.tell_stale()
            process.strike(fault, where)
        self._check_secrets(request, content)
        self._wire.sent.append(Sent(process.name, request.method, request.url.path, is_read))
        answer = self._wire.carried_out(_with_credential(request), content)
        self._stop(process, where, stops == "after")
        process.moment(f"after {where}")
        await self._travel(process)
        if fault in faults.LOST_AFTER:
            process.strike(fault, where)
            raise faults.LOST_AFTER[fault]("simulated")
        seen = faults.instead(fault, answer, process.dice, is_read=is_read)
        if seen is not answer:
            process.strike(fault, where)
        return seen

    def _stop(self, process: Process, where: str, now: bool) -> None:
        """Let a person interrupt the run, before the server carries a request out or while its answer travels."""
        if now:
            process.strike("interrupt", where)
            self._interrupt()

    async def _travel(self, process: Process) -> None:
        await asyncio.sleep(process.dice.random() * LATENCY)
        process.moment("on the way")

    def _is_read(self, request: httpx.Request) -> bool:
        system, _, path = request.url.path.removeprefix("/").partition("/")
        return self._wire.is_read(system, request.method, f"/{path}")

    def _check_secrets(self, request: httpx.Request, content: bytes) -> None:
        """Note a credential or a secret that goes to another system than its own."""
        system = request.url.path.split("/")[1].encode()
        own = CANARY + b"-" + system
        carriers = [value for _, value in request.headers.raw] + [content]
        for carrier in carriers:
            if carrier.count(CANARY) != carrier.count(own):
                self._wire.leaks.append(f"a secret of another target went to {request.url.path}")
        if CANARY in request.url.raw_path:
            self._wire.leaks.append(f"a secret stands in the path of a request to {system.decode()}")


def _with_credential(request: httpx.Request) -> httpx.Request:
    """Give the request with the word that the sandbox takes for any credential."""
    for name in ("authorization", "x-api-key"):
        value = request.headers.get(name)
        if value is not None:
            scheme, _, _ = value.rpartition(" ")
            request.headers[name] = f"{scheme} sandbox".strip()
    return request


def _scope(request: httpx.Request) -> Scope:
    path, _, query = request.url.raw_path.partition(b"?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "scheme": "http",
        "path": request.url.path,
        "raw_path": path,
        "query_string": query,
        "server": ("127.0.0.1", 1),
        "client": ("127.0.0.1", 2),
        "root_path": "",
    }
