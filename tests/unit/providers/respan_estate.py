"""A folder of Respan manifests, whole runs on it, and the sandbox that they speak to in the same process."""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler import engine, providers, settings
from reconciler.engine import Applied
from reconciler.model import Action, Consent, Plan, Request, Status
from reconciler.sandbox.app import Options, create_app
from tests.unit.sandbox.asking import ask

from .peer import FakeTime
from .respan_place import PREFIX, Asked, Ear


class Estate:
    """Settings with one target `gw`, manifests, and runs of the engine against a fresh sandbox."""

    def __init__(self, folder: Path, dialect: str) -> None:
        self.time = FakeTime()
        self.folder = folder
        self._open(dialect)
        (folder / "manifests").mkdir()
        self.aim()

    def _open(self, dialect: str) -> None:
        options = Options(dialects={"respan": dialect}, clock=lambda: self.time.now, reset_error=httpx.ReadError)
        self.sandbox = create_app(options)
        self.ear = Ear(self.sandbox, self.time)

    def become(self, dialect: str) -> None:
        """Let the server be one of another generation that holds the same objects."""
        before = self.sandbox.store
        self._open(dialect)
        with self.sandbox.store.request():
            for table, key in (("respan.models", "model_name"), ("respan.providers", "provider_id")):
                for row in before.table(table).all():
                    self.sandbox.store.table(table).put(row[key], row)

    def aim(self, **target: Any) -> None:
        """Write the settings."""
        auth = {"bearer": {"env": "SANDBOX_TOKEN"}}
        aimed = {"system": "respan", "url": "http://127.0.0.1:1/respan", "auth": auth, **target}
        document = {"apiVersion": "reconciler/v1", "targets": {"gw": aimed}, "limits": {"deletes": "100%"}}
        (self.folder / "reconciler.yaml").write_text(json.dumps(document))

    def declare(self, *manifests: tuple[str, str, dict[str, Any]]) -> None:
        """Replace all manifests by these: kind, name, spec."""
        documents = [
            {"apiVersion": "respan/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}
            for kind, name, spec in manifests
        ]
        (self.folder / "manifests" / "all.yaml").write_text("\n---\n".join(map(json.dumps, documents)))

    def plan(self) -> Plan:
        """Plan; what was asked before is forgotten."""
        self.ear.heard.clear()
        return asyncio.run(engine.make_plan(self._settings(), Request(), connect=self._connect()))

    def drift(self) -> Plan:
        """Look for drift."""
        return asyncio.run(engine.find_drift(self._settings(), Request(), connect=self._connect()))

    def apply(self, *, adopt: bool = False, **listeners: Any) -> Applied:
        """Apply; what was asked before is forgotten."""
        self.ear.heard.clear()
        request = Request(consent=Consent(adopt=adopt))
        return asyncio.run(engine.apply_plan(self._settings(), request, connect=self._connect(), **listeners))

    def settle(self) -> Applied:
        """Apply; all must be well, and the next plan empty."""
        applied = self.apply()
        assert {outcome.status for outcome in applied.outcomes} <= {Status.DONE}, applied.outcomes
        heard = list(self.ear.heard)
        assert self.plan().operations == ()
        self.ear.heard[:] = heard
        return applied

    @property
    def written(self) -> list[Asked]:
        """What the last apply sent that was no read."""
        return [asked for asked in self.ear.heard if asked.is_write]

    def by_hand(self, method: str, path: str, body: Any = None) -> Any:
        """Do something on the server, behind Reconciler's back."""
        answer = ask(self.sandbox, method, f"{PREFIX}{path}", body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def _settings(self) -> settings.Settings:
        return settings.load(self.folder / "reconciler.yaml")

    def _connect(self) -> engine.Connect:
        return functools.partial(providers.connect, transport=httpx.ASGITransport(self.ear), clock=self.time.clock)


@pytest.fixture
def estate(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Estate]:
    """An estate on the generation that the test names by its parameter, or on the newest."""
    monkeypatch.setenv("VLLM_KEY", "CANARY-vllm-key")
    opened = Estate(tmp_path, getattr(request, "param", "3"))
    yield opened
    opened.sandbox.store.close()


def operations(plan: Plan) -> dict[str, Action]:
    """Give what a plan would do, by kind and name."""
    return {f"{op.address.kind}/{op.address.name}": op.action for op in plan.operations}


def codes(plan: Plan) -> list[tuple[str, str]]:
    """Give severity and code of each diagnostic."""
    return [(diagnostic.severity, diagnostic.code) for diagnostic in plan.diagnostics]
