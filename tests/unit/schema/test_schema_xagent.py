"""The kinds of Xagent: identities, what goes back to what, what is refused, and what is said about it."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import schema
from reconciler.model import Field, Kind, ListType
from reconciler.sandbox.xagent import defaults, model_forms, model_rows, providers

KINDS = schema.load_kinds()
MODEL: dict[str, Any] = {"model_provider": "openai", "model_name": "gpt-4o"}
KEY = {"env": "KEY"}
BEDROCK: dict[str, Any] = {"model_provider": "bedrock", "bedrock_region": "eu-central-1"}


def _kind(name: str) -> Kind:
    return KINDS.get("xagent", name)


def _at(name: str, path: str) -> Field:
    field = schema.field_at(_kind(name).root, tuple(path.split(".")))
    assert field is not None, path
    return field


def _problems(name: str, spec: dict[str, Any], metadata_name: str = "a") -> list[tuple[str, str, str]]:
    """Give (path below the spec, summary, hint) of each problem; the quick validator must agree."""
    document = {"apiVersion": "xagent/v1", "kind": name, "metadata": {"name": metadata_name}, "spec": spec}
    found = schema.explain_errors(_kind(name), document)
    assert schema.compiled(_kind(name))(document) is not bool(found)
    return [(".".join(map(str, path[1:])), summary, hint) for path, summary, hint in found]


@pytest.mark.parametrize(
    ("name", "identity", "singleton"), [("Model", ("model_id",), False), ("DefaultModel", ("config_type",), True)]
)
def test_identities(name: str, identity: tuple[str, ...], singleton: bool) -> None:
    kind = _kind(name)
    assert (kind.identity, kind.singleton, schema.fallback_identity(kind)) == (identity, singleton, identity[0])


def test_a_default_refers_to_the_number_of_a_models_row() -> None:
    ref = _at("DefaultModel", "model_id").ref
    assert ref is not None
    assert (ref.kinds, ref.field) == (("Model",), "id")
    assert _at("Model", "id").types == ("integer",)


@pytest.mark.parametrize(
    ("path", "back"),
    [
        ("category", "llm"),
        ("share_with_users", False),
        ("bedrock_region", None),
        ("base_url", None),
        ("temperature", None),
        ("context_window", None),
        ("dimension", None),
        ("abilities", None),
        ("description", None),
    ],
)
def test_what_a_removed_field_goes_back_to(path: str, back: Any) -> None:
    field = _at("Model", path)
    assert (field.default if field.has_default else None, field.has_default or field.nullable) == (back, True)
    assert not field.kept


@pytest.mark.parametrize("path", ["api_key", "bedrock_auth_mode"])
def test_what_the_server_cannot_take_back_stays(path: str) -> None:
    field = _at("Model", path)
    assert (field.kept, field.nullable, field.has_default) == (True, False, False)


def test_the_key_is_a_secret_that_is_never_answered() -> None:
    field = _at("Model", "api_key")
    assert (field.write_only, field.sensitive) == (True, True)


def test_abilities_are_a_set() -> None:
    assert _at("Model", "abilities").list is ListType.SET


@pytest.mark.parametrize("name", ["id", "is_shared", "is_active", "is_owner", "can_edit", "can_delete", "created_at"])
def test_what_only_the_server_sets(name: str) -> None:
    assert _at("Model", name).read_only
    assert _problems("Model", {**MODEL, name: True})[0][1] == f"`{name}` is set by the server, a manifest cannot set it"


@pytest.mark.parametrize("name", ["top_n", "instruct", "language", "voice", "format", "sample_rate", "max_tokens"])
def test_what_the_server_drops_is_unknown(name: str) -> None:
    assert _problems("Model", {**MODEL, name: 1})[0][1] == f"unknown key `{name}`"


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"model_id": "team/a b%2Fc?d#é"},
        {"model_id": "x" * 100},
        {"model_id": "7b"},
        {"model_provider": "never-heard-of"},
        {"api_key": KEY},
        {"api_key": {"file": "key"}},
        {"base_url": "http://10.0.0.1:8000/v1"},
        {"base_url": None},
        {"temperature": 0.5, "context_window": 128000},
        {"temperature": None},
        {"category": "llm", "abilities": []},
        {"abilities": ["chat", "weird"]},
        {"abilities": None},
        {"category": "embedding", "dimension": 1536, "abilities": ["embedding"]},
        {"category": "speech", "abilities": ["tts", "asr"]},
        {"category": "image", "abilities": ["edit"]},
        {"category": "music", "abilities": None},
        {"category": "rerank", "model_provider": "dashscope", "base_url": "https://mine.example.com"},
        {"description": {"file": "a.md"}},
        {"share_with_users": True},
        {"model_provider": "deepseek", "model_name": "deepseek-v4-pro"},
        {**BEDROCK, "api_key": KEY},
        {**BEDROCK, "api_key": KEY, "bedrock_auth_mode": "api_key"},
        {**BEDROCK, "bedrock_auth_mode": "credentials_chain"},
    ],
)
def test_models_that_fit(spec: dict[str, Any]) -> None:
    assert _problems("Model", {**MODEL, **spec}) == []


@pytest.mark.parametrize(
    ("spec", "path", "hint"),
    [
        ({"model_id": ""}, "model_id", "at most 100 characters, no white space around them"),
        ({"model_id": " a"}, "model_id", "no white space around them"),
        ({"model_id": "a\n"}, "model_id", "no white space around them"),
        ({"model_id": "a\0b"}, "model_id", ""),
        ({"model_id": "x" * 101}, "model_id", "at most 100 characters"),
        ({"model_id": "40"}, "model_id", "the server takes it for the number of a row"),
        ({"model_id": "platform/gpt"}, "model_id", "begin with `platform/` are the server's own"),
        ({"model_id": "auto-router-1"}, "model_id", "begin with `auto-router-` are the server's own"),
        ({"model_provider": "OpenAI"}, "model_provider", "did you mean `openai`?"),
        ({"model_provider": "Volcengine"}, "model_provider", "did you mean `volcengine-ark`?"),
        ({"model_provider": " openai"}, "model_provider", "did you mean `openai`?"),
        ({"model_provider": ""}, "model_provider", "in the server's own spelling"),
        ({"model_provider": "p" * 51}, "model_provider", "in the server's own spelling"),
        ({"model_provider": "router"}, "model_provider", "the router for its Auto configuration"),
        ({"model_name": ""}, "model_name", "The model's name at its provider"),
        ({"model_name": "gpt-4o "}, "model_name", "no white space around them"),
        ({"model_name": "x" * 2049}, "model_name", "at most 2048 characters"),
        ({"category": "LLM"}, "category", "did you mean `llm`?"),
        ({"api_key": "sk-literal"}, "api_key", "name where the secret is kept"),
        ({"api_key": None}, "api_key", ""),
        ({"base_url": ""}, "base_url", "Where the provider's API answers"),
        ({"base_url": "https://" + "x" * 500}, "base_url", "at most 500 characters"),
        ({"temperature": 3}, "temperature", ""),
        ({"context_window": 0}, "context_window", ""),
        ({"context_window": 2**31}, "context_window", ""),
        ({"share_with_users": None}, "share_with_users", ""),
        ({"abilities": ["a", "a"]}, "abilities.1", "remove one of the two"),
        ({"category": "embedding", "temperature": 1}, "temperature", "Only an llm has a temperature"),
        ({"category": "image", "context_window": 1}, "context_window", "Only an llm has a context window"),
        ({"dimension": 4}, "dimension", "Only an embedding model has a dimension"),
        ({"category": "llm", "dimension": None}, "dimension", "Only an embedding model has a dimension"),
        (
            {"category": "embedding", "abilities": ["chat"]},
            "abilities.0",
            "An embedding model can do `embedding` alone",
        ),
        ({"category": "image", "abilities": ["generate", "vision"]}, "abilities.1", "`generate` and `edit`"),
        ({"category": "speech", "abilities": ["speak"]}, "abilities.0", "`asr` (it listens)"),
        ({"category": "video", "abilities": []}, "abilities", ""),
        ({"model_provider": "deepseek"}, "model_name", "The server takes these models of DeepSeek alone"),
        ({**BEDROCK}, "", "The key that the provider asks for"),
        ({"model_provider": "bedrock", "api_key": KEY}, "", "The AWS region"),
        ({**BEDROCK, "api_key": KEY, "bedrock_region": None}, "bedrock_region", "The AWS region"),
        ({**BEDROCK, "api_key": KEY, "bedrock_region": "mars"}, "bedrock_region", ""),
        ({**BEDROCK, "api_key": KEY, "category": "image"}, "category", "as llm alone"),
        ({**BEDROCK, "api_key": KEY, "bedrock_auth_mode": "credentials_chain"}, "api_key", "go with no key"),
        ({"bedrock_region": "eu-central-1"}, "bedrock_region", "Only a model at `bedrock` has a region"),
        ({"bedrock_auth_mode": "api_key"}, "bedrock_auth_mode", "Only a model at `bedrock`"),
    ],
)
def test_models_that_do_not_fit(spec: dict[str, Any], path: str, hint: str) -> None:
    ((found, _, told),) = _problems("Model", {**MODEL, **spec})
    assert found == path
    assert hint in told


@pytest.mark.parametrize(("alias", "canonical"), providers.ALIASES.items())
def test_every_alias_of_a_provider_is_refused_with_its_canonical_spelling(alias: str, canonical: str) -> None:
    ((path, summary, hint),) = _problems("Model", {**MODEL, "model_provider": alias})
    assert (path, summary) == ("model_provider", f"expected `{canonical}`, got '{alias}'")
    assert f"`{canonical}`" in hint


def test_the_providers_are_those_of_the_server() -> None:
    known = {entry["id"] for entry in providers.supported()} | {"azure_openai"}
    assert set(_at("Model", "model_provider").known_values) == known
    assert set(providers.ALIASES.values()) < known
    assert all(providers.canonical(name) == name for name in known)


def test_categories_abilities_and_types_are_those_of_the_server() -> None:
    properties = _kind("Model").schema["properties"]
    assert set(properties["category"]["enum"]) == set(model_rows.CATEGORIES)
    assert _kind("DefaultModel").schema["properties"]["config_type"]["enum"] == list(defaults.TYPES)
    assert len(defaults.TYPES) == 14
    for category, abilities in model_forms.ABILITIES.items():
        for ability in (*abilities, "chat"):
            spec = {**MODEL, "category": category, "abilities": [ability]}
            assert (_problems("Model", spec) == []) is (ability in abilities), spec
    abilities = _at("Model", "abilities").items
    assert abilities is not None
    assert set(abilities.known_values) >= {one for known in model_forms.ABILITIES.values() for one in known}


@pytest.mark.parametrize("name", sorted(providers.DEEPSEEK_MODELS))
def test_every_model_of_deepseek_fits(name: str) -> None:
    assert _problems("Model", {"model_provider": "deepseek", "model_name": name}) == []


@pytest.mark.parametrize(
    ("spec", "fits"),
    [
        ({"config_type": "general", "model_id": {"ref": "gpt"}}, True),
        ({"config_type": "general", "model_id": {"ref": "Model/gpt"}}, True),
        ({"config_type": "general", "model_id": 7}, True),
        ({"config_type": "general", "model_id": None}, True),
        ({"model_id": {"ref": "gpt"}}, True),
        ({"config_type": "general", "model_id": 0}, False),
        ({"config_type": "general", "model_id": "gpt"}, False),
        ({"config_type": "general", "model_id": {"ref": "DefaultModel/x"}}, False),
        ({"config_type": "General", "model_id": 7}, False),
        ({"config_type": "general"}, False),
        ({"config_type": "general", "model_id": 7, "user_id": 1}, False),
    ],
)
def test_defaults(spec: dict[str, Any], fits: bool) -> None:
    assert (_problems("DefaultModel", spec) == []) is fits
