"""Asks Xagent as the sandbox serves it, in this process."""

from __future__ import annotations

from typing import Any

import httpx

from reconciler.sandbox import app
from tests.unit.sandbox.asking import ask

MODELS = "/api/models"
DEFAULTS = MODELS + "/user-default"
ALL = MODELS + "/?limit=1000"


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.time = 1_700_000_000.25

    def __call__(self) -> float:
        return self.time


class Xagent:
    """A sandbox with one server of Xagent."""

    def __init__(self, dialect: str = "0.8.4", **options: Any) -> None:
        self.sandbox = app.create_app(app.Options(dialects={"xagent": dialect}, reset_error=httpx.ReadError, **options))

    def ask(self, method: str, path: str, body: Any = None, token: str | None = "sandbox", status: int = 200) -> Any:
        """Give the JSON of an answer, which must have that status."""
        answer = self.answer(method, path, body, token)
        assert answer.status_code == status, answer.text
        return answer.json()

    def answer(self, method: str, path: str, body: Any = None, token: str | None = "sandbox") -> httpx.Response:
        """Give an answer."""
        return ask(self.sandbox, method, "/xagent" + path, body, token)

    def create(self, model_id: str, token: str = "sandbox", **fields: Any) -> dict[str, Any]:
        """Create a model."""
        body = {"model_id": model_id, "model_provider": "openai", "model_name": f"{model_id}-name", **fields}
        made: dict[str, Any] = self.ask("POST", MODELS + "/register", body, token)
        return made

    def ids(self, token: str = "sandbox") -> list[str]:
        """Give the ids of the models that are listed, in order."""
        return [row["model_id"] for row in self.ask("GET", ALL, token=token)]

    def user(self, username: str) -> str:
        """Register a user; give its access token."""
        account = {"username": username, "password": "long-enough"}
        made = self.ask("POST", "/api/auth/register", {**account, "email": f"{username}@example.com"}, None)
        assert made["success"] is True
        return self.log_in(username, "long-enough")["access_token"]

    def log_in(self, username: str = "admin", password: str = "sandbox", status: int = 200) -> dict[str, Any]:
        """Log in; give the session."""
        session: dict[str, Any] = self.ask(
            "POST", "/api/auth/login", {"username": username, "password": password}, None, status
        )
        return session
