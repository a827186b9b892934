"""Exchanges with Open WebUI: prompts."""

from __future__ import annotations

from typing import Any

from tests.e2e.fidelity.exchange import Step, get, post
from tests.e2e.fidelity.openwebui_sharing import by_a_maker, sharing
from tests.e2e.fidelity.words import PUBLIC, V1, grant

PROMPTS = V1 + "/prompts"
CREATE = PROMPTS + "/create"

FULL = {
    "command": "review",
    "name": "Review",
    "content": "Review {{CLIPBOARD}}\n\nBe kind.\n",
    "data": {"weight": 1, "none": None, "deep": {"a": [1, 2]}},
    "meta": {"description": "Reads code"},
    "tags": ["b", "a", "b", ""],
}


def prompt(command: str, **fields: Any) -> dict[str, Any]:
    """A body of create or update."""
    return {"command": command, "name": command.upper(), "content": f"Do {command}.", **fields}


def create_prompts() -> list[Step]:
    """Create prompts."""
    shared = [PUBLIC, PUBLIC, grant("group", "{dev}"), grant("user", "nobody", "write"), {"principal_type": "user"}]
    return [
        get("no prompt yet", PROMPTS + "/"),
        get("no page of prompts yet", PROMPTS + "/list"),
        get("no prompt tags yet", PROMPTS + "/tags"),
        post("create a prompt", CREATE, prompt("help"), save={"help": "id", "help1": "version_id"}),
        post(
            "create a full prompt",
            CREATE,
            {**FULL, "access_grants": shared, "commit_message": "c0ffee", "is_active": False, "id": "mine", "typo": 1},
            save={"review": "id", "review1": "version_id"},
        ),
        post("create a prompt of the same command", CREATE, prompt("help", name="Other")),
        post("create a prompt with a slash", CREATE, prompt("/help"), save={"slash": "id"}),
        post("create a prompt in capitals", CREATE, prompt("Help", name="Capital"), save={"capital": "id"}),
        post("create a prompt with blanks", CREATE, prompt(" a b "), save={"blank": "id"}),
        post("create a prompt with an empty command", CREATE, prompt("", name="Empty"), save={"empty_prompt": "id"}),
        post("create a prompt with empty texts", CREATE, {"command": "nil", "name": "", "content": ""}),
        post(
            "create a prompt with nulls",
            CREATE,
            prompt("nulls", data=None, meta=None, tags=None, access_grants=None),
            save={"nulls_prompt": "id"},
        ),
        post("create a prompt that is no production", CREATE, prompt("draft", is_production=False)),
        post("create a prompt without a content", CREATE, {"command": "x", "name": "x"}),
        post(
            "create a prompt with wrong types",
            CREATE,
            {"command": 1, "name": None, "content": [], "data": [], "meta": "x", "tags": "x", "access_grants": {}},
        ),
        post("create a prompt with a wrong tag", CREATE, prompt("x", tags=["a", 1])),
        post(
            "create a prompt shared in the published spelling",
            CREATE,
            prompt("published", access_grants=[{"access_type": "user", "access_id": "*", "permission": "read"}]),
        ),
        post("create a prompt shared with anyone", CREATE, prompt("anyone", access_grants=[grant("anyone", "*")])),
        post("create a prompt by nobody", CREATE, prompt("x"), by="none"),
        post("create a prompt by a user", CREATE, prompt("x"), by="ann_token"),
    ]


def read_prompts() -> list[Step]:
    """Read prompts."""
    return [
        get("prompts", PROMPTS + "/"),
        get("a page of prompts", PROMPTS + "/list"),
        get("prompts by name", PROMPTS + "/list?order_by=name&direction=asc", ordered=True),
        get("prompts by name, downwards", PROMPTS + "/list?order_by=name", ordered=True),
        get("a page of prompts past the end", PROMPTS + "/list?page=7"),
        get("a page of prompts before the first", PROMPTS + "/list?page=0"),
        get("prompts by query", PROMPTS + "/list?query=KIND"),
        get("prompts by tag", PROMPTS + "/list?tag=a"),
        get("prompts by another tag", PROMPTS + "/list?tag=A"),
        get("shared prompts", PROMPTS + "/list?view_option=shared"),
        get("prompt tags", PROMPTS + "/tags"),
        get("one prompt", PROMPTS + "/id/{review}"),
        get("one unknown prompt", PROMPTS + "/id/nowhere"),
        get("one prompt by its command", PROMPTS + "/command/review"),
        get("prompts by a user", PROMPTS + "/", by="ann_token"),
        get("a page of prompts by a user", PROMPTS + "/list", by="ann_token"),
        get("one prompt by a user", PROMPTS + "/id/{review}", by="ann_token"),
        get("one private prompt by a user", PROMPTS + "/id/{help}", by="ann_token"),
        get("prompts by nobody", PROMPTS + "/", by="none"),
    ]


def update_prompts() -> list[Step]:
    """Update, toggle and share prompts."""
    review = PROMPTS + "/id/{review}"
    update = review + "/update"
    plain = {key: FULL[key] for key in ("command", "name", "content")}
    return [
        post("update a prompt with the same", update, plain),
        post("update a prompt's content", update, {**plain, "content": "Other"}, save={"review2": "version_id"}),
        post("update a prompt with a note", update, {**plain, "name": "R", "commit_message": "beef"}),
        post("update a prompt's tags", update, {**plain, "tags": ["c"]}),
        post("update a prompt's tags to null", update, {**plain, "tags": None}),
        post("update a prompt's tags to none", update, {**plain, "tags": []}),
        post("update a prompt's data", update, {**plain, "data": {"weight": 2}, "meta": {"x": None}}),
        post("update a prompt's data to none", update, {**plain, "data": {}, "meta": {}}),
        post("update a prompt's data to null", update, {**plain, "data": None, "meta": None}),
        post("update a prompt's data to one", update, {**plain, "data": {"weight": 1}}),
        post("update a prompt's data to true", update, {**plain, "data": {"weight": True}}),
        get("the prompt whose one should be true", review),
        post("update a prompt's data to a fraction", update, {**plain, "data": {"weight": 1.0}}),
        post("update a prompt's command", update, {**plain, "command": "check"}),
        post("update a prompt's command to a taken one", update, {**plain, "command": "help"}),
        post("update a prompt's command back", update, plain),
        post("update a prompt with grants", update, {**plain, "access_grants": [grant("user", "u1")]}),
        post("update a prompt with no grants", update, {**plain, "access_grants": []}),
        post("update a prompt with null grants", update, {**plain, "access_grants": None}),
        post("update a prompt to be inactive", update, {**plain, "is_active": False, "version_id": "x", "id": "y"}),
        post("update a prompt without production", update, {**plain, "content": "Draft", "is_production": False}),
        post("update a prompt without a name", update, {"command": "review", "content": "x"}),
        post("update an unknown prompt", PROMPTS + "/id/nowhere/update", plain),
        post("update a prompt by a user", update, plain, by="ann_token"),
        post("toggle a prompt", review + "/toggle"),
        get("prompts without an inactive one", PROMPTS + "/"),
        get("a page of prompts with an inactive one", PROMPTS + "/list"),
        get("one inactive prompt", review),
        get("prompt tags without an inactive one's", PROMPTS + "/tags"),
        post("update an inactive prompt", update, plain),
        post("toggle a prompt again", review + "/toggle"),
        post("toggle an unknown prompt", PROMPTS + "/id/nowhere/toggle"),
        post("toggle a prompt by a user", review + "/toggle", by="ann_token"),
        *sharing("prompt", review + "/access/update", PROMPTS + "/id/nowhere/access/update"),
        post("update a prompt by a writer", update, {**plain, "content": "By a writer"}, by="ann_token"),
        get("history of a prompt", PROMPTS + "/id/{nulls_prompt}/history"),
        post("update a prompt for the first time", PROMPTS + "/id/{nulls_prompt}/update", prompt("nulls", name="N")),
        get("history of an updated prompt", PROMPTS + "/id/{nulls_prompt}/history"),
        get("history of a prompt by a user", PROMPTS + "/id/{nulls_prompt}/history", by="ann_token"),
        get("history of an unknown prompt", PROMPTS + "/id/nowhere/history"),
        *by_a_maker("prompt", CREATE, prompt("by-ann"), PROMPTS + "/id/{ann_prompt}/access/update"),
    ]


def many_prompts() -> list[Step]:
    """More prompts than a page holds."""
    return [
        *(post(f"create prompt {n:02}", CREATE, prompt(f"many-{n:02}")) for n in range(25)),
        get("first page of many prompts", PROMPTS + "/list?order_by=name&direction=asc", ordered=True),
        get("second page of many prompts", PROMPTS + "/list?order_by=name&direction=asc&page=2", ordered=True),
    ]


def delete_prompts() -> list[Step]:
    """Delete prompts."""
    return [
        Step("delete a prompt by a user", "DELETE", PROMPTS + "/id/{help}/delete", by="ann_token"),
        Step("delete a prompt", "DELETE", PROMPTS + "/id/{help}/delete"),
        Step("delete a prompt again", "DELETE", PROMPTS + "/id/{help}/delete"),
        Step("delete an unknown prompt", "DELETE", PROMPTS + "/id/nowhere/delete"),
        get("a deleted prompt", PROMPTS + "/id/{help}"),
        post("create a prompt of a deleted one's command", CREATE, prompt("help")),
    ]
