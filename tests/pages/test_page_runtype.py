"""The published page of Runtype: its example replayed on the sandbox, and every field of it in a manifest.

What the page's example says of the model itself is made up (a GPT-4 that costs 0.015, created by Jane Doe, with a key
that the request does not name), so of these keys only the types are held against the sandbox.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler import schema
from reconciler.sandbox import app
from tests.unit.sandbox.asking import ask

PAGE: dict[str, Any] = json.loads(Path(__file__).with_name("runtype.json").read_text(encoding="utf-8"))
PATH = f"/runtype{PAGE['path']}"
KIND = schema.load_kinds().get("runtype", PAGE["kind"])
INVENTED = {
    *("id", "providerKeyId", "createdAt", "updatedAt", "displayName", "creator", "creatorDisplayName"),
    *("costPer1kTokens", "inputCostPer1kTokens", "outputCostPer1kTokens"),
}
ACCOUNT = {"userId": PAGE["answer"]["userId"], "orgId": PAGE["answer"]["organizationId"]}
CREATED = 1717243200.0  # 2024-06-01T12:00:00Z

TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str) and bool(value),
    "enum": lambda value: value in {"platform", "custom", "needs_setup"},
    "boolean": lambda value: isinstance(value, bool),
    "double": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "map from strings to any": lambda value: isinstance(value, dict),
    "list of strings": lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
}


def _sandbox(dialect: str, **account: Any) -> app.Sandbox:
    keys = [{"provider": "openai", "name": "ours", "id": "key_abcdef123456"}]
    seeds = {"runtype": {"Account": [{**ACCOUNT, **account}], "ProviderKey": keys}}
    return app.create_app(app.Options(seeds=seeds, dialects={"runtype": dialect}, clock=lambda: CREATED))


def _is_of(kind: str, value: Any) -> bool:
    name, _, null = kind.partition(" or ")
    return (value is None and null == "null") or TYPES[name](value)


def _create(dialect: str, **fields: Any) -> dict[str, Any]:
    answer = ask(_sandbox(dialect), PAGE["method"], PATH, {**PAGE["request"], **fields})
    assert 200 <= answer.status_code < 300, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_the_data_is_the_whole_page() -> None:
    assert list(PAGE["answer"]) == list(PAGE["answer_fields"])
    assert all(_is_of(kind, PAGE["answer"][name]) for name, kind in PAGE["answer_fields"].items())


def test_the_pages_example_is_answered_as_the_page_shows() -> None:
    body = _create(PAGE["dialect"])
    assert sorted(body) == sorted(PAGE["answer"])
    assert {name: body[name] for name in body if name not in INVENTED} == {
        name: value for name, value in PAGE["answer"].items() if name not in INVENTED
    }
    assert (body["createdAt"], body["updatedAt"]) == ("2024-06-01T12:00:00Z", "2024-06-01T12:00:00Z")


@pytest.mark.parametrize(("name", "kind"), PAGE["answer_fields"].items())
def test_each_field_of_the_answer_has_the_pages_type(name: str, kind: str) -> None:
    for body in (_create(PAGE["dialect"]), _create(PAGE["dialect"], providerKeyId="key_abcdef123456")):
        assert _is_of(kind, body[name]), body[name]


def test_the_newer_generation_answers_the_page_too() -> None:
    """Where an organization owns the row it names no user; nothing else that the page promises is gone."""
    body = _create("C")
    wrong = [name for name, kind in PAGE["answer_fields"].items() if name not in body or not _is_of(kind, body[name])]
    assert (wrong, body["userId"]) == (["userId"], None)


@pytest.mark.parametrize(("name", "field"), PAGE["request_fields"].items())
def test_each_field_of_the_request_does_what_the_page_says(name: str, field: dict[str, Any]) -> None:
    for example in field["examples"]:
        assert _create(PAGE["dialect"], **{name: example})[name] == example
    for refused in field.get("refused", ()):
        answer = ask(_sandbox(PAGE["dialect"]), PAGE["method"], PATH, {**PAGE["request"], name: refused})
        assert answer.status_code == 400
    without = {key: value for key, value in PAGE["request"].items() if key != name}
    answer = ask(_sandbox(PAGE["dialect"]), PAGE["method"], PATH, without)
    assert (answer.status_code == 400) is field["required"]
    if "default" in field:
        assert answer.json()[name] == field["default"]


REFUSALS: dict[str, tuple[dict[str, Any], dict[str, Any], str | None, list[str]]] = {
    "400": ({}, {"provider": "nobody"}, "sandbox", []),
    "401": ({}, {}, None, []),
    "402": ({"byok": False}, {"providerKeyId": "key_abcdef123456"}, "sandbox", []),
    "403": ({"mayWrite": False}, {}, "sandbox", []),
    "500": ({}, {}, "sandbox", ["500"]),
}
"""Status → the account, what the request says beside the page's, the credential, and the sandbox's faults."""


@pytest.mark.parametrize("status", PAGE["errors"])
def test_each_error_of_the_page_can_be_met(status: str) -> None:
    account, fields, token, faults = REFUSALS[status]
    sandbox = _sandbox(PAGE["dialect"], **account)
    sandbox.faults.set(*faults)
    answer = ask(sandbox, PAGE["method"], PATH, {**PAGE["request"], **fields}, token)
    assert answer.status_code == int(status)
    if not faults:
        assert isinstance(answer.json()["error"], str)
        assert answer.json().keys() <= {"error", "details", "code", "message"}
    assert sandbox.store.table("runtype.configs").all() == []


# manifests


def _fits(spec: dict[str, Any]) -> bool:
    document = {"apiVersion": "runtype/v1", "kind": KIND.name, "metadata": {"name": "example"}, "spec": spec}
    return schema.compiled(KIND)(document)


def test_the_pages_request_is_a_manifest() -> None:
    assert _fits(PAGE["request"])


@pytest.mark.parametrize(("name", "field"), PAGE["request_fields"].items())
def test_each_field_of_the_request_can_be_set_from_a_manifest(name: str, field: dict[str, Any]) -> None:
    known = KIND.root.properties[name]
    assert not known.read_only
    assert (name in KIND.schema["required"]) is field["required"]
    assert all(_fits({**PAGE["request"], name: example}) for example in field["examples"])
    assert not any(_fits({**PAGE["request"], name: refused}) for refused in field.get("refused", ()))
    assert not field["required"] or not _fits({key: value for key, value in PAGE["request"].items() if key != name})
    if "default" in field:
        assert known.default == field["default"]


@pytest.mark.parametrize("name", PAGE["answer"])
def test_each_field_of_the_answer_is_explained(name: str) -> None:
    known = KIND.root.properties[name]
    assert known.description
    assert known.read_only is (name not in {*PAGE["request_fields"], "isEnabled"})
