"""The dialect of the published page: its example works, its grants go both ways, its texts are its own."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from reconciler.sandbox import app
from tests.pages.test_page_openwebui import PAGE
from tests.unit.sandbox.asking import V1, ask, model, run

API = "/openwebui/api"

EXAMPLE: dict[str, Any] = PAGE["examples"]["concrete"]["request"]


def test_grants_go_both_ways() -> None:
    sandbox = app.create_app()
    pages = [{"access_type": "group", "access_id": "g", "permission": "read"}]
    ask(sandbox, "POST", f"{API}/models/create", model("a", base_model_id="b", access_grants=pages))
    (real,) = ask(sandbox, "GET", f"{V1}/models/all").json()[0]["access_grants"]
    assert (real["principal_type"], real["principal_id"], real["permission"]) == ("group", "g", "read")
    changed = [{"access_type": "user", "access_id": "*", "permission": "read"}]
    ask(sandbox, "POST", f"{API}/models/model/access/update", {"id": "a", "access_grants": changed})
    for path in ("models/all", "models/export", "models/model?id=a", "models/list"):
        shown = ask(sandbox, "GET", f"{API}/{path}").json()
        rows = shown if isinstance(shown, list) else shown.get("items", [shown])
        assert [row["access_grants"] for row in rows] == [changed], path


def test_grants_in_another_spelling_are_dropped() -> None:
    real = [{"principal_type": "user", "principal_id": "*", "permission": "read"}, "x"]
    sandbox = app.create_app()
    assert ask(sandbox, "POST", f"{API}/models/create", model("a", access_grants=real)).status_code == 422
    created = ask(sandbox, "POST", f"{API}/models/create", model("a", access_grants=real[:1]))
    assert created.json()["access_grants"] == []


@pytest.mark.parametrize(
    ("body", "token", "status", "detail"),
    [
        (model("taken"), "sandbox", 400, "Model ID is already taken"),
        (model("x" * 257), "sandbox", 400, "Model ID is too long (max 256 characters)"),
        (model("x"), None, 401, "Unauthorized"),
        (model("x"), "wrong", 401, "Unauthorized"),
        (model("x"), "sk-wrong", 401, "Unauthorized"),
    ],
)
def test_refusals(body: Any, token: str | None, status: int, detail: str) -> None:
    sandbox = app.create_app(app.Options(seeds={"openwebui": {"Model": [{"id": "taken"}]}}))
    answer = ask(sandbox, "POST", f"{API}/models/create", body, token)
    assert (answer.status_code, answer.json()) == (status, {"detail": detail})


def test_a_user_without_permission() -> None:
    sandbox = app.create_app()
    user = {"name": "a", "email": "a@b.example", "password": "x", "role": "user"}
    token = ask(sandbox, "POST", f"{API}/auths/add", user).json()["token"]
    for method, path in (("POST", "models/create"), ("GET", "models/all")):
        answer = ask(sandbox, method, f"{API}/{path}", model("x", base_model_id="b"), token)
        assert (answer.status_code, answer.json()) == (401, {"detail": "Unauthorized"})


def test_the_whole_life_of_a_model() -> None:
    async def story(client: httpx.AsyncClient) -> None:
        await client.post("models/create", json=EXAMPLE)
        changed = {**EXAMPLE, "meta": {"description": "new"}, "access_grants": []}
        updated = (await client.post("models/model/update", json=changed)).json()
        assert updated["meta"] == {"profile_image_url": "/static/favicon.png", "description": "new"}
        assert (await client.get("models/model", params={"id": EXAMPLE["id"]})).json() == updated
        assert (await client.post("models/model/delete", json={"id": EXAMPLE["id"]})).json() is True
        assert (await client.get("models/model", params={"id": EXAMPLE["id"]})).status_code == 404

    async def told(client: httpx.AsyncClient) -> None:
        client.base_url = httpx.URL(f"http://sandbox{API}/")
        await story(client)

    run(app.create_app(), told)


def test_other_kinds_are_the_same_as_on_the_real_routes() -> None:
    sandbox = app.create_app()
    group = ask(sandbox, "POST", f"{API}/groups/create", {"name": "g", "description": ""}).json()
    assert ask(sandbox, "GET", f"{V1}/groups/").json() == [group]
    assert ask(sandbox, "GET", f"{API}/groups/").json() == [group]
    assert ask(sandbox, "GET", f"{API}/configs/models").json()["DEFAULT_MODELS"] is None


def test_grants_of_other_kinds_are_spelled_as_on_the_real_routes() -> None:
    sandbox = app.create_app()
    grant = {"principal_type": "user", "principal_id": "*", "permission": "read"}
    body = {"name": "k", "description": "", "access_grants": [grant]}
    made = ask(sandbox, "POST", f"{API}/knowledge/create", body).json()
    assert [{key: held[key] for key in grant} for held in made["access_grants"]] == [grant]


@pytest.mark.parametrize(
    ("path", "keys"), [("version", ["version", "deployment_id"]), ("models", ["data"]), ("models/base", ["data"])]
)
def test_three_paths_are_the_real_servers(path: str, keys: list[str]) -> None:
    assert list(ask(app.create_app(), "GET", f"{API}/{path}").json()) == keys


def test_bodies_that_are_no_objects_are_the_real_routes_to_judge() -> None:
    sandbox = app.create_app()
    assert ask(sandbox, "POST", f"{API}/models/create", [1]).status_code == 422
    assert ask(sandbox, "POST", f"{API}/models/create").status_code == 422
    assert ask(sandbox, "GET", f"{API}/nowhere").headers["content-type"].startswith("text/html")
    assert ask(sandbox, "POST", f"{API}/nowhere", {}).status_code == 405
