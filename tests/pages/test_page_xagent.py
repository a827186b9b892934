"""The published page of Xagent, `Create Model`: its example replayed on the sandbox, and every field in a manifest.

The page is older than the releases that can be installed: since 0.6.0 a key is optional, and 0.8.4 knows more fields,
which `newer` names.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler import schema
from reconciler.sandbox import app, xagent
from tests.unit.sandbox.asking import ask

PAGE: dict[str, Any] = json.loads(Path(__file__).with_name("xagent.json").read_text(encoding="utf-8"))
KIND = schema.load_kinds().get("xagent", PAGE["kind"])
FIELDS = PAGE["request_fields"]

TYPES: dict[str, Callable[[Any], bool]] = {
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "string[]": lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
}
SETTABLE: dict[str, Any] = {
    "model_id": "support-gpt",
    "model_provider": "openai",
    "model_name": "gpt-4o",
    "api_key": {"env": "OPENAI_API_KEY"},
    "category": "llm",
    "base_url": "https://llm.example.com/v1",
    "temperature": 0.7,
    "abilities": ["chat"],
    "description": "Answers",
    "share_with_users": False,
}
"""A manifest with every field of the page that an llm has; `dimension` is an embedding model's."""


def _ask(body: Any, dialect: str = "0.8.4", token: str | None = "sandbox") -> httpx.Response:
    sandbox = app.create_app(app.Options(dialects={"xagent": dialect}))
    return ask(sandbox, PAGE["method"], "/xagent" + PAGE["path"], body, token)


def _is_of(kind: str, value: Any) -> bool:
    name, _, null = kind.partition(" | ")
    return (value is None and null == "null") or TYPES[name](value)


def _fits(spec: dict[str, Any]) -> bool:
    return schema.compiled(KIND)(
        {"apiVersion": "xagent/v1", "kind": "Model", "metadata": {"name": "a"}, "spec": {**spec}}
    )


def test_the_data_is_the_whole_page() -> None:
    assert list(PAGE["request"]) == list(FIELDS)
    assert len(PAGE["request"]) == 11
    assert len(PAGE["answer"]) == 17


@pytest.mark.parametrize("dialect", xagent.SYSTEM.dialects)
def test_the_pages_example(dialect: str) -> None:
    answer = _ask(PAGE["request"], dialect)
    body = answer.json()
    assert answer.status_code == 200
    assert [key for key, kind in PAGE["answer"].items() if not _is_of(kind, body[key])] == []
    assert set(body) - set(PAGE["answer"]) == set(PAGE["newer"]["answer"])
    given = {key: value for key, value in PAGE["request"].items() if key in PAGE["answer"]}
    assert {key: body[key] for key in given} == {**given, "dimension": None}  # an llm has none
    flags = ("is_active", "is_owner", "can_edit", "can_delete", "is_shared")
    assert [body[flag] for flag in flags] == [True, True, True, True, False]
    assert "api_key" not in body


@pytest.mark.parametrize("field", FIELDS)
def test_what_is_required_and_what_is_not(field: str) -> None:
    answer = _ask({name: value for name, value in PAGE["request"].items() if name != field})
    required = FIELDS[field].get("required", False) and field not in PAGE["newer"]["optional"]
    assert answer.status_code == (422 if required else 200)
    if required:
        (problem,) = answer.json()["detail"]
        assert (problem["type"], problem["loc"]) == ("missing", ["body", field])
    elif "default" in FIELDS[field] and field in PAGE["answer"]:
        assert answer.json()[field] == FIELDS[field]["default"]


@pytest.mark.parametrize("field", [field for field in FIELDS if "null" in FIELDS[field]["type"]])
def test_what_may_be_null(field: str) -> None:
    assert _ask({**PAGE["request"], field: None}).status_code == 200


@pytest.mark.parametrize("field", FIELDS)
def test_wrong_types_are_refused_with_what_was_sent(field: str) -> None:
    answer = _ask({**PAGE["request"], field: {"a": 1}})
    (problem,) = answer.json()["detail"]
    assert (answer.status_code, problem["loc"][:2], problem["input"]) == (422, ["body", field], {"a": 1})


@pytest.mark.parametrize(
    ("body", "token", "status", "detail"),
    [
        (PAGE["request"], None, 401, "Not authenticated"),
        (PAGE["request"], "<token>", 401, "Invalid token"),
        (
            {**PAGE["request"], "model_id": "platform/x"},
            "sandbox",
            403,
            "Model IDs beginning with 'platform/' are reserved",
        ),
        ({**PAGE["request"], "category": "<string>"}, "sandbox", 400, "Invalid model category"),
    ],
)
def test_refusals(body: dict[str, Any], token: str | None, status: int, detail: str) -> None:
    answer = _ask(body, token=token)
    assert (answer.status_code, answer.json()) == (status, {"detail": detail})


@pytest.mark.parametrize("field", [*FIELDS, *PAGE["newer"]["request"]])
def test_a_manifest_can_set_every_field(field: str) -> None:
    found = schema.field_at(KIND.root, (field,))
    assert found is not None
    assert not found.read_only


def test_a_manifest_can_say_all_of_it() -> None:
    embedding = {**SETTABLE, "category": "embedding", "dimension": 1536, "abilities": ["embedding"]}
    del embedding["temperature"]
    assert set(SETTABLE) | set(embedding) == set(FIELDS)
    assert _fits(SETTABLE)
    assert _fits(embedding)
    for field in (field for field in FIELDS if FIELDS[field].get("required") and field != "model_id"):
        named = {name: value for name, value in SETTABLE.items() if name != field}
        assert _fits(named) is (field in PAGE["newer"]["optional"]), field
    assert set(PAGE["answer"]) <= set(KIND.root.properties)
