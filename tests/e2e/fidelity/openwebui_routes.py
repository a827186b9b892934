"""Exchanges with Open WebUI: routes, credentials, default models, keys."""

from __future__ import annotations

from tests.e2e.fidelity.exchange import Step, get, post
from tests.e2e.fidelity.words import MODELS, V1


def routes_and_credentials() -> list[Step]:
    """Routes and credentials."""
    paths = ("/nowhere", "/models/", "/groups", "/models/create", "/models/model/update", "/users", "/auths")
    everyone = ("admin", "jwt", "none", "bad-key", "bad-jwt", "x-api-key", "basic")
    return [
        get("version", "/api/version", by="none"),
        get("health", "/health", by="none"),
        *(get(f"who am I, by {by}", V1 + "/auths/", by=by) for by in everyone),
        *(get(f"my status, by {by}", V1 + "/users/user/status", by=by) for by in everyone),
        *(get(f"list models, by {by}", MODELS + "/all", by=by) for by in ("none", "bad-key", "bad-jwt", "x-api-key")),
        *(get(f"unknown GET {path}", V1 + path) for path in paths),
        get("unknown GET without a credential", V1 + "/nowhere", by="none"),
        get("unknown GET at the root", "/nowhere", by="none"),
        post("unknown POST", V1 + "/nowhere", {}),
        post("POST to a GET route", MODELS + "/all", {}),
        Step("unknown DELETE", "DELETE", V1 + "/nowhere"),
        Step("unknown PUT", "PUT", V1 + "/models/create", {}),
        Step("HEAD of a GET route", "HEAD", MODELS + "/all"),
        Step("OPTIONS of a route", "OPTIONS", MODELS + "/all"),
        get("no model yet", MODELS + "/all"),
        get("no base override yet", MODELS + "/base"),
        get("nothing to export yet", MODELS + "/export"),
        get("empty page", MODELS + "/list"),
        get("no tags yet", MODELS + "/tags"),
        get("upstream models", "/api/models/base"),
        get("upstream models, not allowed", "/api/models/base", by="none"),
    ]


def config() -> list[Step]:
    """Config."""
    path = V1 + "/configs/models"
    three = {"DEFAULT_MODELS": "a,b", "DEFAULT_PINNED_MODELS": "c", "MODEL_ORDER_LIST": ["b", "a", "b"]}
    none = dict.fromkeys(three)
    return [
        get("defaults at first", path),
        get("default metadata at first", path + "/defaults"),
        post("set defaults", path, three),
        get("defaults", path),
        post(
            "set all defaults",
            path,
            {
                **three,
                "DEFAULT_MODEL_METADATA": {"capabilities": {"vision": False}},
                "DEFAULT_MODEL_PARAMS": {"temperature": 1.0, "x": None},
                "typo": 1,
            },
        ),
        get("all defaults", path),
        get("default metadata", path + "/defaults"),
        post("set defaults to one", path, {**three, "DEFAULT_MODEL_PARAMS": {"temperature": 1}}),
        post("set defaults to true", path, {**three, "DEFAULT_MODEL_PARAMS": {"temperature": True}}),
        get("defaults that should be true", path),
        post("set some defaults", path, {"DEFAULT_MODELS": "a"}),
        post("set defaults as a list", path, {**three, "DEFAULT_MODELS": ["a"]}),
        post(
            "set wrong defaults",
            path,
            {
                "DEFAULT_MODELS": 1,
                "DEFAULT_PINNED_MODELS": "",
                "MODEL_ORDER_LIST": "a",
                "DEFAULT_MODEL_METADATA": [],
                "DEFAULT_MODEL_PARAMS": "",
            },
        ),
        post("set defaults to null", path, none),
        get("null defaults", path),
        post(
            "set defaults to empty",
            path,
            {
                "DEFAULT_MODELS": "",
                "DEFAULT_PINNED_MODELS": "",
                "MODEL_ORDER_LIST": [],
                "DEFAULT_MODEL_METADATA": {},
                "DEFAULT_MODEL_PARAMS": {},
            },
        ),
        get("empty defaults", path),
        get("defaults by nobody", path, by="none"),
        get("default metadata by a user", path + "/defaults", by="ann_token"),
    ]


def keys() -> list[Step]:
    """Keys."""
    return [
        Step("drop a key", "DELETE", V1 + "/auths/api_key", by="ann_token"),
        get("a dropped key", V1 + "/auths/", by="ann_key"),
        post("make a new key", V1 + "/auths/api_key", save={"new_key": "api_key"}),
        get("the key before", MODELS + "/all"),
        get("the new key", MODELS + "/all", by="new_key"),
    ]
