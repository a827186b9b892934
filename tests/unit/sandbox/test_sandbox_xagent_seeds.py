"""Seeds of Xagent: what a server holds before anyone asks it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox import app
from tests.unit.sandbox.xagent_asking import ALL, DEFAULTS, MODELS, Xagent

SEEDS: dict[str, list[dict[str, Any]]] = {
    "DefaultModel": [
        {"config_type": "general", "model_id": "gpt"},
        {"config_type": "general", "model_id": "anns"},
        {"config_type": "general", "model_id": "anns", "user": "ann"},
    ],
    "Model": [
        {"model_id": "gpt", "model_name": "gpt-4o", "share_with_users": True, "abilities": ["vision"]},
        {"model_id": "gpt", "model_name": "a second of the same id is left out"},
        {"model_id": "anns", "owner": "ann"},
        {"model_id": "asleep", "is_active": False},
    ],
    "User": [
        {"username": "ann", "email": "Ann@Example.com", "password": "anns-password"},
        {"username": "ann", "is_admin": True},
        {"username": "olga", "is_admin": True},
    ],
}


def _server(dialect: str = "0.8.4", **options: Any) -> Xagent:
    return Xagent(dialect, seeds={"xagent": SEEDS}, **options)


@pytest.mark.parametrize("dialect", ["0.8.4", "0.8.4-postgresql"])
def test_seeds(dialect: str) -> None:
    server = _server(dialect)
    users = server.ask("GET", "/api/admin/users")["users"]
    assert [(user["username"], user["email"], user["is_admin"]) for user in users] == [
        ("admin", "admin@example.com", True),
        ("ann", "ann@example.com", False),
        ("olga", "olga@example.com", True),
    ]
    assert server.ids() == ["gpt"]
    assert [row["model_id"] for row in server.ask("GET", ALL + "&is_active=false")] == ["asleep"]
    ann = server.log_in("ann", "anns-password")["access_token"]
    assert server.ids(ann) == ["gpt", "anns"]
    assert server.ask("GET", f"{DEFAULTS}/general")["model_id"] == server.ask("GET", f"{MODELS}/by-id/gpt")["id"]
    own = server.ask("GET", f"{MODELS}/by-id/anns", token=ann)["id"]
    assert server.ask("GET", f"{DEFAULTS}/general", token=ann)["model_id"] == own
    assert server.log_in("olga")["user"]["is_admin"] is True


def test_a_second_start_changes_nothing(tmp_path: Path) -> None:
    data = tmp_path / "data.db"
    server = _server(data=data)
    server.ask("PUT", f"{MODELS}/by-id/gpt", {"description": "changed"})
    server.ask("DELETE", f"{DEFAULTS}/general")
    before = server.ask("GET", ALL)
    server.sandbox.store.close()
    again = _server(data=data)
    assert again.ask("GET", ALL) == before
    assert len(again.ask("GET", "/api/admin/users")["users"]) == 3
    again.sandbox.store.close()


@pytest.mark.parametrize(
    ("seeds", "complaint"),
    [
        ({"Agent": []}, "xagent has no kind 'Agent' to seed; it has User, Model, DefaultModel"),
        ({"User": [{}]}, r"seed xagent\.User\[0\]: `username` is missing"),
        ({"Model": [{"model_id": "a"}, {}]}, r"seed xagent\.Model\[1\]: `model_id` is missing"),
        ({"Model": [{"model_id": "platform/a"}]}, "reserved"),
        ({"Model": [{"model_id": "a", "temperature": "hot"}]}, "temperature"),
        ({"Model": [{"model_id": "a", "owner": "nobody"}]}, "there is no user 'nobody'"),
        ({"Model": [{"model_id": "a", "context_window": 2**63}]}, "too long or too large"),
        ({"DefaultModel": [{"config_type": "general", "model_id": "a"}]}, "there is no model 'a'"),
        ({"DefaultModel": [{"config_type": "genral", "model_id": "a"}]}, "Invalid config_type"),
        ({"DefaultModel": [{"model_id": "a"}]}, "config_type"),
        ({"DefaultModel": [{"config_type": "general"}]}, "`model_id` is missing"),
    ],
)
def test_seeds_that_do_not_fit(seeds: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        app.create_app(app.Options(seeds={"xagent": seeds}))
