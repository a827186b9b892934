"""Seeds: what a server holds before anyone asks it."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.sandbox import app
from tests.unit.sandbox.asking import V1, ask

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


def test_a_seeded_user_signs_in() -> None:
    body = {"email": "ann@example.com", "password": "sandbox"}
    assert ask(_sandbox(), "POST", f"{V1}/auths/signin", body, token=None).json()["role"] == "user"
