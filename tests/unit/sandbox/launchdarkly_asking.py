"""Asks LaunchDarkly's sandbox in this process, and holds each answer against the vendor's published schema of it."""

from __future__ import annotations

from typing import Any

import httpx

from reconciler.sandbox import app
from reconciler.sandbox.app import Sandbox
from tests.openapi.launchdarkly import problems
from tests.unit.sandbox.asking import run

ROOT = "/launchdarkly"
PROJECT = "/api/v2/projects/default"
MODELS = f"{PROJECT}/ai-configs/model-configs"
RESTRICTED = f"{MODELS}/restricted"
TOOLS = f"{PROJECT}/ai-tools"
SNIPPETS = f"{PROJECT}/ai-configs/prompt-snippets"
SKILLS = f"{PROJECT}/ai-configs/skills"
CONFIGS = f"{PROJECT}/ai-configs"
GRAPHS = f"{PROJECT}/agent-graphs"
OPTIMIZATIONS = f"{PROJECT}/agent-optimizations"

BETA = {"LD-API-Version": "beta"}
SEMANTIC = {"Content-Type": "application/json; domain-model=launchdarkly.semanticpatch"}
ADMIN = "60b1f5d0c1d5a90a1f0e4c12"
GLOBAL = "OpenAI.gpt-4o"


def started(dialect: str = "v25", **options: Any) -> Sandbox:
    """Give a sandbox; `seeds` are LaunchDarkly's alone."""
    seeds = {"launchdarkly": options.pop("seeds", {})}
    return app.create_app(app.Options(dialects={"launchdarkly": dialect}, seeds=seeds, **options))


def ask(
    sandbox: Sandbox,
    method: str,
    path: str,
    sent: Any = None,
    headers: dict[str, str] | None = None,
    token: str | None = "sandbox",
) -> httpx.Response:
    """Send one request; fail where the answer is not as the document says."""

    async def story(client: httpx.AsyncClient) -> httpx.Response:
        auth = {} if token is None else {"Authorization": token}
        return await client.request(method, ROOT + path, json=sent, headers={**auth, **(headers or {})})

    answer = run(sandbox, story, token=None)
    body = answer.json() if answer.content and answer.status_code != 500 else None
    assert problems(method, path.partition("?")[0], answer.status_code, body) == []
    return answer


def get(sandbox: Sandbox, path: str, headers: dict[str, str] | None = None) -> Any:
    """Give the body of what is there."""
    answer = ask(sandbox, "GET", path, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def send(
    sandbox: Sandbox, method: str, path: str, body: Any, status: int = 200, headers: dict[str, str] | None = None
) -> Any:
    """Give the body of an answer that has that status."""
    answer = ask(sandbox, method, path, body, headers)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def refused(
    sandbox: Sandbox, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> tuple[int, str, str]:
    """Give status, code and message of a refusal."""
    answer = ask(sandbox, method, path, body, headers)
    assert answer.status_code >= 400, answer.text
    return answer.status_code, answer.json()["code"], answer.json()["message"]


def model(key: str = "Acme.small", **fields: Any) -> dict[str, Any]:
    """A body that creates a model config."""
    return {"key": key, "id": key.partition(".")[2] or key, "name": key, **fields}


def config(sandbox: Sandbox, key: str = "bot", **fields: Any) -> Any:
    """Create an AI Config."""
    return send(sandbox, "POST", CONFIGS, {"key": key, "name": key, **fields}, 201)


def variation(sandbox: Sandbox, key: str = "a", *, of: str = "bot", **fields: Any) -> Any:
    """Create a variation."""
    return send(sandbox, "POST", f"{CONFIGS}/{of}/variations", {"key": key, "name": key, **fields}, 201)


def patch_targeting(sandbox: Sandbox, *instructions: dict[str, Any], environment: str = "production") -> Any:
    """Carry out instructions on the config `bot`; give the environment afterwards."""
    body = {"environmentKey": environment, "instructions": list(instructions)}
    after = send(sandbox, "PATCH", f"{CONFIGS}/bot/targeting", body, headers=SEMANTIC)
    return after["environments"][environment]


def ids(sandbox: Sandbox, of: str = "bot") -> dict[str, str]:
    """Give the ids by which targeting knows variations, by their keys; the stub's is `disabled`."""
    rows = get(sandbox, f"{CONFIGS}/{of}/targeting")["variations"]
    return {row["value"]["_ldMeta"].get("variationKey", "disabled"): row["_id"] for row in rows}
