"""Seeds: what a server holds before anyone asks it."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.sandbox import app
from tests.unit.sandbox.asking import V1, ask

TO_DEVELOPERS = {"principal_type": "group", "principal_id": "Developers", "permission": "read"}
SEEDS: dict[str, list[dict[str, Any]]] = {
    "DefaultModels": [{"DEFAULT_MODELS": ["a", "b"], "MODEL_ORDER_LIST": ["b"]}],
    "Model": [
        {
            "id": "helper",
            "base_model_id": "gpt-4o",
            "access_grants": [
                {"principal_type": "group", "principal_id": "Developers", "permission": "read"},
                {"principal_type": "user", "principal_id": "ann@example.com", "permission": "write"},
                {"principal_type": "user", "principal_id": "*", "permission": "read"},
                {"principal_type": "user", "principal_id": "nobody@example.com", "permission": "read"},
            ],
        },
        {"id": "helper", "name": "a second of the same id is left out"},
    ],
    "Group": [
        {"name": "Developers", "members": ["ann@example.com", "nobody@example.com"], "permissions": {"chat": {}}},
        {"name": "Developers", "description": "a second of the same name is left out"},
    ],
    "Prompt": [
        {"command": "review", "name": "Review", "content": "Review this.", "is_active": False},
        {"command": "help", "name": "Help", "content": "Help me.", "access_grants": [TO_DEVELOPERS]},
        {"command": "help", "name": "a second of the same command is left out", "content": ""},
    ],
    "Tool": [
        {"id": "Weather", "name": "Weather", "content": "class Tools: pass", "access_grants": [TO_DEVELOPERS]},
        {"id": "weather", "name": "a second of the same id is left out", "content": "class Tools: pass"},
    ],
    "Function": [
        {"id": "polite", "name": "Polite", "content": "class Filter: toggle = True", "is_active": True},
        {"id": "shout", "name": "Shout", "content": "class Action: pass", "is_global": True, "is_active": False},
        {"id": "Polite", "name": "a second of the same id is left out", "content": "class Filter: pass"},
    ],
    "Knowledge": [
        {"name": "Handbook", "description": "How we work", "access_grants": [TO_DEVELOPERS]},
        {"name": "Handbook", "description": "a second of the same name is left out"},
    ],
    "BaseModel": [{"id": "gpt-4o"}, {"id": "llama3", "owned_by": "ollama", "name": "Llama"}],
    "User": [{"email": "ann@example.com", "name": "Ann"}, {"email": "Ann@example.com"}, {"email": "b@example.com"}],
}


def _sandbox(dialect: str = "0.12.4") -> app.Sandbox:
    return app.create_app(app.Options(seeds={"openwebui": SEEDS}, dialects={"openwebui": dialect}))


@pytest.mark.parametrize("dialect", ["0.12.4", "0.11.4"])
def test_seeds(dialect: str) -> None:
    sandbox = _sandbox(dialect)
    users = {user["email"]: user for user in ask(sandbox, "GET", f"{V1}/users/all").json()["users"]}
    assert list(users) == ["admin@example.com", "ann@example.com", "b@example.com"]
    assert (users["ann@example.com"]["name"], users["b@example.com"]["name"]) == ("Ann", "b@example.com")
    (group,) = ask(sandbox, "GET", f"{V1}/groups/").json()
    assert (group["name"], group["description"], group["member_count"]) == ("Developers", "", 1)
    (model,) = ask(sandbox, "GET", f"{V1}/models/all").json()
    assert (model["id"], model["name"]) == ("helper", "helper")
    assert [grant["principal_id"] for grant in model["access_grants"]] == [
        *(group["id"], users["ann@example.com"]["id"], "*", "nobody@example.com")
    ]
    defaults = ask(sandbox, "GET", f"{V1}/configs/models").json()
    assert (defaults["DEFAULT_MODELS"], defaults["MODEL_ORDER_LIST"]) == ("a,b", ["b"])
    assert [base["name"] for base in ask(sandbox, "GET", "/openwebui/api/models/base").json()["data"]] == [
        *("gpt-4o", "Llama")
    ]


@pytest.mark.parametrize("dialect", ["0.12.4", "0.11.4"])
def test_seeds_of_the_workspace(dialect: str) -> None:
    sandbox = _sandbox(dialect)
    (group,) = ask(sandbox, "GET", f"{V1}/groups/").json()
    prompts = ask(sandbox, "GET", f"{V1}/prompts/list?order_by=name&direction=asc").json()["items"]
    assert [(row["command"], row["is_active"]) for row in prompts] == [("help", True), ("review", False)]
    (tool,) = ask(sandbox, "GET", f"{V1}/tools/export").json()
    assert (tool["id"], tool["content"]) == ("weather", "class Tools: pass")
    functions = ask(sandbox, "GET", f"{V1}/functions/export").json()
    assert [(row["id"], row["type"], row["is_active"], row["is_global"]) for row in functions] == [
        ("polite", "filter", True, False),
        ("shout", "action", False, True),
    ]
    assert functions[0]["meta"]["toggle"] is True
    (knowledge,) = ask(sandbox, "GET", f"{V1}/knowledge/").json()["items"]
    for row in (prompts[0], tool, knowledge):
        assert [grant["principal_id"] for grant in row["access_grants"]] == [group["id"]]


@pytest.mark.parametrize(
    ("kind", "body"),
    [("Tool", {"id": "a-b", "name": "x", "content": "class Tools: pass"}), ("Tool", {"id": "x"})]
    + [("Function", {"id": "x", "name": "x", "content": content}) for content in ("class Tools: pass", "class (")],
)
def test_a_seed_that_the_server_would_not_take(kind: str, body: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=rf"seed openwebui\.{kind}\[0\]: "):
        app.create_app(app.Options(seeds={"openwebui": {kind: [body]}}))


def test_a_seeded_user_signs_in() -> None:
    body = {"email": "ann@example.com", "password": "sandbox"}
    assert ask(_sandbox(), "POST", f"{V1}/auths/signin", body, token=None).json()["role"] == "user"
