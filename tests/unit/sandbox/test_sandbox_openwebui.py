"""What the table of exchanges does not reach: the clock, the sandbox's own credential, corners of bodies."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from reconciler.sandbox import app
from reconciler.sandbox.openwebui.answers import storable
from reconciler.sandbox.openwebui.images import check_background, check_image
from reconciler.sandbox.openwebui.variables import schema_of
from tests.unit.sandbox.asking import V1, ask, model, run

MODELS = f"{V1}/models"
SIGN_IN = f"{V1}/auths/signin"
FILE = "/api/v1/files/00000000-0000-0000-0000-000000000000/content"


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.time = 1_000_000.0

    def __call__(self) -> float:
        return self.time


def _user(sandbox: app.Sandbox, email: str = "ann@example.com", role: str = "user") -> tuple[str, str]:
    body = {"name": "Ann", "email": email, "password": "secret", "role": role}
    answer = ask(sandbox, "POST", f"{V1}/auths/add", body).json()
    return answer["id"], answer["token"]


# credentials


def test_the_word_sandbox_is_an_api_key_of_the_admin() -> None:
    sandbox = app.create_app()
    assert ask(sandbox, "GET", f"{V1}/users/user/status").json()["email"] == "admin@example.com"
    assert ask(sandbox, "GET", f"{V1}/auths/").status_code == 403


@pytest.mark.parametrize("email", ["admin", "admin@example.com", "Admin@Example.com"])
def test_the_word_sandbox_is_the_admins_password(email: str) -> None:
    sandbox = app.create_app()
    session = ask(sandbox, "POST", SIGN_IN, {"email": email, "password": "sandbox"}, token=None).json()
    assert ask(sandbox, "GET", f"{V1}/auths/", token=session["token"]).json()["role"] == "admin"


def test_a_cookie_authenticates_too() -> None:
    async def story(client: httpx.AsyncClient) -> tuple[int, int]:
        await client.post(SIGN_IN, json={"email": "admin", "password": "sandbox"})
        with_cookie = (await client.get(f"{MODELS}/all")).status_code
        client.cookies.clear()
        return with_cookie, (await client.get(f"{MODELS}/all")).status_code

    assert run(app.create_app(), story, token=None) == (200, 401)


def test_a_session_ends() -> None:
    clock = Clock()
    sandbox = app.create_app(app.Options(clock=clock))
    _, token = _user(sandbox)
    clock.time += 28 * 24 * 3600
    assert ask(sandbox, "GET", f"{V1}/auths/", token=token).status_code == 200
    clock.time += 1
    assert ask(sandbox, "GET", f"{V1}/auths/", token=token).status_code == 401


def test_too_many_sign_ins() -> None:
    clock = Clock()
    sandbox = app.create_app(app.Options(clock=clock))
    body = {"email": "admin@example.com", "password": "sandbox"}
    assert {ask(sandbox, "POST", SIGN_IN, body).status_code for _ in range(15)} == {200}
    refused = ask(sandbox, "POST", SIGN_IN, body)
    assert (refused.status_code, refused.json()) == (429, {"detail": "API rate limit exceeded"})
    clock.time += 180
    assert ask(sandbox, "POST", SIGN_IN, body).status_code == 200


def test_there_may_be_no_key() -> None:
    sandbox = app.create_app()
    assert ask(sandbox, "GET", f"{V1}/auths/api_key").status_code == 404
    assert ask(sandbox, "DELETE", f"{V1}/auths/api_key").json() is False
    key = ask(sandbox, "POST", f"{V1}/auths/api_key").json()["api_key"]
    assert ask(sandbox, "DELETE", f"{V1}/auths/api_key").json() is True
    assert ask(sandbox, "GET", f"{MODELS}/all", token=key).status_code == 401


def test_a_user_may_be_added_without_an_image() -> None:
    body = {"name": "x", "email": "x@example.com", "password": "x", "profile_image_url": None, "role": None}
    assert ask(app.create_app(), "POST", f"{V1}/auths/add", body).json()["role"] == "pending"


# time


def test_a_write_that_changes_nothing_still_moves_updated_at() -> None:
    clock = Clock()
    sandbox = app.create_app(app.Options(clock=clock))
    first = ask(sandbox, "POST", f"{MODELS}/create", model("a", base_model_id="b")).json()
    clock.time += 5
    again = ask(sandbox, "POST", f"{MODELS}/model/update", model("a")).json()
    assert (again["updated_at"], again["created_at"]) == (first["updated_at"] + 5, first["created_at"])
    assert again["version_id"] == first["version_id"]
    clock.time += 5
    shared = ask(sandbox, "POST", f"{MODELS}/model/access/update", {"id": "a", "access_grants": []}).json()
    assert shared["updated_at"] == first["updated_at"] + 10


def test_lists_by_time() -> None:
    clock = Clock()
    sandbox = app.create_app(app.Options(clock=clock))
    for name in "abc":
        ask(sandbox, "POST", f"{MODELS}/create", model(name, base_model_id="x"))
        ask(sandbox, "POST", f"{V1}/groups/create", {"name": name, "description": ""})
        _user(sandbox, f"{name}@example.com")
        clock.time += 1
    ask(sandbox, "POST", f"{MODELS}/model/update", model("a"))

    def pages(query: str) -> list[str]:
        return [row["id"] for row in ask(sandbox, "GET", f"{MODELS}/list{query}").json()["items"]]

    assert pages("") == ["c", "b", "a"]
    assert pages("?order_by=created_at&direction=asc") == ["a", "b", "c"]
    assert pages("?order_by=updated_at&direction=desc") == ["a", "c", "b"]
    assert pages("?query=") == ["c", "b", "a"]
    assert [group["name"] for group in ask(sandbox, "GET", f"{V1}/groups/").json()] == ["c", "b", "a"]
    users = ask(sandbox, "GET", f"{V1}/users/").json()["users"]
    assert [user["email"][0] for user in users[:3]] == ["c", "b", "a"]


def test_a_user_is_active_for_a_while() -> None:
    clock = Clock()
    sandbox = app.create_app(app.Options(clock=clock))
    ann, _ = _user(sandbox)
    assert ask(sandbox, "GET", f"{V1}/users/{ann}").json()["is_active"] is True
    clock.time += 181
    assert ask(sandbox, "GET", f"{V1}/users/{ann}").json()["is_active"] is False


def test_a_page_holds_thirty() -> None:
    seeds = {"Model": [{"id": f"m{n:03}", "base_model_id": "x"} for n in range(65)]}
    sandbox = app.create_app(app.Options(seeds={"openwebui": seeds}))
    pages = [
        ask(sandbox, "GET", f"{MODELS}/list?page={page}&order_by=name&direction=asc").json() for page in (1, 2, 3, 4)
    ]
    assert [len(page["items"]) for page in pages] == [30, 30, 5, 0]
    assert {page["total"] for page in pages} == {65}


# bodies


@pytest.mark.parametrize(
    "meta",
    [
        {"background_image_url": FILE},
        {"voice_avatar": {"file_id": "00000000-0000-0000-0000-000000000000"}},
    ],
)
def test_files_that_nobody_can_read(meta: dict[str, Any]) -> None:
    sandbox = app.create_app()
    assert ask(sandbox, "POST", f"{MODELS}/create", model("a", meta=meta)).status_code == 403
    ask(sandbox, "POST", f"{MODELS}/create", model("a"))
    assert ask(sandbox, "POST", f"{MODELS}/model/update", model("a", meta=meta)).status_code == 403
    assert ask(sandbox, "POST", f"{MODELS}/model/update", model("a", meta=dict.fromkeys(meta))).status_code == 200


@pytest.mark.parametrize(
    ("control", "status"),
    [
        ({"display": "slider", "label": "x", "options": {"a": {"label": "A", "params": {}}}}, 422),
        ({"default": "z", "label": "x", "options": {"a": {"label": "A", "params": {}}}}, 422),
        ({"default": "a", "label": "x", "options": {"a": {"label": "A", "params": {}}}}, 200),
    ],
)
def test_controls(control: dict[str, Any], status: int) -> None:
    body = model("a", params={"model_controls": {"c": control}})
    answer = ask(app.create_app(), "POST", f"{MODELS}/create", body)
    assert answer.status_code == status
    assert status != 200 or answer.json()["params"] == {"model_controls": {"c": control}}


def test_content_of_files_is_dropped_from_knowledge() -> None:
    knowledge = [{"id": "k", "file": {"id": "f", "data": {"content": "long", "status": "done"}}, "data": None}]
    answer = ask(app.create_app(), "POST", f"{MODELS}/create", model("a", meta={"knowledge": knowledge})).json()
    assert answer["meta"]["knowledge"] == [{"id": "k", "file": {"id": "f", "data": {"status": "done"}}, "data": None}]


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ({"a": [float("nan"), float("inf"), 1.5]}, {"a": [None, None, 1.5]}),
        (2**64 - 1, 2**64 - 1),
        (2**64, float(2**64)),
        (-(2**63) - 1, float(-(2**63) - 1)),
        (True, True),
    ],
)
def test_storable(value: Any, stored: Any) -> None:
    assert storable(value) == stored
    assert type(storable(value)) is type(stored)


@pytest.mark.parametrize("value", [3, "ftp://a/b", "//host/x", "https://", "data:image/svg+xml;base64,AA", "/api/v1/x"])
def test_images_that_are_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="Invalid"):
        check_image(value)


@pytest.mark.parametrize("value", [3, "", "/user.png", FILE + "x"])
def test_backgrounds_that_are_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="Invalid"):
        check_background(value)


def test_a_background_may_be_a_file() -> None:
    assert check_background(FILE) == FILE


@pytest.mark.parametrize(
    ("prompt", "fields"),
    [
        (None, None),
        ("", None),
        (3, None),
        ("plain", None),
        ("{{chat.variables.Tone}}", None),
        ("{{chat.variables.a | select}}", None),
        ("{{chat.variables.a | text}} {{chat.variables.a | number}}", None),
        ("{{ chat.variables.a }}", [{"key": "a", "type": "text", "required": False}]),
        ("{{chat.variables.a}} {{chat.variables.a | number}}", [{"key": "a", "type": "number", "required": False}]),
        ("{{chat.variables.a | : required}}", [{"key": "a", "type": "required", "required": False}]),
        (
            '{{chat.variables.a | type=text : required : label="x : y" : min=1 : default=[1] : placeholder=[ : odd=1}}',
            [
                *[{"key": "a", "type": "text", "required": True, "label": "x : y", "min": "1", "default": [1]}],
            ],
        ),
        (
            "{{chat.variables.a | text : default=[oops] }}",
            [{"key": "a", "type": "text", "required": False, "default": "[oops]"}],
        ),
    ],
)
def test_chat_variables(prompt: Any, fields: list[dict[str, Any]] | None) -> None:
    schema = schema_of(prompt)
    found = (
        None
        if schema is None
        else [{key: item for key, item in field.items() if key != "placeholder"} for field in schema["fields"]]
    )
    assert found == fields


# import and sync


def test_import_by_users() -> None:
    sandbox = app.create_app()
    ann, token = _user(sandbox)
    permissions = {"workspace": {"models": True, "models_import": True, "models_export": True}}
    body = {"name": "g", "description": "", "permissions": permissions}
    group = ask(sandbox, "POST", f"{V1}/groups/create", body).json()["id"]
    ask(sandbox, "POST", f"{V1}/groups/id/{group}/users/add", {"user_ids": [ann]})
    ask(sandbox, "POST", f"{MODELS}/create", model("theirs", base_model_id="b"))
    mine = {"models": [model("mine", base_model_id="b"), model("no-base")]}
    assert ask(sandbox, "POST", f"{MODELS}/import", mine, token).json() is True
    assert [row["id"] for row in ask(sandbox, "GET", f"{MODELS}/export", token=token).json()] == ["mine"]
    assert ask(sandbox, "POST", f"{MODELS}/import", {"models": [{"id": "theirs"}]}, token).status_code == 401


def test_users_cannot_take_the_place_of_an_upstream_model() -> None:
    sandbox = app.create_app(app.Options(seeds={"openwebui": {"BaseModel": [{"id": "gpt-4o"}]}}))
    ann, token = _user(sandbox)
    body = {"name": "g", "description": "", "permissions": {"workspace": {"models": True}, "chat": None}}
    group = ask(sandbox, "POST", f"{V1}/groups/create", body).json()["id"]
    ask(sandbox, "POST", f"{V1}/groups/id/{group}/users/add", {"user_ids": [ann]})
    refused = ask(sandbox, "POST", f"{MODELS}/create", model("gpt-4o", base_model_id="x"), token)
    assert refused.status_code == 401
    assert "already registered" in refused.json()["detail"]


def test_history_is_for_writers() -> None:
    sandbox = app.create_app()
    _, token = _user(sandbox)
    ask(sandbox, "POST", f"{MODELS}/create", model("a", base_model_id="b"))
    assert ask(sandbox, "GET", f"{MODELS}/model/history?id=a", token=token).status_code == 403


def test_history_goes_with_its_model_alone() -> None:
    sandbox = app.create_app()
    for name in ("a", "b"):
        ask(sandbox, "POST", f"{MODELS}/create", {**model(name), "commit_message": f"made {name}"})
    ask(sandbox, "POST", f"{MODELS}/model/delete", {"id": "a"})
    (entry,) = ask(sandbox, "GET", f"{MODELS}/model/history?id=b").json()
    assert (entry["commit_message"], entry["user"]) == ("made b", {"name": "Admin"})


def test_sync_replaces_everything() -> None:
    sandbox = app.create_app()
    for name in ("kept", "gone"):
        ask(sandbox, "POST", f"{MODELS}/create", model(name, base_model_id="b"))
    rows = ask(sandbox, "GET", f"{MODELS}/all").json()
    kept = {**rows[0], "name": "new name"}
    new = {**rows[1], "id": "new"}
    answer = ask(sandbox, "POST", f"{MODELS}/sync", {"models": [kept, new]}).json()
    assert [(row["id"], row["name"]) for row in answer] == [("kept", "new name"), ("new", "gone")]
    assert [row["id"] for row in ask(sandbox, "GET", f"{MODELS}/all").json()] == ["kept", "new"]


# groups


def test_a_group_above_gives_its_rights() -> None:
    sandbox = app.create_app()
    ann, token = _user(sandbox)
    body = {"name": "above", "description": "", "permissions": {"workspace": {"models": True}}}
    above = ask(sandbox, "POST", f"{V1}/groups/create", body).json()["id"]
    below = ask(sandbox, "POST", f"{V1}/groups/create", {**body, "parent_group_id": above, "permissions": {}}).json()[
        "id"
    ]
    ask(sandbox, "POST", f"{V1}/groups/id/{below}/users/add", {"user_ids": [ann]})
    assert ask(sandbox, "POST", f"{MODELS}/create", model("a", base_model_id="b"), token).status_code == 200
    assert {group["id"] for group in ask(sandbox, "GET", f"{V1}/groups/", token=token).json()} == {above, below}


def test_upstream_models_without_a_row_are_for_admins() -> None:
    sandbox = app.create_app(app.Options(seeds={"openwebui": {"BaseModel": [{"id": "a"}]}}))
    _, token = _user(sandbox)
    assert ask(sandbox, "GET", "/openwebui/api/models", token=token).json() == {"data": []}


def test_the_chat_list_follows_the_order_list() -> None:
    bases = [{"id": name} for name in ("a", "b", "c")]
    sandbox = app.create_app(
        app.Options(seeds={"openwebui": {"BaseModel": bases, "Model": [{"id": "b", "is_active": False}]}})
    )
    order = {"DEFAULT_MODELS": None, "DEFAULT_PINNED_MODELS": None, "MODEL_ORDER_LIST": ["c"]}
    ask(sandbox, "POST", f"{V1}/configs/models", order)
    assert [row["id"] for row in ask(sandbox, "GET", "/openwebui/api/models").json()["data"]] == ["c", "a"]
    assert [row["id"] for row in ask(sandbox, "GET", "/openwebui/api/models/base").json()["data"]] == ["a", "b", "c"]
