"""Exchanges with Open WebUI: knowledge bases, and the models that use them."""

from __future__ import annotations

from tests.e2e.fidelity.exchange import Step, get, post
from tests.e2e.fidelity.openwebui_sharing import by_a_maker, sharing
from tests.e2e.fidelity.words import MODELS, PUBLIC, V1, grant, model

KNOWLEDGE = V1 + "/knowledge"
CREATE = KNOWLEDGE + "/create"

HANDBOOK = {"name": "Handbook", "description": "How we work"}


def create_knowledge() -> list[Step]:
    """Create knowledge bases."""
    shared = [PUBLIC, PUBLIC, grant("group", "{dev}"), {"principal_type": "user"}]
    return [
        get("no knowledge yet", KNOWLEDGE + "/"),
        post("create a knowledge base", CREATE, HANDBOOK, save={"handbook": "id"}),
        post(
            "create a full knowledge base",
            CREATE,
            {
                "name": "Full",
                "description": "",
                "access_grants": shared,
                "meta": {"x": 1},
                "id": "mine",
                "files": [],
            },
            save={"shelf": "id"},
        ),
        post("create a knowledge base of the same name", CREATE, HANDBOOK, save={"handbook2": "id"}),
        post("create a knowledge base with an empty name", CREATE, {"name": "", "description": ""}),
        post("create a knowledge base without a description", CREATE, {"name": "x"}),
        post(
            "create a knowledge base with wrong types",
            CREATE,
            {"name": 1, "description": None, "access_grants": "x"},
        ),
        post("create a knowledge base with null grants", CREATE, {**HANDBOOK, "name": "Nulls", "access_grants": None}),
        post("create a knowledge base by nobody", CREATE, HANDBOOK, by="none"),
        post("create a knowledge base by a user", CREATE, HANDBOOK, by="ann_token"),
    ]


def read_knowledge() -> list[Step]:
    """Read knowledge bases."""
    return [
        get("knowledge", KNOWLEDGE + "/"),
        get("knowledge past the end", KNOWLEDGE + "/?page=7"),
        get("knowledge by name", KNOWLEDGE + "/search?order_by=name&direction=asc"),
        get("knowledge by query", KNOWLEDGE + "/search?query=WORK"),
        get("knowledge of others", KNOWLEDGE + "/search?view_option=shared"),
        get("knowledge from outside", KNOWLEDGE + "/search?source=external"),
        get("knowledge from here", KNOWLEDGE + "/search?source=local"),
        get("one knowledge base", KNOWLEDGE + "/{handbook}"),
        get("one unknown knowledge base", KNOWLEDGE + "/nowhere"),
        get("knowledge by a user", KNOWLEDGE + "/", by="ann_token"),
        get("one knowledge base by a user", KNOWLEDGE + "/{shelf}", by="ann_token"),
        get("one private knowledge base by a user", KNOWLEDGE + "/{handbook}", by="ann_token"),
        get("knowledge by nobody", KNOWLEDGE + "/", by="none"),
    ]


def update_knowledge() -> list[Step]:
    """Update and share knowledge bases."""
    handbook = KNOWLEDGE + "/{handbook}"
    update = handbook + "/update"
    return [
        post("update a knowledge base", update, {"name": "Handbook", "description": "new"}),
        post("update a knowledge base's name", update, {"name": "Manual", "description": "new", "meta": {"x": 1}}),
        post("update a knowledge base's name to a taken one", update, {"name": "Full", "description": "new"}),
        post("update a knowledge base's name back", update, HANDBOOK),
        post("update a knowledge base without a description", update, {"name": "Handbook"}),
        post("update a knowledge base with grants", update, {**HANDBOOK, "access_grants": [grant("user", "u1")]}),
        post("update a knowledge base with no grants", update, {**HANDBOOK, "access_grants": []}),
        post("update a knowledge base with null grants", update, {**HANDBOOK, "access_grants": None}),
        post("update an unknown knowledge base", KNOWLEDGE + "/nowhere/update", HANDBOOK),
        post("update a knowledge base by a user", update, HANDBOOK, by="ann_token"),
        *sharing("knowledge base", handbook + "/access/update", KNOWLEDGE + "/nowhere/access/update"),
        post("update a knowledge base by a writer", update, {**HANDBOOK, "description": "w"}, by="ann_token"),
        *by_a_maker(
            "knowledge", CREATE, {"name": "Ann's", "description": ""}, KNOWLEDGE + "/{ann_knowledge}/access/update"
        ),
    ]


def many_knowledge_bases() -> list[Step]:
    """More knowledge bases than a page holds."""
    by_name = KNOWLEDGE + "/search?order_by=name&direction=asc"
    return [
        post("rename a knowledge base", KNOWLEDGE + "/{handbook2}/update", {**HANDBOOK, "name": "Of its own name"}),
        *(
            post(f"create knowledge base {n:02}", CREATE, {"name": f"many-{n:02}", "description": ""})
            for n in range(28)
        ),
        get("first page of many knowledge bases", by_name, ordered=True),
        get("second page of many knowledge bases", by_name + "&page=2", ordered=True),
    ]


def delete_knowledge() -> list[Step]:
    """Delete knowledge bases: the server takes them out of models."""
    used = [{"type": "collection", "id": "{shelf}", "name": "Full"}, {"type": "note", "id": "n1"}]
    return [
        post(
            "create a model that uses a knowledge base",
            MODELS + "/create",
            model("m-reader", base_model_id="gpt-4o", meta={"knowledge": used}, access_grants=[PUBLIC]),
            save={"reader1": "version_id"},
        ),
        Step("delete a knowledge base by a user", "DELETE", KNOWLEDGE + "/{shelf}/delete", by="ann_token"),
        Step("delete a knowledge base", "DELETE", KNOWLEDGE + "/{shelf}/delete"),
        Step("delete a knowledge base again", "DELETE", KNOWLEDGE + "/{shelf}/delete"),
        get("a deleted knowledge base", KNOWLEDGE + "/{shelf}"),
        get("the model that used it", MODELS + "/model?id=m-reader"),
    ]
