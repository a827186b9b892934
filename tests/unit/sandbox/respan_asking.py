"""Asks the Respan of a sandbox in this process, in one of its generations."""

from __future__ import annotations

from typing import Any

import httpx

from reconciler.sandbox import app
from tests.unit.sandbox.asking import ask

API = "/respan/api"
BASE = {"base_model_name": "openai/gpt-4o"}


class Respan:
    """One sandbox; each method of HTTP gives the answer."""

    def __init__(self, dialect: str = "3", seeds: Any = None, clock: Any = lambda: 1_000_000.0) -> None:
        options = app.Options(dialects={"respan": dialect}, seeds={"respan": seeds or {}}, clock=clock)
        self.sandbox = app.create_app(options)

    def ask(self, method: str, path: str, body: Any = None, token: str | None = "sandbox") -> httpx.Response:
        """Send one request; the path is what follows `/api/`."""
        return ask(self.sandbox, method, f"{API}/{path}", body, token)

    def json(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        """Send one request and give what it is answered with, which must have that status."""
        found = self.ask(method, path, body)
        assert found.status_code == status, found.text
        return found.json() if found.content else None

    def model(self, name: str, **fields: Any) -> dict[str, Any]:
        """Create a model, on a built-in one where nothing else is said."""
        fields = fields if {"base_model_name", "custom_provider_id"} & fields.keys() else {**BASE, **fields}
        created: dict[str, Any] = self.json("POST", "models/", {"model_name": name, **fields}, status=201)
        return created

    def provider(self, name: str, **fields: Any) -> dict[str, Any]:
        """Create a provider."""
        body = {"provider_id": name, "provider_name": name, **fields}
        created: dict[str, Any] = self.json("POST", "providers/", body, status=201)
        return created
