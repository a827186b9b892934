"""All systems behind one loopback port, each under its own prefix, with faults on demand.

Takes seeds, faults and dialects; gives an ASGI app, or serves it until SIGTERM.
It never needs the network, and knows nothing of a system but what its module hands over.

    http://127.0.0.1:PORT/<system>/...    the system's own API; the credential is the word `sandbox`
    http://127.0.0.1:PORT/health          200
    http://127.0.0.1:PORT/_sandbox/...    faults and requests, see `control.py`
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ryaml import InvalidYamlError, loads  # type: ignore[attr-defined]  # its stubs forget to export what it exports
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from reconciler.sandbox import control, launchdarkly, openwebui, respan, runtype, server, xagent
from reconciler.sandbox.control import Seen, answer_json
from reconciler.sandbox.faults import Fault, Faults, Told
from reconciler.sandbox.store import Store
from reconciler.sandbox.system import Clock, Seeds, Served, System

SYSTEMS: tuple[System, ...] = (
    openwebui.SYSTEM,
    launchdarkly.SYSTEM,
    respan.SYSTEM,
    runtype.SYSTEM,
    xagent.SYSTEM,
)


@dataclass(frozen=True, slots=True)
class Options:
    """What a sandbox starts from. `reset_error` is raised for a reset where there is no connection to break
    (in-process transports); give it the error that your HTTP client would raise."""

    data: Path | None = None
    seeds: Mapping[str, Seeds] = field(default_factory=dict)
    faults: Sequence[Told] = ()
    fault_seed: int = 0
    dialects: Mapping[str, str] = field(default_factory=dict)
    clock: Clock = time.time
    reset_error: Callable[[str], Exception] = ConnectionResetError


class Sandbox:
    """An ASGI app. `faults`, `requests` and `store` are open to tests in the same process."""

    def __init__(self, options: Options) -> None:
        self.faults = Faults(options.faults, seed=options.fault_seed)
        self.requests: deque[Seen] = deque(maxlen=100_000)
        self.connections = server.Connections()
        self.store = Store(options.data)
        self._options = options
        self._served = _build(self.store, options)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            await (_live(receive, send) if scope["type"] == "lifespan" else self._answer(scope, receive, send))
        except ClientDisconnect:
            pass  # it left before it had sent everything: there is nobody to answer

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        name, _, rest = scope["path"].removeprefix("/").partition("/")
        if name in self._served:
            await self._strike(self._served[name], "/" + rest, scope, receive, send)
        elif scope["path"].startswith(control.PREFIX):
            response = await control.answer(Request(scope, receive), self.faults, self.requests)
            await response(scope, receive, send)
        elif scope["path"] == "/health":
            await answer_json({"status": True})(scope, receive, send)
        else:
            await answer_json({"detail": f"systems: {', '.join(self._served)}"}, 404)(scope, receive, send)

    async def _strike(self, served: Served, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        struck = self.faults.draw(scope["method"], scope["path"])
        await asyncio.sleep(sum(float(fault.value) for fault in struck if fault.name == "latency") / 1000)
        for fault in struck:
            if fault.name in {"429", "500", "reset-before"}:
                await self._refuse(fault, served, scope, receive, send)
                return
        names = [fault.name for fault in struck]
        inner = {**scope, "path": path}
        stale = "stale-read" in names and served.is_read(scope["method"], path)
        with self.store.request(stale=stale):
            if "reset-after" not in names:
                await served.app(inner, receive, self._noting(scope, send))
                return
            await served.app(inner, receive, _swallow)
        await self._reset(scope, "after the request was carried out")

    async def _refuse(self, fault: Fault, served: Served, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.name == "reset-before":
            await Request(scope, receive).body()  # a client that is still sending would see the reset there, or not
            await self._reset(scope, "before the request was carried out")
        elif fault.name == "429":
            refusal = served.too_many(fault.value, self._options.clock())
            await refusal(scope, receive, self._noting(scope, send))
        else:
            # As uvicorn does after an error in the app: the answer does not say that the connection will close.
            await PlainTextResponse("Internal Server Error", 500)(scope, receive, self._noting(scope, send))
            self.connections.close(scope)

    async def _reset(self, scope: Scope, when: str) -> None:
        self.requests.append(Seen(scope["method"], scope["path"], 0))
        if not await self.connections.reset(scope):
            raise self._options.reset_error(f"the connection was reset {when}")

    def _noting(self, scope: Scope, send: Send) -> Send:
        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.requests.append(Seen(scope["method"], scope["path"], message["status"]))
            await send(message)

        return noted


def create_app(options: Options | None = None) -> Sandbox:
    """Give the ASGI app; raise ValueError where a fault, a dialect, a seed or the data file is wrong."""
    return Sandbox(options or Options())


def serve(
    *,
    port: int | None = None,
    data: Path | None = None,
    seed: Path | None = None,
    faults: Sequence[str] = (),
    dialects: Sequence[str] = (),
) -> None:
    """Serve every system on a loopback port (a free one where none is named) until SIGTERM or Ctrl-C.

    Once it listens, writes a ready `reconciler.yaml` to stdout. `seed` is a YAML file, system → kind → bodies;
    `faults` are lines as in `faults.py`; `dialects` are `SYSTEM=NAME`. Raises ValueError where one of them, or
    the file `data`, is wrong, and OSError where the port is taken or a file cannot be read; both before it listens.
    """
    seeds = {} if seed is None else read_seeds(seed)
    sandbox = create_app(Options(data=data, seeds=seeds, faults=faults, dialects=read_dialects(dialects)))
    try:
        listener = server.bind(port or 0)
        text = example_settings(f"http://{server.HOST}:{listener.getsockname()[1]}")

        def announce() -> None:
            sys.stdout.write(text)
            sys.stdout.flush()

        server.run(sandbox, sandbox.connections, listener, announce)
    finally:
        sandbox.store.close()


@contextmanager
def running(options: Options | None = None) -> Iterator[tuple[str, Sandbox]]:
    """Serve on a free loopback port in a thread of this process; give the address (no slash) and the app."""
    sandbox = create_app(options)
    listener = server.bind(0)
    try:
        with server.running(sandbox, sandbox.connections, listener):
            yield f"http://{server.HOST}:{listener.getsockname()[1]}", sandbox
    finally:
        listener.close()
        sandbox.store.close()


def example_settings(address: str) -> str:
    """Give the text of a `reconciler.yaml` with a target named after each system served at `address`."""
    lines = [
        "# The sandbox listens. To use it: save this as reconciler.yaml, then `export SANDBOX_TOKEN=sandbox`.",
        "apiVersion: reconciler/v1",
        "targets:",
    ]
    for system in SYSTEMS:
        lines += [
            f"  {system.name}:",
            f"    system: {system.name}",
            f"    url: {address}/{system.name}",
            *(f"    {line}" for line in system.settings),
        ]
    return "\n".join(lines) + "\n"


def read_seeds(path: Path) -> dict[str, Seeds]:
    """Read a seed file; raise ValueError where it is not system → kind → list of bodies."""
    try:
        seeds = loads(path.read_text(encoding="utf-8"))
    except (InvalidYamlError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: {error}") from error
    for name, kinds in _mapping(seeds, path, "a system").items():
        for kind, bodies in _mapping(kinds, path, f"a kind of {name}").items():
            if not isinstance(bodies, list) or not all(isinstance(body, dict) for body in bodies):
                raise ValueError(f"{path}: {name}.{kind} must be a list of bodies")
    return dict(seeds or {})


def read_dialects(lines: Sequence[str]) -> dict[str, str]:
    """Read `SYSTEM=NAME` lines; raise ValueError where one is not."""
    dialects = {}
    for line in lines:
        system, equals, name = line.partition("=")
        if not equals or not system or not name:
            raise ValueError(f"{line!r} is not a dialect; expected SYSTEM=NAME")
        dialects[system] = name
    return dialects


def _mapping(value: object, path: Path, key: str) -> Mapping[str, object]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"{path}: expected a mapping whose keys name {key}")  # noqa: TRY004 - as for any wrong file
    return value


def _build(store: Store, options: Options) -> dict[str, Served]:
    known = {system.name: system for system in SYSTEMS}
    for name in [*options.dialects, *options.seeds]:
        if name not in known:
            raise ValueError(f"{name!r} is not a system of the sandbox; it has {', '.join(known)}")
    served = {}
    for name, system in known.items():
        dialect = options.dialects.get(name, system.dialects[0])
        if dialect not in system.dialects:
            raise ValueError(f"{name}={dialect}: the dialects of {name} are {', '.join(system.dialects)}")
        with store.request():
            served[name] = system.build(store, options.clock, dialect, options.seeds.get(name) or {})
    return served


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _swallow(message: Message) -> None:
    """Drop an answer that nobody shall get."""
