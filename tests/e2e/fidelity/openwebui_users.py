"""Exchanges with Open WebUI: users, and what a user may do."""

from __future__ import annotations

from tests.e2e.fidelity.exchange import Step, get, post
from tests.e2e.fidelity.words import GROUPS, MODELS, PUBLIC, V1, grant, model


def users() -> list[Step]:
    """Users."""
    add = V1 + "/auths/add"
    return [
        get("users at first", V1 + "/users/all"),
        post(
            "add a user",
            add,
            {"name": "Ann", "email": "Ann@Example.com", "password": "secret-1", "role": "user"},
            save={"ann": "id", "ann_token": "token"},
        ),
        post(
            "add a pending user",
            add,
            {"name": "Bob", "email": "bob@example.com", "password": "secret-1"},
            save={"bob": "id", "bob_token": "token"},
        ),
        post("add a taken e-mail", add, {"name": "Ann", "email": "ann@example.com", "password": "x"}),
        post("add a wrong e-mail", add, {"name": "Ann", "email": "ann", "password": "x"}),
        post("add without a name", add, {"email": "a@b.example", "password": "x"}),
        post(
            "add with a wrong image",
            add,
            {"name": "x", "email": "x@b.example", "password": "x", "profile_image_url": "x"},
        ),
        post("add with a long password", add, {"name": "x", "email": "x@b.example", "password": "x" * 73}),
        post("add by a user", add, {"name": "x", "email": "x@b.example", "password": "x"}, by="ann_token"),
        get("users", V1 + "/users/all"),
        get("users by page", V1 + "/users/?page=1&order_by=name&direction=asc", ordered=True),
        get("users by query", V1 + "/users/?query=ANN"),
        get("users past the end", V1 + "/users/?page=7"),
        get("search users", V1 + "/users/search?query=ann"),
        get("users by a user", V1 + "/users/all", by="ann_token"),
        get("search users by a user", V1 + "/users/search?query=ann", by="ann_token"),
        get("one user", V1 + "/users/{ann}"),
        get("one user's details", V1 + "/users/{ann}/info"),
        get("one unknown user", V1 + "/users/nobody"),
        get("one unknown user's details", V1 + "/users/nobody/info"),
        get("who am I, by a user", V1 + "/auths/", by="ann_token"),
        get("who am I, by a pending user", V1 + "/auths/", by="bob_token"),
        get("my status, by a user", V1 + "/users/user/status", by="ann_token"),
        get("my status, by a pending user", V1 + "/users/user/status", by="bob_token"),
        get("models by a pending user", MODELS + "/list", by="bob_token"),
        post("sign in", V1 + "/auths/signin", {"email": "ANN@example.com", "password": "secret-1"}),
        post("sign in with a wrong password", V1 + "/auths/signin", {"email": "ann@example.com", "password": "no"}),
        post("sign in as nobody", V1 + "/auths/signin", {"email": "no@example.com", "password": "no"}),
        post("sign in without a password", V1 + "/auths/signin", {"email": "no@example.com"}),
        post("make a key by a user", V1 + "/auths/api_key", by="ann_token"),
        get("key of a user", V1 + "/auths/api_key", by="ann_token"),
        post("make a key by nobody", V1 + "/auths/api_key", by="none"),
        get("key", V1 + "/auths/api_key"),
    ]


def as_a_user() -> list[Step]:
    """As a user."""
    return [
        get("all models by a user", MODELS + "/all", by="ann_token"),
        get("base overrides by a user", MODELS + "/base", by="ann_token"),
        get("export by a user", MODELS + "/export", by="ann_token"),
        get("page by a user", MODELS + "/list?order_by=name", by="ann_token"),
        get("tags by a user", MODELS + "/tags", by="ann_token"),
        get("public model by a user", MODELS + "/model?id=m-imported", by="ann_token"),
        get("private model by a user", MODELS + "/model?id=m-text", by="ann_token"),
        get("missing model by a user", MODELS + "/model?id=m-nowhere", by="ann_token"),
        post("create by a user", MODELS + "/create", model("m-ann", base_model_id="gpt-4o"), by="ann_token"),
        post("update by a user", MODELS + "/model/update", model("m-imported"), by="ann_token"),
        post("toggle by a user", MODELS + "/model/toggle?id=m-imported", by="ann_token"),
        post("delete by a user", MODELS + "/model/delete", {"id": "m-imported"}, by="ann_token"),
        post(
            "share by a user",
            MODELS + "/model/access/update",
            {"id": "m-imported", "access_grants": []},
            by="ann_token",
        ),
        post(
            "share a missing one by a user",
            MODELS + "/model/access/update",
            {"id": "zz", "access_grants": []},
            by="ann_token",
        ),
        post("import by a user", MODELS + "/import", {"models": []}, by="ann_token"),
        post("sync by a user", MODELS + "/sync", {"models": []}, by="ann_token"),
        Step("delete all by a user", "DELETE", MODELS + "/delete/all", by="ann_token"),
        post(
            "let a user write",
            MODELS + "/model/access/update",
            {"id": "m-text", "access_grants": [grant("user", "{ann}", "write")]},
        ),
        get("read with write alone", MODELS + "/model?id=m-text", by="ann_token"),
        get("page with write alone", MODELS + "/list?order_by=name", by="ann_token"),
        post("update by a writer", MODELS + "/model/update", model("m-text", name="By Ann"), by="ann_token"),
        post(
            "clear the base by a writer", MODELS + "/model/update", model("m-text", base_model_id=None), by="ann_token"
        ),
        post(
            "share by a writer",
            MODELS + "/model/access/update",
            {"id": "m-text", "access_grants": [PUBLIC]},
            by="ann_token",
        ),
        post(
            "unshare by a writer",
            MODELS + "/model/access/update",
            {"id": "m-text", "access_grants": []},
            by="ann_token",
        ),
        get("config by a user", V1 + "/configs/models", by="ann_token"),
        post("write config by a user", V1 + "/configs/models", {}, by="ann_token"),
        get("groups by a user", GROUPS + "/", by="ann_token"),
        post("create a group by a user", GROUPS + "/create", {"name": "x", "description": ""}, by="ann_token"),
        get("chat list by a user", "/api/models", by="ann_token"),
    ]
