"""A Runtype account in a sandbox in this process, and a clock that stands until it is moved."""

from __future__ import annotations

from typing import Any

import httpx

from reconciler.sandbox import app
from tests.unit.sandbox.asking import ask

V1 = "/runtype/v1"
CONFIGS = f"{V1}/model-configs"
KEYS = f"{V1}/provider-keys"
ORGANIZATION = {"userId": "user_1", "orgId": "org_1", "orgSlug": "acme", "orgRole": "org:admin"}
KEY = {"provider": "openai", "name": "production", "apiKey": "sk-production-1234"}
GPT_4 = {"provider": "openai", "modelId": "gpt-4"}


class Clock:
    """A clock that stands until it is moved; it starts at a full, even hour."""

    def __init__(self) -> None:
        self.time = 7_200_000.0

    def __call__(self) -> float:
        return self.time


def account(dialect: str = "C", clock: Clock | None = None, **seeds: list[dict[str, Any]]) -> app.Sandbox:
    """Give a sandbox whose only account holds the seeds."""
    options = {"dialects": {"runtype": dialect}, "seeds": {"runtype": seeds}, "clock": clock or Clock()}
    return app.create_app(app.Options(**options))


def get(sandbox: app.Sandbox, path: str) -> Any:
    """Give the body of a read that works."""
    answer = ask(sandbox, "GET", path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def configs(sandbox: app.Sandbox) -> list[dict[str, Any]]:
    """Give every configuration."""
    found: list[dict[str, Any]] = get(sandbox, CONFIGS)["data"]
    return found


def create(sandbox: app.Sandbox, **fields: Any) -> dict[str, Any]:
    """Create a configuration, of GPT-4 where nothing else is said."""
    answer = ask(sandbox, "POST", CONFIGS, {**GPT_4, **fields})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def create_key(sandbox: app.Sandbox, **fields: Any) -> dict[str, Any]:
    """Create a key, for OpenAI where nothing else is said."""
    answer = ask(sandbox, "POST", KEYS, {**KEY, **fields})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["providerKey"]
    return made


def put(sandbox: app.Sandbox, config: dict[str, Any], **fields: Any) -> httpx.Response:
    """Change a configuration."""
    return ask(sandbox, "PUT", f"{CONFIGS}/{config['id']}", fields)
