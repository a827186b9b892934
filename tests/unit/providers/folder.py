"""A folder with manifests whose only target leads to a sandbox in the same process: whole runs, without a socket.

Takes a system and what its target says; gives runs, what was sent in them, and a person's hand on the server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import httpx
import orjson
import yaml
from starlette.requests import Request as Received

from reconciler import engine, providers, settings
from reconciler.engine import Applied
from reconciler.inventory import open_store
from reconciler.model import Body, Consent, Diagnostic, Entry, Plan, Request, Selection
from reconciler.sandbox.app import Options, Sandbox, create_app

from .peer import FakeTime


@dataclass(frozen=True)
class Asked:
    """A request as the server got it."""

    line: str
    """`METHOD path`, below the prefix."""
    body: Any
    headers: Mapping[str, str]


@dataclass
class Ear:
    """An ASGI app that writes down what a sandbox is asked."""

    sandbox: Sandbox
    prefix: str
    heard: list[Asked] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        received = Received(scope, receive)
        content = await received.body()
        path = scope["raw_path"].decode().removeprefix(self.prefix)
        body = orjson.loads(content) if content else None
        self.heard.append(Asked(f"{scope['method']} {path}", body, dict(received.headers)))

        async def again() -> Any:
            return {"type": "http.request", "body": content, "more_body": False}

        await self.sandbox(scope, again, send)


Self = TypeVar("Self", bound="Folder")


class Folder:
    """A folder, and the server that its target leads to."""

    system = ""
    prefix = ""
    """Where the API is served, below the system's own place in the sandbox."""
    target: ClassVar[Mapping[str, Any]] = {"auth": {"bearer": {"env": "SANDBOX_TOKEN"}}}
    token = "Bearer sandbox"

    def __init__(self, folder: Path, sandbox: Sandbox, time: FakeTime) -> None:
        self.folder, self.sandbox, self.time = folder, sandbox, time
        self.ear = Ear(sandbox, f"/{self.system}{self.prefix}")
        self.connect = partial(providers.connect, transport=httpx.ASGITransport(self.ear), clock=time.clock)
        target = {"system": self.system, "url": f"http://127.0.0.1:1/{self.system}", **self.target}
        document = {"apiVersion": "reconciler/v1", "targets": {"here": target}}
        (folder / "reconciler.yaml").write_text(yaml.safe_dump(document))
        (folder / "manifests").mkdir()

    @classmethod
    @contextmanager
    def opened(cls: type[Self], folder: Path, dialect: str, **seeds: list[Body]) -> Iterator[Self]:
        """A fresh server that holds the seeds, and a folder without manifests."""
        time = FakeTime(now=7_200_000.0)
        options = Options(
            seeds={cls.system: seeds},
            dialects={cls.system: dialect},
            clock=lambda: time.now,
            reset_error=httpx.ReadError,
        )
        sandbox = create_app(options)
        try:
            yield cls(folder, sandbox, time)
        finally:
            sandbox.store.close()

    @property
    def settings(self) -> settings.Settings:
        """What the folder's settings say."""
        return settings.load(self.folder / "reconciler.yaml")

    def declare(self, *manifests: tuple[str, str, Body]) -> None:
        """Write all manifests: kind, name, spec."""
        documents = [
            {"apiVersion": f"{self.system}/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}
            for kind, name, spec in manifests
        ]
        (self.folder / "manifests" / "all.yaml").write_text(yaml.safe_dump_all(documents, sort_keys=False))

    def plan(self, **said: Any) -> Plan:
        """Plan."""
        return asyncio.run(engine.make_plan(self.settings, _request(said), connect=self.connect))

    def apply(self, confirm: Callable[[Plan], bool] = lambda plan: True, **said: Any) -> Applied:
        """Apply; `confirm` is called when the plan is made and nothing is written yet."""
        return asyncio.run(engine.apply_plan(self.settings, _request(said), connect=self.connect, confirm=confirm))

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Do something by hand."""

        async def told() -> httpx.Response:
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(self.sandbox),
                base_url=f"http://sandbox/{self.system}{self.prefix}",
                headers={
                    "Authorization": self.token,
                    **{name.replace("_", "-"): text for name, text in headers.items()},
                },
            )
            async with client:
                return await client.request(method, path, json=body)

        with ThreadPoolExecutor(1) as beside:  # a run may be under way, in a loop of its own
            answer = beside.submit(asyncio.run, told()).result().raise_for_status()
        self.sandbox.requests.clear()
        return answer.json() if answer.content else None

    def sent(self) -> list[str]:
        """`METHOD path` of what was sent since the last look."""
        return [asked.line for asked in self.heard()]

    def heard(self) -> list[Asked]:
        """What was asked since the last look."""
        heard = list(self.ear.heard)
        self.ear.heard.clear()
        return heard

    def entries(self) -> dict[str, Entry]:
        """What is ours."""
        found = open_store("file", ".reconciler/inventory.json", self.folder).load().entries
        return {f"{address.kind}/{address.name}": entry for address, entry in found.items()}


def actions(plan: Plan) -> dict[str, str]:
    """What a plan would do."""
    return {f"{op.address.kind}/{op.address.name}": op.action.value for op in plan.operations}


def needs(plan: Plan, name: str) -> list[str]:
    """What an operation waits for."""
    (found,) = [op.needs for op in plan.operations if f"{op.address.kind}/{op.address.name}" == name]
    return [f"{need.kind}/{need.name}" for need in found]


def told(plan: Plan, code: str) -> list[Diagnostic]:
    """The diagnostics of a rule."""
    return [diagnostic for diagnostic in plan.diagnostics if diagnostic.code == code]


def ends(applied: Applied) -> dict[str, str]:
    """How each operation ended."""
    return {f"{o.address.kind}/{o.address.name}": o.status.value for o in applied.outcomes}


def _request(said: dict[str, Any]) -> Request:
    consent = Consent(said.get("adopt", False), said.get("deletes"), said.get("updates"))
    chosen = Selection(exclude=tuple(said.get("exclude", ())))
    return Request(chosen, consent, destroy=said.get("destroy", False), show_unmanaged=said.get("unmanaged", False))
