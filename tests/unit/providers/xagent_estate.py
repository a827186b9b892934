"""A folder with manifests for one Xagent server, a sandbox in the same process, and the people on it."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from reconciler import engine, providers, settings
from reconciler.model import Consent, Plan, Request, Status
from tests.unit.sandbox.xagent_asking import DEFAULTS, MODELS, Xagent

from .xagent_place import MODEL, PEOPLE

Spec = dict[str, Any]
ANY = Request(consent=Consent(adopt=True, deletes=99, updates=99))
CHAT = {"abilities": ["chat", "vision"]}


class Estate(Xagent):
    """A folder with manifests for one Xagent server, and the people on it."""

    def __init__(self, folder: Path, dialect: str = "0.8.4", user: str = "admin", **seeds: Any) -> None:
        super().__init__(dialect, seeds={"xagent": {**PEOPLE, **seeds}})
        self.folder = folder
        (folder / "manifests").mkdir()
        auth = {"login": {"username": user, "password": {"env": "SANDBOX_TOKEN"}}}
        target = {"system": "xagent", "url": "http://127.0.0.1:1/xagent", "auth": auth}
        (folder / "reconciler.yaml").write_text(json.dumps({"apiVersion": "reconciler/v1", "targets": {"t": target}}))

    @property
    def _run(self) -> dict[str, Any]:
        connect = partial(providers.connect, transport=httpx.ASGITransport(self.sandbox))
        return {"settings": settings.load(self.folder / "reconciler.yaml"), "connect": connect}

    def declare(self, *models: str, defaults: Spec | None = None, **specs: Spec) -> None:
        """Write the manifests anew: models by name, with what they have beyond the smallest spec, and defaults."""
        documents = [
            document("Model", name, {**MODEL, **specs.get(name, {})}) for name in dict.fromkeys([*models, *specs])
        ]
        documents += [document("DefaultModel", name, {"model_id": to}) for name, to in (defaults or {}).items()]
        (self.folder / "manifests" / "all.yaml").write_text("\n---\n".join(map(json.dumps, documents)))

    def plan(self, request: Request = ANY) -> Plan:
        self.sandbox.requests.clear()
        return asyncio.run(engine.make_plan(request=request, **self._run))

    def apply(self, request: Request = ANY) -> engine.Applied:
        """Apply, all of which must be done, and plan again, which must find nothing to do."""
        self.sandbox.requests.clear()
        applied = asyncio.run(engine.apply_plan(request=request, **self._run))
        self.asked = [f"{seen.method} {seen.path.removeprefix('/xagent/api')}" for seen in self.sandbox.requests]
        assert applied.confirmed, applied.plan.diagnostics
        assert {outcome.status for outcome in applied.outcomes} <= {Status.DONE}, applied.outcomes
        assert self.plan(request).operations == ()
        return applied

    def refusal(self) -> Any:
        """Give the one refusal of the plan; nothing is written."""
        before = self.ask("GET", MODELS + "/?limit=1000")
        plan = self.plan()
        (found,) = [d for d in plan.diagnostics if d.severity == "error"]
        applied = asyncio.run(engine.apply_plan(request=ANY, **self._run))
        assert not applied.confirmed
        assert self.ask("GET", MODELS + "/?limit=1000") == before
        return found

    def set_default(self, config_type: str, model_id: str, token: str = "sandbox") -> None:
        number = self.ask("GET", f"{MODELS}/by-id/{model_id}", token=token)["id"]
        self.ask("POST", DEFAULTS, {"config_type": config_type, "model_id": number}, token)

    def default(self, config_type: str) -> str | None:
        """Give the model_id of the admin's default."""
        held = self.ask("GET", f"{DEFAULTS}/{config_type}")
        return None if held is None else self.ask("GET", f"{MODELS}/by-id/{held['model_id']}")["model_id"]

    @property
    def writes(self) -> list[str]:
        """What the last apply wrote."""
        return [line for line in self.asked if not line.startswith("GET") and "login" not in line]


def document(kind: str, name: str, spec: Spec) -> Spec:
    return {"apiVersion": "xagent/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def ref(name: str) -> Spec:
    return {"ref": f"Model/{name}"}


def needs(plan: Plan) -> dict[str, list[str]]:
    """Give what each operation waits for, by name."""
    return {op.address.name: [need.name for need in op.needs] for op in plan.operations}


def warnings(plan: Plan) -> list[tuple[str, str]]:
    return [(d.code, d.summary) for d in plan.diagnostics if d.severity == "warning"]
