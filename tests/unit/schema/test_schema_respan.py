"""The kinds of Respan: identities, what a removed field takes, units, secrets; what they accept and refuse."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import redact, schema
from reconciler.model import Field, Kind, NumberType
from reconciler.paths import format_path

KINDS = schema.load_kinds()
COSTS = ("input_cost", "output_cost", "cache_hit_input_cost", "cache_creation_input_cost")
SWITCHES = ("function_call", "image_support", "streaming_support")
SECRET = {"env": "VLLM_API_KEY"}


def _kind(name: str) -> Kind:
    return KINDS.get("respan", name)


def _at(name: str, path: str) -> Field:
    field = schema.field_at(_kind(name).root, tuple(path.split(".")))
    assert field is not None, path
    return field


def _problems(name: str, spec: dict[str, Any]) -> list[tuple[str, str, str]]:
    document = {"apiVersion": "respan/v1", "kind": name, "metadata": {"name": "a"}, "spec": spec}
    found = schema.explain_errors(_kind(name), document)
    assert schema.compiled(_kind(name))(document) is not bool(found)
    return [(format_path(path), summary, hint) for path, summary, hint in found]


@pytest.mark.parametrize(("name", "identity"), [("Model", "model_name"), ("Provider", "provider_id")])
def test_identities(name: str, identity: str) -> None:
    kind = _kind(name)
    assert (kind.identity, schema.fallback_identity(kind), kind.singleton) == ((identity,), identity, False)


@pytest.mark.parametrize(
    ("path", "kind", "field", "aliases"),
    [
        ("base_model_name", "Model", "model_name", ()),
        ("custom_provider_id", "Provider", "provider_id", ("provider_id",)),
    ],
)
def test_references(path: str, kind: str, field: str, aliases: tuple[str, ...]) -> None:
    found = _at("Model", path)
    assert found.ref is not None
    assert (found.ref.kinds, found.ref.field, found.aliases) == ((kind,), field, aliases)


@pytest.mark.parametrize("name", COSTS)
def test_costs_are_money_and_say_their_unit(name: str) -> None:
    field = _at("Model", name)
    assert field.number is NumberType.DECIMAL
    assert "in US dollars per 1,000,000" in field.description


@pytest.mark.parametrize("name", [*COSTS, *SWITCHES, "max_context_window", "display_name", "custom_provider_id"])
def test_what_is_inherited_has_no_default_and_no_null(name: str) -> None:
    field = _at("Model", name)
    assert (field.inherits, field.has_default, field.nullable) == (True, False, False)


@pytest.mark.parametrize(
    ("name", "path", "default"),
    [("Model", "base_model_name", None), ("Model", "supported_params_override", {}), ("Provider", "extra_kwargs", {})],
)
def test_what_a_removed_field_goes_back_to(name: str, path: str, default: Any) -> None:
    field = _at(name, path)
    assert (field.inherits, field.has_default, field.default) == (False, True, default)


@pytest.mark.parametrize(
    ("name", "path", "sensitive", "write_only", "atomic"),
    [
        ("Model", "supported_params_override", False, True, True),
        ("Provider", "extra_kwargs", False, False, True),
        ("Provider", "extra_kwargs.api_key", True, False, False),
        ("Provider", "extra_kwargs.base_url", False, False, False),
        ("Provider", "extra_kwargs.anything", False, False, False),
        ("Provider", "api_key", True, True, False),
    ],
)
def test_what_is_secret_and_what_is_not_returned(
    name: str, path: str, sensitive: bool, write_only: bool, atomic: bool
) -> None:
    field = _at(name, path)
    assert (redact.is_sensitive(field), field.write_only, field.atomic) == (sensitive, write_only, atomic)


OWNED = {
    "Model": (
        *("affiliation_category", "created_at", "id", "is_called_by_custom_name", "is_managed", "model_type"),
        *("provider", "source", "status", "supported_params", "throughput", "updated_at"),
    ),
    "Provider": ("created_at", "id", "is_managed", "organization_id", "updated_at"),
}


@pytest.mark.parametrize("name", OWNED)
def test_what_only_the_server_sets(name: str) -> None:
    assert tuple(sorted(f.name for f in _kind(name).root.properties.values() if f.read_only)) == OWNED[name]
    for field in OWNED[name]:
        given = {"provider_name": "P"} if name == "Provider" else {}
        assert [path for path, _, _ in _problems(name, {**given, field: "x"})] == [f"spec.{field}"]


@pytest.mark.parametrize("field", SWITCHES)
@pytest.mark.parametrize(("value", "hint"), [(True, "write 1"), (False, "write 0"), ("1", "remove the quotes")])
def test_switches_are_numbers(field: str, value: Any, hint: str) -> None:
    assert [(path, found) for path, _, found in _problems("Model", {field: value})] == [(f"spec.{field}", hint)]


def test_the_two_spellings_of_the_provider() -> None:
    assert _problems("Model", {"custom_provider_id": "a", "provider_id": "a"}) == [
        (
            "spec.provider_id",
            "`custom_provider_id` and `provider_id` are two spellings of one field",
            "keep `custom_provider_id`",
        )
    ]


def test_the_two_spellings_of_limits() -> None:
    spec = {"supported_params_override": {"top_p": {"range": {"max": 1}, "max": 1}}}
    ((path, summary, _),) = _problems("Model", spec)
    assert (path, summary) == (
        "spec.supported_params_override.top_p.max",
        "`range` and `max` are two spellings of one field",
    )


def test_a_provider_has_one_key() -> None:
    spec = {"provider_name": "P", "api_key": SECRET, "extra_kwargs": {"timeout": 1, "api_key": SECRET}}
    ((path, _, hint),) = _problems("Provider", spec)
    assert (path, hint[:27]) == ("spec.extra_kwargs.api_key", "A provider has one key: `ex")


@pytest.mark.parametrize("spec", [{"api_key": "canary"}, {"extra_kwargs": {"api_key": "canary"}}])
def test_a_secret_is_never_written_down(spec: dict[str, Any]) -> None:
    problems = _problems("Provider", {"provider_name": "P", **spec})
    assert [hint for _, _, hint in problems] == ["name where the secret is kept; a manifest never holds it"]
    assert "canary" not in str(problems)


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        *((name, True) for name in ("a", "A.b_c-d", "meta-llama/Llama-3-70b", "a/b/c:d@e", "é", "...", "listing")),
        *((name, True) for name in ("list/a", "a/list", "public/x", "status", "a/status/b", ".a", "a.", "a/.b")),
        *((name, False) for name in ("", "/", "a/", "/a", "a//b", "a b", " a", "a\n", "a/ /b")),
        *((name, False) for name in (".", "..", "a/..", "../a", "a/./b", "list", "summary", "public", "a/status")),
    ],
)
def test_names_of_models(name: str, fits: bool) -> None:
    assert (_problems("Model", {"model_name": name}) == []) is fits


@pytest.mark.parametrize(
    ("spec", "fits"),
    [
        ({}, True),
        ({"base_model_name": "openai/gpt-4o", "custom_provider_id": "p"}, True),
        ({"base_model_name": {"ref": "base"}, "provider_id": {"ref": "Provider/p"}}, True),
        ({"base_model_name": None}, True),
        ({"base_model_name": ""}, False),
        ({"base_model_name": {"ref": "Provider/p"}}, False),
        ({"custom_provider_id": None}, False),
        ({"custom_provider_id": 7}, False),
        ({"custom_provider_id": "a/b"}, False),
        ({"display_name": "Fast one"}, True),
        ({"display_name": " x"}, False),
        ({"display_name": ""}, False),
        ({"input_cost": 0, "output_cost": 0.075, "cache_hit_input_cost": 1e-6, "cache_creation_input_cost": 3}, True),
        ({"input_cost": -0.1}, False),
        ({"input_cost": "0.1"}, False),
        ({"input_cost": None}, False),
        ({"input_cost": True}, False),
        ({"max_context_window": 128000}, True),
        ({"max_context_window": 0}, False),
        ({"max_context_window": 1.5}, False),
        ({"function_call": 1, "image_support": 0, "streaming_support": 1}, True),
        ({"function_call": 2}, False),
        ({"function_call": None}, False),
        ({"supported_params_override": {}}, True),
        ({"supported_params_override": None}, False),
        ({"supported_params_override": {"top_p": None}}, True),
        ({"supported_params_override": {"": {}}}, False),
        ({"supported_params_override": {"top_p": 0.5}}, False),
        ({"supported_params_override": {"t": {"name": "t", "type": "number", "default": 1, "min": 0, "max": 2}}}, True),
        ({"supported_params_override": {"t": {"range": {"min": 0, "max": None}, "required": False}}}, True),
        ({"supported_params_override": {"t": {"range": {"step": 1}}}}, False),
        ({"supported_params_override": {"t": {"type": 1}}}, False),
        ({"supported_params_override": {"t": {"type": "enum", "options": ["a"], "description": "x"}}}, True),
        ({"model": "x"}, False),
    ],
)
def test_models(spec: dict[str, Any], fits: bool) -> None:
    assert (_problems("Model", spec) == []) is fits


@pytest.mark.parametrize(
    ("spec", "fits"),
    [
        ({}, True),
        ({"provider_id": "my-vllm"}, True),
        ({"provider_id": "a/b"}, False),
        ({"provider_id": "a b"}, False),
        ({"provider_id": ""}, False),
        ({"provider_id": 7}, False),
        ({"provider_name": " x"}, False),
        ({"provider_name": None}, False),
        ({"api_key": SECRET}, True),
        ({"api_key": SECRET, "extra_kwargs": {"timeout": 60}}, True),
        ({"api_key": {"file": "secrets/key"}}, True),
        ({"api_key": None}, False),
        ({"extra_kwargs": {}}, True),
        ({"extra_kwargs": None}, False),
        ({"extra_kwargs": {"base_url": "https://llm.example.com/v1", "timeout": 0.5, "api_key": SECRET}}, True),
        ({"extra_kwargs": {"base_url": "llm.example.com"}}, False),
        ({"extra_kwargs": {"timeout": 0}}, False),
        ({"extra_kwargs": {"temperature": 2.5}}, False),
        ({"extra_kwargs": {"temperature": 0, "max_tokens": 1}}, True),
        ({"extra_kwargs": {"max_tokens": 0}}, False),
        ({"extra_kwargs": {"api_version": "2024-06-01", "headers": {"x": None}}}, True),
        ({"base_url": "https://llm.example.com/v1"}, False),
    ],
)
def test_providers(spec: dict[str, Any], fits: bool) -> None:
    assert (_problems("Provider", {"provider_name": "P", **spec}) == []) is fits


def test_a_provider_needs_a_name() -> None:
    assert [summary for _, summary, _ in _problems("Provider", {})] == ["`provider_name` is missing"]
