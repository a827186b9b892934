"""Exchanges with Open WebUI: changing, importing and deleting models."""

from __future__ import annotations

from tests.e2e.fidelity.exchange import Step, get, post
from tests.e2e.fidelity.words import GROUPS, MODELS, PUBLIC, V1, grant, model


def update_models() -> list[Step]:
    """Update models."""
    update = MODELS + "/model/update"
    return [
        post(
            "create one to update",
            MODELS + "/create",
            model(
                "m-up",
                base_model_id="gpt-4o",
                meta={"profile_image_url": "/user.png", "description": "old", "toolIds": ["a"], "hidden": True},
                params={"temperature": 1},
                access_grants=[PUBLIC],
            ),
            save={"up1": "version_id"},
        ),
        post(
            "update with the same",
            update,
            model(
                "m-up",
                base_model_id="gpt-4o",
                meta={"profile_image_url": "/user.png", "description": "old", "toolIds": ["a"], "hidden": True},
                params={"temperature": 1},
                access_grants=[PUBLIC],
            ),
        ),
        post(
            "update hidden alone",
            update,
            model(
                "m-up", base_model_id="gpt-4o", meta={"description": "old", "toolIds": ["a"]}, params={"temperature": 1}
            ),
        ),
        post("update to other params", update, model("m-up", params={"top_p": 0.5}), save={"up2": "version_id"}),
        post("update to inactive", update, model("m-up", is_active=False)),
        post("update without is_active", update, model("m-up")),
        post("update with is_active null", update, model("m-up", is_active=None)),
        post("update with other grants", update, model("m-up", access_grants=[grant("user", "u1")])),
        post("update with no grants", update, model("m-up", access_grants=[])),
        post("update with null grants", update, model("m-up", access_grants=None)),
        post("update the base to null", update, model("m-up", base_model_id=None)),
        post("update the base back", update, model("m-up", base_model_id="gpt-4o-mini")),
        post("update the base to itself", update, model("m-up", base_model_id="m-up")),
        post("update the image to null", update, model("m-up", meta={"profile_image_url": None})),
        post("update without meta", update, {"id": "m-up", "name": "x", "params": {}}),
        post("update a missing one", update, model("m-nowhere")),
        post("update by nobody", update, model("m-up"), by="none"),
        post("toggle", MODELS + "/model/toggle?id=m-up"),
        post("toggle again", MODELS + "/model/toggle?id=m-up"),
        post("toggle a missing one", MODELS + "/model/toggle?id=m-nowhere"),
        post("toggle nothing", MODELS + "/model/toggle"),
        post(
            "share",
            MODELS + "/model/access/update",
            {
                "id": "m-up",
                "access_grants": [PUBLIC, grant("group", "g1"), grant("group", "g1"), grant("user", "u1", "write")],
            },
        ),
        post(
            "share in the published spelling",
            MODELS + "/model/access/update",
            {"id": "m-up", "access_grants": [{"access_type": "group", "access_id": "g", "permission": "read"}]},
        ),
        post(
            "share with anyone",
            MODELS + "/model/access/update",
            {"id": "m-up", "access_grants": [grant("anyone", "*")]},
        ),
        post("share with null", MODELS + "/model/access/update", {"id": "m-up", "access_grants": None}),
        post("share without grants", MODELS + "/model/access/update", {"id": "m-up"}),
        post(
            "share a missing one",
            MODELS + "/model/access/update",
            {"id": "gpt-4o", "name": "GPT", "access_grants": [PUBLIC]},
        ),
        post("share another missing one", MODELS + "/model/access/update", {"id": "gpt-4o-mini", "access_grants": []}),
        post("share with a blank in the id", MODELS + "/model/access/update", {"id": "a b", "access_grants": []}),
        get("read what was shared", MODELS + "/model?id=gpt-4o"),
        get("upstream models with an override", "/api/models/base"),
        get("chat list with an override", "/api/models"),
        post("post back what was read", update, model("m-up", write_access=True, user=None, version_id="x")),
    ]


def history() -> list[Step]:
    """History."""
    return [
        get("history", MODELS + "/model/history?id=m-up"),
        get("history of a missing one", MODELS + "/model/history?id=m-nowhere"),
        get("history without id", MODELS + "/model/history"),
        get("history entry", MODELS + "/model/history/{up2}?id=m-up"),
        get("history entry unknown", MODELS + "/model/history/none?id=m-up"),
    ]


def import_and_sync() -> list[Step]:
    """Import and sync."""
    load = MODELS + "/import"
    return [
        post("import a bare list", load, []),
        post("import nothing", load, {}),
        post(
            "import one new and one known",
            load,
            {
                "models": [
                    {**model("m-imported", base_model_id="gpt-4o"), "access_grants": [PUBLIC]},
                    {"id": "m-up", "meta": {"description": "imported"}, "access_grants": [PUBLIC]},
                    {"id": "a b", "name": "skipped"},
                    {"id": "", "name": "skipped"},
                ]
            },
        ),
        get("read what was imported", MODELS + "/model?id=m-imported"),
        get("read what was imported over", MODELS + "/model?id=m-up"),
        post("import a wrong one", load, {"models": [{"id": "m-wrong", "name": 3}]}),
        post("sync without a list", MODELS + "/sync", {"models": {}}),
    ]


def deletes() -> list[Step]:
    """Deletes."""
    return [
        post("delete a model", MODELS + "/model/delete", {"id": "m-full"}),
        post("delete it again", MODELS + "/model/delete", {"id": "m-full"}),
        post("delete without an id", MODELS + "/model/delete", {}),
        post("delete by nobody", MODELS + "/model/delete", {"id": "m-min"}, by="none"),
        get("read a deleted one", MODELS + "/model?id=m-full"),
        Step("delete a group", "DELETE", GROUPS + "/id/{dev}/delete"),
        Step("delete it again, the group", "DELETE", GROUPS + "/id/{dev}/delete"),
        Step("delete an unknown group", "DELETE", GROUPS + "/id/nowhere/delete"),
        get("a deleted group", GROUPS + "/id/{dev}"),
        get("the child of a deleted group", GROUPS + "/id/{child}"),
        get("a model shared with a deleted group", MODELS + "/model?id=m-text"),
        get("a tool shared with a deleted group", V1 + "/tools/id/by_ann"),
        get("a prompt shared with a deleted group", V1 + "/prompts/id/{ann_prompt}"),
        get("a knowledge base shared with a deleted group", V1 + "/knowledge/{ann_knowledge}"),
        get("export of a child of a deleted group", GROUPS + "/id/{child}/export"),
        Step("delete all", "DELETE", MODELS + "/delete/all"),
        get("nothing is left", MODELS + "/all"),
        post("sync nothing", MODELS + "/sync", {}),
    ]
