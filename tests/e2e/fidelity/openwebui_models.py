"""Exchanges with Open WebUI: making and reading models."""

from __future__ import annotations

from tests.e2e.fidelity.exchange import Step, get, post
from tests.e2e.fidelity.words import MODELS, PUBLIC, V1, grant, model


def create_models() -> list[Step]:
    """Create models."""
    create = MODELS + "/create"
    meta = {
        "description": "Helps",
        "capabilities": {"vision": True, "custom": 1},
        "tags": ["chat", {"name": " b ", "x": 1}, {"name": ""}, 7, "chat"],
        "toolIds": ["t2", "t1"],
        "i18n": {"de": {"name": "Hilfe"}},
        "extra": {"deep": [None, {"a": None}]},
        "nothing": None,
        "chat_variables_schema": {"a": 1},
        "knowledge": [{"type": "collection", "id": "k", "data": {"content": "x", "y": 1}}, "odd"],
    }
    params = {
        "temperature": 0.5,
        "top_p": 1.0,
        "max_tokens": 1e3,
        "seed": 9007199254740993,
        "stop": ["a", "b"],
        "nothing": None,
        "odd": {"x": [1, None, "é☃"]},
        "system": 'Speak {{chat.variables.tone | select:options=["kind","curt"]}}.',
    }
    grants = [PUBLIC, PUBLIC, grant("group", "g-none"), grant("user", "u-none", "write")]
    return [
        post("create the smallest", create, model("m-min")),
        post(
            "create a full one",
            create,
            model(
                "m-full",
                base_model_id="gpt-4o",
                meta=meta,
                params=params,
                access_grants=grants,
                is_active=False,
                user_id="nobody",
                created_at=1,
                typo=1,
                commit_message="abc",
            ),
            save={"full_version": "version_id"},
        ),
        get("read the full one", MODELS + "/model?id=m-full"),
        get("read the smallest", MODELS + "/model?id=m-min"),
        post("create a taken id", create, model("m-min")),
        post("create with 256 characters", create, model("x" * 256)),
        post("create with 257 characters", create, model("x" * 257)),
        post("create with a blank in the id", create, model("a b")),
        post("create with an empty id", create, model("")),
        post("create with nothing", create, {}),
        post(
            "create with wrong types",
            create,
            {
                "id": 1,
                "name": None,
                "meta": [],
                "params": "x",
                "is_active": None,
                "base_model_id": 3,
                "access_grants": {},
                "commit_message": 4,
            },
        ),
        post(
            "create with wrong meta",
            create,
            model(
                "bad",
                meta={
                    "description": 3,
                    "capabilities": [],
                    "i18n": 1,
                    "knowledge": {},
                    "tags": "x",
                    "profile_image_url": 4,
                },
            ),
        ),
        post("create with a bad background", create, model("bad", meta={"background_image_url": "/x.png"})),
        post("create with a list as body", create, []),
        post("create without a body", create),
        post("create with broken JSON", create, b'{"id": "x",'),
        post("create with NaN", create, b'{"id": "nan", "name": "n", "meta": {"x": Infinity}, "params": {"y": NaN}}'),
        post(
            "create with big numbers",
            create,
            b'{"id": "big", "name": "n", "meta": {}, "params": {"y": 10000000000000000000000, "z": 1e3, "w": 1.0}}',
        ),
        post("create by nobody", create, model("m-x"), by="none"),
        post("create based on itself", create, model("m-self", base_model_id="m-self")),
        post("create based on nothing known", create, model("m-empty-base", base_model_id="")),
        post(
            "create with grants that are dropped",
            create,
            model(
                "m-dropped",
                base_model_id="gpt-4o",
                access_grants=[
                    {"access_type": "group", "access_id": "g", "permission": "read"},
                    grant("anyone", "*"),
                    grant("user", ""),
                    grant("user", "u", "admin"),
                    grant("robot", "u"),
                    {},
                ],
            ),
        ),
        post("create with null grants", create, model("m-null-grants", access_grants=None)),
        post("create with grants that are no objects", create, model("m-bad-grants", access_grants=["x"])),
        post("create with is_active as text", create, model("m-text", is_active="yes", base_model_id="gpt-4o")),
        post("create with image none", create, model("m-img-0", meta={"profile_image_url": None})),
        post("create with image empty", create, model("m-img-1", meta={"profile_image_url": ""})),
        post("create with image known", create, model("m-img-2", meta={"profile_image_url": "/static/favicon.png"})),
        post("create with image web", create, model("m-img-3", meta={"profile_image_url": "https://e.example/x.png"})),
        post("create with image ftp", create, model("m-img-4", meta={"profile_image_url": "ftp://e.example/x.png"})),
        post(
            "create with image data",
            create,
            model("m-img-5", meta={"profile_image_url": "data:image/png;base64,AA=="}),
        ),
        post(
            "create with image svg",
            create,
            model("m-img-6", meta={"profile_image_url": "data:image/svg+xml;base64,AA=="}),
        ),
        post(
            "create with image user",
            create,
            model("m-img-7", meta={"profile_image_url": "/api/v1/users/u1/profile/image"}),
        ),
        post("create with image without host", create, model("m-img-8", meta={"profile_image_url": "http:///x"})),
        post("create with tags null", create, model("m-tags", meta={"tags": None})),
        post("create with a strange id", create, model("a/b:c@d?e#f%20&é", base_model_id="gpt-4o")),
        get("read the strange id", MODELS + "/model?id=a%2Fb%3Ac%40d%3Fe%23f%2520%26%C3%A9"),
        post("create with a voice", create, model("m-voice", meta={"voice": {"voice": "alloy", "x": 1}})),
        post("create with a wrong voice", create, model("bad", meta={"voice": {"voice": "a b"}})),
        post("create with an empty name", create, model("m-unnamed", name="")),
    ]


def model_controls() -> list[Step]:
    """Model controls."""
    create = MODELS + "/create"
    update = MODELS + "/model/update"
    good = {"effort": {"label": "Effort", "options": {"low": {"label": "Low", "params": {"temperature": 0}}}}}
    return [
        post("create with controls", create, model("m-controls", params={"model_controls": good, "seed": 1})),
        post("update without controls keeps them", update, model("m-controls", params={"seed": 2})),
        post("update with empty controls clears them", update, model("m-controls", params={"model_controls": {}})),
        post(
            "create with wrong controls",
            create,
            model("bad", params={"model_controls": {"1x": {"label": " ", "options": {}}}}),
        ),
    ]


def read_models() -> list[Step]:
    """Read models."""
    return [
        get("list all", MODELS + "/all"),
        get("list base overrides", MODELS + "/base"),
        get("list base overrides by tag", MODELS + "/base?tag=none"),
        get("export all", MODELS + "/export"),
        get("export two", MODELS + "/export?ids=m-full&ids=m-dropped"),
        get("export one unknown", MODELS + "/export?ids=m-full&ids=m-nowhere"),
        get("export one without a base", MODELS + "/export?ids=m-min"),
        get("page by name up", MODELS + "/list?order_by=name&direction=asc", ordered=True),
        get("page by name down", MODELS + "/list?order_by=name", ordered=True),
        get("page 0", MODELS + "/list?page=0&order_by=name&direction=asc", ordered=True),
        get("page past the end", MODELS + "/list?page=9"),
        get("page with a wrong number", MODELS + "/list?page=x"),
        get("page by query on the name", MODELS + "/list?query=M-FULL"),
        get("page by query on the owner", MODELS + "/list?query=admin"),
        get("page by query on nothing", MODELS + "/list?query=zzz"),
        get("page by view", MODELS + "/list?view_option=created&order_by=name"),
        get("page by shared view", MODELS + "/list?view_option=shared"),
        get("page by tag", MODELS + "/list?tag=CHAT"),
        get("tags", MODELS + "/tags"),
        get("base tags", MODELS + "/base/tags"),
        get("read a missing one", MODELS + "/model?id=m-nowhere"),
        get("read without id", MODELS + "/model"),
        get("chat list", "/api/models"),
        get("chat list under v1", V1 + "/models"),
        get("chat list by nobody", "/api/models", by="none"),
    ]
