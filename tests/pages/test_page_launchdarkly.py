"""The published page of LaunchDarkly: its example replayed on the sandbox, and every field of it in a manifest.

The page's example is generated: every text is the name of its field, numbers are drawn, a project's own model is said
to be global and restricted, and `"{}"` stands for an object. So its keys and types are held against the sandbox, and of
its values those that the request names.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from docs import build
from reconciler import schema
from reconciler.sandbox.launchdarkly.state import DIALECTS
from tests.openapi.launchdarkly import DOCUMENT
from tests.unit.sandbox.launchdarkly_asking import MODELS, PROJECT, ask, started


def _objects(value: Any) -> Any:
    """Read `"{}"` as the object that it stands for."""
    if isinstance(value, dict):
        return {name: _objects(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_objects(item) for item in value]
    return {} if value == "{}" else value


PAGE: dict[str, Any] = _objects(json.loads(Path(__file__).with_name("launchdarkly.json").read_text(encoding="utf-8")))
REQUEST: dict[str, Any] = PAGE["request"]
KIND = schema.load_kinds().get("launchdarkly", PAGE["kind"])
SINCE = {"v23": set(), "v25": {"usedInCount"}}
"""Keys of an answer that the page does not have yet, by dialect."""

TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "double": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "list of strings": lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
}


def _create(dialect: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = ask(started(dialect), PAGE["method"], PAGE["path"], body)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def _missing(shown: Any, found: Any, path: str = "") -> Iterator[str]:
    """Say where an answer lacks a key of the page, or holds another type; of lists, by their first items."""
    if isinstance(shown, dict) and isinstance(found, dict):
        for name, item in shown.items():
            if name not in found:
                yield f"{path}.{name} is missing"
            else:
                yield from _missing(item, found[name], f"{path}.{name}")
    elif isinstance(shown, list) and isinstance(found, list):
        for item, other in zip(shown[:1], found[:1], strict=False):
            yield from _missing(item, other, f"{path}[]")
    elif isinstance(shown, bool) or isinstance(found, bool) or not isinstance(shown, (int, float)):
        if type(shown) is not type(found):
            yield f"{path} is {found!r}, not like {shown!r}"
    elif not isinstance(found, (int, float)):
        yield f"{path} is {found!r}, no number"


def test_the_data_is_the_whole_page() -> None:
    assert list(PAGE["answer"]) == list(PAGE["answer_fields"])
    assert list(REQUEST) == list(PAGE["request_fields"])
    assert all(TYPES[kind](PAGE["answer"][name]) for name, kind in PAGE["answer_fields"].items())
    assert all(TYPES[field["type"]](REQUEST[name]) for name, field in PAGE["request_fields"].items())


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_pages_example_is_answered_with_the_pages_keys_and_types(dialect: str) -> None:
    made = _create(dialect, REQUEST)
    assert list(_missing(PAGE["answer"], made)) == []
    assert made.keys() - PAGE["answer"].keys() == SINCE[dialect]
    assert all(TYPES[kind](made[name]) for name, kind in PAGE["answer_fields"].items())
    assert {name: made[name] for name in REQUEST} == {**REQUEST, "tags": ["tags"]}


def test_the_comparison_would_find_what_is_missing_or_of_another_type() -> None:
    made = _create("v25", REQUEST)
    wrong = {**{name: value for name, value in made.items() if name != "icon"}, "params": [], "version": "1"}
    assert list(_missing(PAGE["answer"], wrong)) == [
        ".version is '1', no number",
        ".icon is missing",
        ".params is [], not like {}",
    ]


@pytest.mark.parametrize("name", REQUEST)
def test_a_field_is_required_where_the_page_says_so(name: str) -> None:
    body = {key: value for key, value in REQUEST.items() if key != name}
    answer = ask(started(), PAGE["method"], PAGE["path"], body)
    assert (answer.status_code == 400) is PAGE["request_fields"][name]["required"]
    wrong = ask(started(), PAGE["method"], PAGE["path"], {**REQUEST, name: True})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_request")


def _refused(status: str) -> httpx.Response:
    match status:
        case "400":
            return ask(started(), PAGE["method"], PAGE["path"], {**REQUEST, "costPerInputToken": "free"})
        case "403":
            return ask(started(), PAGE["method"], PAGE["path"], REQUEST, token="sandbox-reader")
        case "404":
            return ask(started(), PAGE["method"], PAGE["path"].replace("default", "other"), REQUEST)
        case _:
            return ask(started(faults=["500"]), PAGE["method"], PAGE["path"], REQUEST)


@pytest.mark.parametrize(("status", "code"), [("400", "invalid_request"), ("403", "forbidden"), ("404", "not_found")])
def test_the_pages_errors_have_the_form_that_the_overview_gives_them(status: str, code: str) -> None:
    answer = _refused(status)
    assert (answer.status_code, sorted(answer.json())) == (int(status), ["code", "id", "message"])
    assert answer.json()["code"] == code


def test_every_error_of_the_page_can_be_had() -> None:
    assert [str(_refused(status).status_code) for status in PAGE["errors"]] == list(PAGE["errors"])


@pytest.mark.parametrize("name", REQUEST)
def test_every_field_of_the_request_can_be_set_from_a_manifest(name: str) -> None:
    field = KIND.root.properties[name]
    assert not field.read_only
    assert field.description


def test_the_pages_example_is_a_manifest() -> None:
    document = {"apiVersion": "launchdarkly/v1", "kind": "ModelConfig", "metadata": {"name": "a"}, "spec": REQUEST}
    assert schema.explain_errors(KIND, document) == []


def test_our_page_names_every_operation_of_the_vendor() -> None:
    rows = build.words("launchdarkly")["operations"]
    calls = sorted(row["call"] for row in rows)
    documented = (f"{o.method} {o.path.removeprefix('/api/v2/projects/{projectKey}')}" for o in DOCUMENT.operations)
    assert calls == sorted(documented)
    assert (PAGE["path"].partition("/ai-configs")[0], PAGE["path"]) == (PROJECT, MODELS)
