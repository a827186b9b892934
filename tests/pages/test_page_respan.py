"""The published page of Respan, `Create a custom model`, against the sandbox of its generation and against the schema.

`respan.json` has the page's fields; the page shows no example, so its request gives each field a value that fits.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler import schema
from tests.unit.sandbox.respan_asking import Respan

PAGE: dict[str, Any] = json.loads((Path(__file__).parent / "respan.json").read_text(encoding="utf-8"))
REQUEST: dict[str, Any] = PAGE["request"]
TYPES: dict[str, type] = {"string": str, "enum": str, "double": float, "integer": int, "object": dict}
MODEL = schema.load_kinds().get("respan", "Model")


@pytest.fixture
def respan() -> Respan:
    """A server of the page's generation with the provider that the request names."""
    found = Respan(PAGE["dialect"])
    found.provider("my-azure-provider", provider_name="My Azure Provider", api_key="secret")
    return found


def _ask(respan: Respan, body: dict[str, Any], status: int, token: str | None = "sandbox") -> Any:
    answer = respan.ask(PAGE["call"]["method"], PAGE["call"]["path"].removeprefix("/api/"), body, token)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_every_field_of_the_page_at_once(respan: Respan) -> None:
    model = _ask(respan, REQUEST, 201)
    assert {key: type(model[key]) for key in PAGE["response"]} == {
        key: TYPES[told] for key, told in PAGE["response"].items()
    }
    echoed = {key: value for key, value in REQUEST.items() if key in PAGE["response"]}
    assert {key: model[key] for key in echoed} == echoed
    assert (model["id"], model["affiliation_category"], model["source"]) == ("my-custom-gpt-4", "custom", "db")
    assert model["provider"]["provider_id"] == REQUEST["custom_provider_id"]
    assert model["supported_params"]["temperature"] == REQUEST["supported_params_override"]["temperature"]
    assert set(PAGE["response"]) <= set(respan.json("GET", "models/my-custom-gpt-4/"))


def test_it_creates_or_updates(respan: Respan) -> None:
    first = _ask(respan, REQUEST, 201)
    assert _ask(respan, REQUEST, 200) == first
    assert _ask(respan, {**REQUEST, "input_cost": 1.5}, 200)["input_cost"] == 1.5


@pytest.mark.parametrize("field", [name for name in REQUEST if name not in PAGE["required"]])
def test_what_is_optional_may_be_left_out(respan: Respan, field: str) -> None:
    assert _ask(respan, {name: value for name, value in REQUEST.items() if name != field}, 201)["id"]


@pytest.mark.parametrize(("field", "choices"), PAGE["choices"].items())
def test_switches_are_what_the_page_allows(respan: Respan, field: str, choices: list[int]) -> None:
    assert [_ask(respan, {**REQUEST, field: value}, 201 if not value else 200)[field] for value in choices] == choices
    for other in (2, True, "yes"):
        assert field in _ask(respan, {**REQUEST, field: other}, 422)["errors"]


def test_errors(respan: Respan) -> None:
    refusals = {
        "400": _ask(respan, {**REQUEST, "base_model_name": "nowhere"}, 400),
        "401": _ask(respan, REQUEST, 401, token=None),
    }
    assert set(refusals) == set(PAGE["errors"])
    assert refusals["400"] == {"error": "Base model not found"}
    assert list(refusals["401"]) == ["detail"]


@pytest.mark.parametrize("field", REQUEST)
def test_a_manifest_can_set_every_field_of_the_page(field: str) -> None:
    found = schema.field_at(MODEL.root, (field,))
    assert found is not None
    assert not found.read_only
    document = {"apiVersion": "respan/v1", "kind": "Model", "metadata": {"name": "a"}, "spec": {field: REQUEST[field]}}
    assert schema.compiled(MODEL)(document)


def test_a_manifest_can_say_all_of_it() -> None:
    """But for the second spelling of the provider, which the page calls an alternative."""
    spec = {name: value for name, value in REQUEST.items() if name != "provider_id"}
    document = {"apiVersion": "respan/v1", "kind": "Model", "metadata": {"name": "a"}, "spec": spec}
    assert schema.explain_errors(MODEL, document) == []
    assert set(PAGE["response"]) <= set(MODEL.root.properties)
