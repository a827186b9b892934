"""An Open WebUI of bytes: answers from memory with pages that were rendered beforehand, so its own time hides nothing.

Takes HTTP/1.1 on loopback, gives what a server of 0.12.4 would say to the routes that a plan and an apply use; checks
no credential and knows no fault. A created model is kept, and is in the list from the next `GET /_page` on.

    python -m benchmarks.peer [LATENCY_MS [COUNT TARGETS]]      prints its URL, then serves until it is killed
    GET /_page      render the lists anew       → how many models there are
    GET /_counts    requests since last asked   → {"GET /api/v1/models/all": 1}
    GET /_reset     forget all models
    GET /_fill      hold the models of the estate of COUNT manifests over TARGETS, as if they had been created
    GET /_refuse    refuse every tenth create with a 422, or, asked again, none

Below `/tNNN` there is another server each, for estates of many targets; the controls are about all of them.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import orjson

from benchmarks import estate

ADMIN = {
    "id": "8a6d0000-0000-4000-8000-000000000001",
    "email": "bench@example.com",
    "name": "Bench",
    "role": "admin",
}
CONFIG: dict[str, Any] = {"DEFAULT_MODELS": None, "DEFAULT_PINNED_MODELS": None, "MODEL_ORDER_LIST": []}
LISTS = ("/api/v1/models/all", "/api/v1/models/export", "/api/v1/models/base")
CREATE = "POST /api/v1/models/create"


def answer(value: Any, status: str = "200 OK") -> bytes:
    """Render a whole HTTP answer."""
    body = orjson.dumps(value)
    head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Memory:
    """The models of one server, and the rendered answers."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {
            "GET /api/version": answer({"version": "0.12.4"}),
            "GET /api/v1/auths/": answer(ADMIN),
            "GET /api/v1/groups/": answer([]),
            "GET /api/v1/users/all": answer({"users": [ADMIN], "total": 1}),
            "GET /api/v1/configs/models": answer(CONFIG),
            "GET /api/models": answer({"data": [{"id": estate.BASE}]}),
            "GET /api/models/base": answer({"data": [{"id": estate.BASE}]}),
        }
        base = estate.provider_model()
        self.models: dict[str, dict[str, Any]] = {base["id"]: base}
        self.render()

    def render(self) -> int:
        """Render the lists."""
        page = answer(list(self.models.values()))
        self.pages.update({f"GET {path}": page for path in LISTS})
        return len(self.models)

    def create(self, form: dict[str, Any]) -> bytes:
        """Keep a model; a taken id is a 401 (0.12.4, observed)."""
        if form["id"] in self.models:
            return answer({"detail": "Uh-oh! This model id is already registered."}, "401 Unauthorized")
        row = self.models[form["id"]] = estate.row(form, len(self.models))
        return answer(row)


class Servers:
    """All servers, and what was asked of them."""

    def __init__(self, count: int, targets: int) -> None:
        self.counts: Counter[str] = Counter()
        self.refuses = False
        self.memories: dict[str, Memory] = {}
        self.estate = (count, targets)
        self.controls: dict[str, Callable[[], Any]] = {
            "GET /_page": lambda: sum(memory.render() for memory in self.memories.values()),
            "GET /_counts": self.take_counts,
            "GET /_reset": self.memories.clear,
            "GET /_fill": self.fill,
            "GET /_refuse": self.refuse,
        }

    def take_counts(self) -> dict[str, int]:
        """Give the counts, and start anew."""
        counts, self.counts = self.counts, Counter()
        return dict(sorted(counts.items()))

    def fill(self) -> int:
        """Hold all models of the estate."""
        count, targets = self.estate
        for number in range(count):
            name = f"/{estate.place(number, targets)}" if targets > 1 else ""
            self.memory(name).create(estate.body(number))
        return sum(memory.render() for memory in self.memories.values())

    def refuse(self) -> bool:
        """Refuse from now on, or no more."""
        self.refuses = not self.refuses
        return self.refuses

    def memory(self, name: str) -> Memory:
        """Give the server below a path."""
        if name not in self.memories:
            self.memories[name] = Memory()
        return self.memories[name]

    def reply(self, method: str, path: str, body: bytes) -> bytes:
        """Answer one request."""
        if f"{method} {path}" in self.controls:
            return answer(self.controls[f"{method} {path}"]())
        self.counts[f"{method} {path}"] += 1
        name, path = (path[:5], path[5:]) if path.startswith("/t") else ("", path)
        route, memory = f"{method} {path}", self.memory(name)
        if route == CREATE:
            form = orjson.loads(body)
            if self.refuses and form["id"].endswith("9"):
                return answer({"detail": "refused, as was asked"}, "422 Unprocessable Entity")
            return memory.create(form)
        return memory.pages.get(route) or answer({"detail": "Not Found"}, "404 Not Found")


class Connection(asyncio.Protocol):
    """One keep-alive connection; requests come one after another."""

    def __init__(self, servers: Servers, latency: float) -> None:
        self.servers = servers
        self.latency = latency
        self.buffer = bytearray()
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self.buffer[:end])
            length = end + 4 + _content_length(head)
            if len(self.buffer) < length:
                return
            method, path, _ = head[: head.index(b"\r\n")].decode().split(" ")
            reply = self.servers.reply(method, path, bytes(self.buffer[end + 4 : length]))
            del self.buffer[:length]
            self.send(reply, 0.0 if path.startswith("/_") else self.latency)

    def send(self, reply: bytes, latency: float) -> None:
        """Write the answer after the time that a server would take."""
        if latency:
            asyncio.get_running_loop().call_later(latency, self.transport.write, reply)
        else:
            self.transport.write(reply)


def _content_length(head: bytes) -> int:
    at = head.lower().find(b"\r\ncontent-length:")
    if at < 0:
        return 0
    return int(head[at + 17 :].split(b"\r\n", 1)[0])


async def serve(latency: float, count: int, targets: int) -> None:
    """Serve on a free port; `latency` in seconds."""
    servers = Servers(count, targets)
    server = await asyncio.get_running_loop().create_server(lambda: Connection(servers, latency), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    given = [*sys.argv[1:], *("0", "0", "1")[len(sys.argv) - 1 :]]
    asyncio.run(serve(float(given[0]) / 1000, int(given[1]), int(given[2])))
