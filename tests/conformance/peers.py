"""The servers that cases are played on: the sandbox, or a real server with a troublesome network before it.

Takes a variant or an address, gives a `Peer`: where it is, what it was asked, and what shall go wrong. Both take faults
in the sandbox's words, so that a case cannot tell them apart.
"""

from __future__ import annotations

import ssl
import time
from collections import deque
from collections.abc import Callable, Iterator, MutableSequence, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reconciler.sandbox import app, server
from reconciler.sandbox.control import Seen
from reconciler.sandbox.faults import Faults, busy
from tests.conformance.subjects import Exchange, Hands, System, Variant

_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # never used, and quicker than one that trusts somebody
_OF_ONE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "date", "server"}


@dataclass(frozen=True)
class Peer:
    """A server, its request log and its faults."""

    url: str
    """What a target's `url` says."""
    direct: str
    """The same server, past the faults."""
    token: str
    requests: MutableSequence[Seen]
    faults: Faults
    is_sandbox: bool
    problems: Sequence[str] = ()
    """What the vendor's published facts have against the exchanges so far."""


@contextmanager
def sandbox(system: System, variant: Variant) -> Iterator[Peer]:
    """Serve the sandbox in that version."""
    served = app.create_app(app.Options(dialects={system.name: variant.version}, seeds={system.name: variant.seeds}))
    witness = Witness(served, system)
    listener = server.bind(0)
    try:
        with server.running(witness, served.connections, listener):
            address = f"http://{server.HOST}:{listener.getsockname()[1]}/{system.name}"
            yield Peer(address, address, "sandbox", served.requests, served.faults, True, witness.problems)
    finally:
        listener.close()
        served.store.close()


class Witness:
    """An ASGI app that hands everything on to the sandbox, and holds what it sees to the vendor's published facts."""

    def __init__(self, sandbox: ASGIApp, system: System) -> None:
        self.problems: list[str] = []
        self._sandbox = sandbox
        self._system = system

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        content = await Request(scope, receive).body()
        parts: list[bytes] = []
        status = 0

        async def told() -> Message:
            return {"type": "http.request", "body": content, "more_body": False}

        async def seen(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            parts.append(message.get("body", b""))
            await send(message)

        await self._sandbox(scope, told, seen)
        if status:
            path = scope["path"].removeprefix(f"/{self._system.name}")
            exchange = Exchange(scope["method"], path, _decoded(content), status, _decoded(b"".join(parts)))
            self.problems += self._system.objections(exchange)


def _decoded(content: bytes) -> Any:
    try:
        return orjson.loads(content) if content else None
    except orjson.JSONDecodeError:
        return None


@contextmanager
def between(url: str, token: str) -> Iterator[Peer]:
    """Stand before a real server."""
    network = Network(url)
    listener = server.bind(0)
    try:
        with server.running(network, network.connections, listener):
            address = f"http://{server.HOST}:{listener.getsockname()[1]}"
            yield Peer(address, url, token, network.requests, network.faults, is_sandbox=False)
    finally:
        listener.close()


class Ground:
    """Keeps one server at a time, the one that was asked for last, and a person's hands on it."""

    def __init__(self, start: Callable[[System, Variant], AbstractContextManager[Peer]]) -> None:
        self._start = start
        self._open = ExitStack()
        self._at: tuple[str, Variant] | None = None

    def at(self, system: System, variant: Variant) -> tuple[Peer, Hands]:
        """Give the server of a variant; cases clean up behind each other, as on a real server they must."""
        if self._at != (system.name, variant):
            self.close()
            self._peer = self._open.enter_context(self._start(system, variant))
            self._hands = system.hands(self._peer.direct, self._peer.token)
            self._open.callback(self._hands.close)
            self._at = (system.name, variant)
        return self._peer, self._hands

    def close(self) -> None:
        """Stop the server."""
        self._open.close()
        self._at = None


class Network:
    """An ASGI app that hands requests on, and fails as a network and a busy server do. Stale reads it cannot make."""

    def __init__(self, upstream: str) -> None:
        self.faults = Faults()
        self.requests: deque[Seen] = deque()
        self.connections = server.Connections()
        self._upstream = upstream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        content = await request.body()
        struck = {fault.name: fault.value for fault in self.faults.draw(scope["method"], scope["path"])}
        if "reset-before" in struck:
            await self._reset(request)
        elif "429" in struck:
            await self._answer(request, busy({"detail": "too many"}, struck["429"], time.time()), receive, send)
        elif "500" in struck:
            await self._answer(request, PlainTextResponse("Internal Server Error", 500), receive, send)
            self.connections.close(scope)
        else:
            answer = await self._hand_on(request, content)
            if "reset-after" in struck:
                await self._reset(request)
            else:
                await self._answer(request, answer, receive, send)

    async def _hand_on(self, request: Request, content: bytes) -> Response:
        url = httpx.URL(self._upstream).copy_with(
            raw_path=request.scope["raw_path"] + b"?" * bool(request.url.query) + request.url.query.encode()
        )
        headers = [(name, value) for name, value in request.headers.items() if name not in _OF_ONE_CONNECTION]
        asked = httpx.Request(request.method, url, headers=headers, content=content)
        async with httpx.AsyncHTTPTransport(verify=_NO_TLS) as transport:
            held = await transport.handle_async_request(asked)
            raw = b"".join([part async for part in held.stream])  # type: ignore[union-attr]
        kept = {name: value for name, value in held.headers.items() if name not in _OF_ONE_CONNECTION}
        return Response(raw, held.status_code, kept)

    async def _answer(self, request: Request, response: Response, receive: Receive, send: Send) -> None:
        self.requests.append(Seen(request.method, request.url.path, response.status_code))
        await response(request.scope, receive, send)

    async def _reset(self, request: Request) -> None:
        self.requests.append(Seen(request.method, request.url.path, 0))
        await self.connections.reset(request.scope)
