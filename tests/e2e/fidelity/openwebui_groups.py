"""Exchanges with Open WebUI: groups and their members."""

from __future__ import annotations

from tests.e2e.fidelity.exchange import Step, get, post
from tests.e2e.fidelity.words import GROUPS, MODELS, PUBLIC, V1, grant, model


def groups() -> list[Step]:
    """Groups."""
    create = GROUPS + "/create"
    return [
        get("no group yet", GROUPS + "/"),
        post("create a group", create, {"name": "Developers", "description": "They build"}, save={"dev": "id"}),
        post(
            "create a full group",
            create,
            {
                "name": "Full",
                "description": "",
                "permissions": {"chat": {"delete": False}, "odd": {"x": 1}},
                "data": {"config": {"default_models": [" a ", "b", "a"], "share": True, "x": None}, "own": {"n": None}},
                "meta": {"m": 1},
                "id": "mine",
                "user_id": "nobody",
            },
            save={"full": "id"},
        ),
        post(
            "create a group of the same name",
            create,
            {"name": "Developers", "description": "again"},
            save={"dev2": "id"},
        ),
        post("create a group without a name", create, {"description": "x"}),
        post("create a group without a description", create, {"name": "x"}),
        post(
            "create a group with nulls",
            create,
            {"name": "Nulls", "description": "", "permissions": None, "data": None, "parent_group_id": None},
            save={"nulls": "id"},
        ),
        post("create a group with an empty name", create, {"name": "", "description": ""}, save={"unnamed": "id"}),
        post("create a group with wrong types", create, {"name": 1, "description": None, "permissions": [], "data": 1}),
        post(
            "create a group with wrong defaults",
            create,
            {"name": "x", "description": "", "data": {"config": {"default_models": "a"}}},
            save={},
        ),
        post(
            "create a group with empty defaults",
            create,
            {"name": "Empty", "description": "", "data": {"config": {"default_models": []}}},
            save={"empty": "id"},
        ),
        post(
            "create a group with an unknown parent",
            create,
            {"name": "Orphan", "description": "", "parent_group_id": "nowhere"},
        ),
        post(
            "create a group with an empty parent", create, {"name": "Orphan", "description": "", "parent_group_id": ""}
        ),
        post(
            "create a group with a parent",
            create,
            {"name": "Child", "description": "", "parent_group_id": "{dev}"},
            save={"child": "id"},
        ),
        get("groups", GROUPS + "/"),
        get("one group", GROUPS + "/id/{full}"),
        get("one group's summary", GROUPS + "/id/{full}/info"),
        get("one group's export", GROUPS + "/id/{full}/export"),
        get("an unknown group", GROUPS + "/id/nowhere"),
        get("an unknown group's export", GROUPS + "/id/nowhere/export"),
        get("groups by nobody", GROUPS + "/", by="none"),
    ]


def update_groups() -> list[Step]:
    """Update groups."""
    full = GROUPS + "/id/{full}/update"
    named = {"name": "Full", "description": "d"}
    return [
        post("update a group's description", full, named),
        post("update a group with a null permission", full, {**named, "permissions": {"chat": None}}),
        post("update a group's permissions", full, {**named, "permissions": {"workspace": {"models": True}}}),
        post("update a group's permission to one", full, {**named, "permissions": {"workspace": {"models": 1}}}),
        get("the group whose permission should be one", GROUPS + "/id/{full}"),
        post("update a group's permissions to null", full, {**named, "permissions": None}),
        post("update a group's permissions to none", full, {**named, "permissions": {}}),
        post("update a group's data", full, {**named, "data": {"config": {"share": "members"}}}),
        post("update a group's own data", full, {**named, "data": {"more": 1}}),
        post("update a group's own data to true", full, {**named, "data": {"more": True}}),
        get("the group whose data should be true", GROUPS + "/id/{full}"),
        post("update a group's defaults to null", full, {**named, "data": {"config": {"default_models": None}}}),
        post("update a group's defaults to none", full, {**named, "data": {"config": {"default_models": []}}}),
        post("update a group's data to null", full, {**named, "data": None}),
        post("update a group's data to none", full, {**named, "data": {}}),
        post("update a group's config to null", full, {**named, "data": {"config": None}}),
        post("update a group without a name", full, {"description": "d"}),
        post("update a group's parent", full, {**named, "parent_group_id": "{dev}"}),
        post("update a group without its parent", full, named),
        post("update a group's parent to itself", full, {**named, "parent_group_id": "{full}"}),
        post(
            "update a group's parent into a circle",
            GROUPS + "/id/{dev}/update",
            {"name": "Developers", "description": "d", "parent_group_id": "{full}"},
        ),
        post("update a group's parent to an unknown one", full, {**named, "parent_group_id": "nowhere"}),
        post("update a group's parent to null", full, {**named, "parent_group_id": None}),
        post("update an unknown group", GROUPS + "/id/nowhere/update", named),
        get("the updated group", GROUPS + "/id/{full}"),
    ]


def members() -> list[Step]:
    """Members."""
    dev = GROUPS + "/id/{dev}"
    return [
        post("members at first", dev + "/users"),
        post("add members", dev + "/users/add", {"user_ids": ["{ann}", "{ann}", "unknown"]}),
        post("add members again", dev + "/users/add", {"user_ids": ["{ann}"]}),
        post("add members, null", dev + "/users/add", {"user_ids": None}),
        post("add members, nothing", dev + "/users/add", {}),
        post("add members, wrong type", dev + "/users/add", {"user_ids": "x"}),
        post("add members to an unknown group", GROUPS + "/id/nowhere/users/add", {"user_ids": ["{ann}"]}),
        post("members", dev + "/users"),
        post("members of an unknown group", GROUPS + "/id/nowhere/users"),
        get("export with members", dev + "/export"),
        get("members by page", dev + "/members"),
        get("members by page, direct", dev + "/members?membership=direct&page=1"),
        get("members by page, wrong", dev + "/members?membership=odd"),
        post("add a member to the child", GROUPS + "/id/{child}/users/add", {"user_ids": ["{bob}"]}),
        get("members by page, inherited", dev + "/members"),
        post("members with a child's", dev + "/users"),
        get("export with a child's members", dev + "/export"),
        get("groups by a member", GROUPS + "/", by="ann_token"),
        get("users with their groups", V1 + "/users/?query=ann"),
        get("all users with their groups", V1 + "/users/all"),
        get("one user with groups", V1 + "/users/{ann}"),
        post(
            "share with a group",
            MODELS + "/model/access/update",
            {"id": "m-text", "access_grants": [grant("group", "{dev}"), grant("user", "{bob}")]},
        ),
        get("read by a member", MODELS + "/model?id=m-text", by="ann_token"),
        get("page by a member", MODELS + "/list?order_by=name", by="ann_token"),
        post(
            "let a group work on models",
            dev + "/update",
            {
                "name": "Developers",
                "description": "",
                "permissions": {
                    "workspace": {"models": True},
                    "sharing": {"models": True},
                    "access_grants": {"allow_groups": True},
                    "features": {"api_keys": True},
                },
            },
        ),
        get("who am I, by a member", V1 + "/auths/", by="ann_token"),
        post("make a key by a member", V1 + "/auths/api_key", by="ann_token", save={"ann_key": "api_key"}),
        get("list by a member's key", MODELS + "/list?order_by=name", by="ann_key"),
        post(
            "create by a member",
            MODELS + "/create",
            model(
                "m-ann",
                base_model_id="gpt-4o",
                access_grants=[PUBLIC, grant("group", "{dev}"), grant("user", "{bob}")],
            ),
            by="ann_token",
        ),
        post("create without a base by a member", MODELS + "/create", model("m-ann2"), by="ann_token"),
        post(
            "create over an upstream model by a member",
            MODELS + "/create",
            model("gpt-4o-mini-x", base_model_id=""),
            by="ann_token",
        ),
        post(
            "share with the public by a member",
            MODELS + "/model/access/update",
            {"id": "m-ann", "access_grants": [PUBLIC]},
            by="ann_token",
        ),
        post(
            "share with a group by a member",
            MODELS + "/model/access/update",
            {"id": "m-ann", "access_grants": [grant("group", "{dev}", "write")]},
            by="ann_token",
        ),
        post(
            "clear the base by the owner", MODELS + "/model/update", model("m-ann", base_model_id=None), by="ann_token"
        ),
        get("model of a user read by the admin", MODELS + "/model?id=m-ann"),
        get("shared view", MODELS + "/list?view_option=shared"),
        post("remove members", dev + "/users/remove", {"user_ids": ["{ann}", "unknown"]}),
        post("remove members again", dev + "/users/remove", {"user_ids": ["{ann}"]}),
        post("remove members, nothing", dev + "/users/remove", {}),
        post("remove members of an unknown group", GROUPS + "/id/nowhere/users/remove", {"user_ids": ["{ann}"]}),
        get("members at last", dev + "/export"),
    ]
