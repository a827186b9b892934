"""Listens on loopback with uvicorn, and can break a connection as a failing network would.

Takes an ASGI app, gives a server that runs until it is told to stop.
It never binds an address off loopback.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.auto import AutoHTTPProtocol

HOST = "127.0.0.1"


class Connections:
    """The open connections, by the client's address; knows how to break one."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], tuple[asyncio.Transport, asyncio.Event]] = {}

    def protocol(self) -> Any:
        """Give uvicorn's protocol class, extended so that every connection is known here."""
        known = self._open

        def made(self: Any, transport: asyncio.Transport) -> None:
            known[_peer(transport)] = (transport, asyncio.Event())
            AutoHTTPProtocol.connection_made(self, transport)

        def lost(self: Any, error: Exception | None) -> None:
            AutoHTTPProtocol.connection_lost(self, error)
            known.pop(_peer(self.transport))[1].set()

        return type("KnownProtocol", (AutoHTTPProtocol,), {"connection_made": made, "connection_lost": lost})

    async def reset(self, scope: Scope) -> bool:
        """Reset the request's connection (RST, not FIN); say whether it was ours."""
        if _client(scope) not in self._open:
            return False
        transport, lost = self._open[_client(scope)]
        linger = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
        await lost.wait()  # until uvicorn knows too, else it would answer with a 500
        return True

    def close(self, scope: Scope) -> None:
        """Close the request's connection once what was sent is out, without having said so in the answer."""
        if _client(scope) in self._open:
            self._open[_client(scope)][0].close()


def _peer(transport: asyncio.Transport) -> tuple[str, int]:
    host, port = transport.get_extra_info("peername")
    return host, port


def _client(scope: Scope) -> tuple[str, int]:
    host, port = scope.get("client") or ("", 0)
    return host, port


class Server(uvicorn.Server):
    """uvicorn, telling when it listens."""

    def __init__(self, app: ASGIApp, connections: Connections, ready: Callable[[], None]) -> None:
        config = uvicorn.Config(
            app,
            http=connections.protocol(),
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell so."""
        await super().startup(sockets)
        self._ready()


def bind(port: int) -> socket.socket:
    """Give a listening socket on that loopback port, 0 for a free one; raise OSError where it is taken."""
    # The protocol is named because asyncio switches Nagle's algorithm off only where it is: 40 ms an answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise OSError(error.errno, error.strerror, f"port {port}") from error
    return listener


def run(app: ASGIApp, connections: Connections, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT; either is an ordinary end."""
    # uvicorn raises the signal again once it has shut down, to whoever was there before it: nobody, here.
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, lambda *_: None)
    Server(app, connections, ready).run(sockets=[listener])


@contextmanager
def running(app: ASGIApp, connections: Connections, listener: socket.socket) -> Iterator[None]:
    """Serve in a thread of this process until the block is left."""
    listening = threading.Event()
    server = Server(app, connections, listening.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    listening.wait(10)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)
