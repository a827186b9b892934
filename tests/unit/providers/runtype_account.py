"""An account of Runtype: its provider beside a sandbox, or a folder whose runs go there. No socket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import httpx
import yaml

from reconciler import engine, providers, settings
from reconciler.engine import Applied
from reconciler.inventory import open_store
from reconciler.model import Body, Change, Consent, Diagnostic, Entry, Plan, Request
from reconciler.sandbox.app import Options, Sandbox, create_app

from . import sandboxes
from .peer import FakeTime
from .sandboxes import Place

Result = TypeVar("Result")

ORGANIZATION = {"orgId": "org_1", "orgSlug": "acme", "orgRole": "org:admin"}
KEY = {"provider": "openai", "name": "ours", "apiKey": "sk-ours-12345678"}
CONFIG = {"provider": "openai", "modelId": "gpt-4o"}
CONFIGS, KEYS = "/model-configs", "/provider-keys"


def play(story: Callable[[Place], Awaitable[Result]], dialect: str = "C", **seeds: Any) -> Result:
    """Run a story with a provider and a fresh account that holds the seeds."""
    return sandboxes.play(story, seeds, dialect=dialect, system="runtype")


def change(*paths: str) -> list[Change]:
    """Changes of fields; a provider looks at their paths alone."""
    return [Change(path, None, None) for path in paths]


def table(place: Place, name: str) -> list[Body]:
    """What the account stores, past every list."""
    rows: list[Body] = place.sandbox.store.table(f"runtype.{name}").all()
    return rows


class Account:
    """A folder with manifests, and the account that its only target leads to."""

    def __init__(self, folder: Path, sandbox: Sandbox, time: FakeTime) -> None:
        self.folder, self.sandbox, self.time = folder, sandbox, time
        self.connect = partial(providers.connect, transport=httpx.ASGITransport(sandbox), clock=time.clock)
        target = {
            "system": "runtype",
            "url": "http://127.0.0.1:1/runtype",
            "auth": {"bearer": {"env": "SANDBOX_TOKEN"}},
        }
        document = {"apiVersion": "reconciler/v1", "targets": {"here": target}}
        (folder / "reconciler.yaml").write_text(yaml.safe_dump(document))
        (folder / "manifests").mkdir()
        (folder / "secret").write_text("sk-ours-12345678")

    @property
    def settings(self) -> settings.Settings:
        return settings.load(self.folder / "reconciler.yaml")

    def declare(self, *manifests: tuple[str, str, Body]) -> None:
        """Write all manifests: kind, name, spec."""
        documents = [
            {"apiVersion": "runtype/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}
            for kind, name, spec in manifests
        ]
        (self.folder / "manifests" / "all.yaml").write_text(yaml.safe_dump_all(documents, sort_keys=False))

    def plan(self, **said: Any) -> Plan:
        return asyncio.run(engine.make_plan(self.settings, _request(said), connect=self.connect))

    def apply(self, **said: Any) -> Applied:
        return asyncio.run(engine.apply_plan(self.settings, _request(said), connect=self.connect))

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Do something by hand."""

        async def told() -> httpx.Response:
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(self.sandbox),
                base_url="http://sandbox/runtype/v1",
                headers={"Authorization": "Bearer sandbox"},
            )
            async with client:
                return await client.request(method, path, json=body)

        answer = asyncio.run(told()).raise_for_status()
        self.sandbox.requests.clear()
        return answer.json() if answer.content else None

    def stored(self, name: str) -> dict[str, Body]:
        """What the account stores, by id."""
        return {row["id"]: row for row in self.sandbox.store.table(f"runtype.{name}").all()}

    def sent(self) -> list[str]:
        """`METHOD path` of what was sent since the last look."""
        lines = [f"{seen.method} {seen.path.removeprefix('/runtype/v1')}" for seen in self.sandbox.requests]
        self.sandbox.requests.clear()
        return lines

    def entries(self) -> dict[str, Entry]:
        found = open_store("file", ".reconciler/inventory.json", self.folder).load().entries
        return {f"{address.kind}/{address.name}": entry for address, entry in found.items()}


@contextmanager
def opened(folder: Path, dialect: str = "C", **seeds: Any) -> Iterator[Account]:
    """A fresh account that holds the seeds, and a folder without manifests."""
    time = FakeTime(now=7_200_000.0)
    options = Options(
        seeds={"runtype": seeds},
        dialects={"runtype": dialect},
        clock=lambda: time.now,
        reset_error=httpx.ReadError,
    )
    sandbox = create_app(options)
    try:
        yield Account(folder, sandbox, time)
    finally:
        sandbox.store.close()


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
    return Request(consent=consent, destroy=said.get("destroy", False))
