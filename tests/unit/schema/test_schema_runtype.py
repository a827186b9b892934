"""The kinds of Runtype: identities, defaults, open enumerations, costs, what only the server sets, what fits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler import manifests, schema
from reconciler.errors import ManifestError
from reconciler.model import Field, Kind, ListType, NumberType, RefTarget, ReplaceOrder, Target
from reconciler.schema.nodes import walk

KINDS = schema.load_kinds()

KEY = {"provider": "openai", "name": "production", "apiKey": {"env": "OPENAI_API_KEY"}}
CONFIG = {"provider": "openai", "modelId": "gpt-4o"}
CUSTOM = {"displayName": "Llama", "inputCostPer1kTokens": 0.0008, "outputCostPer1kTokens": 0.0024}


def _kind(name: str) -> Kind:
    return KINDS.get("runtype", name)


def _fits(name: str, spec: dict[str, Any]) -> bool:
    document = {"apiVersion": "runtype/v1", "kind": name, "metadata": {"name": "a"}, "spec": spec}
    fits = schema.compiled(_kind(name))(document)
    assert fits is not bool(schema.explain_errors(_kind(name), document))
    return fits


def _at(name: str, path: str) -> Field:
    field = schema.field_at(_kind(name).root, tuple(path.split(".")))
    assert field is not None, path
    return field


@pytest.mark.parametrize(
    ("name", "identity", "singleton"),
    [
        ("ProviderKey", ("provider", "name"), False),
        ("ModelConfig", ("provider", "modelId"), False),
        ("DefaultModelConfig", (), True),
    ],
)
def test_identities(name: str, identity: tuple[str, ...], singleton: bool) -> None:
    kind = _kind(name)
    assert (kind.identity, kind.singleton, schema.fallback_identity(kind)) == (identity, singleton, None)
    assert all(kind.root.properties[field].immutable for field in identity)


@pytest.mark.parametrize("name", ["ProviderKey", "ModelConfig"])
def test_an_organization_gives_other_ids_and_two_of_a_kind_can_stand_side_by_side(name: str) -> None:
    assert (_kind(name).renumbered, _kind(name).replace) == (True, ReplaceOrder.CREATE_FIRST)


@pytest.mark.parametrize(
    ("name", "path", "default"),
    [
        ("ProviderKey", "settings", {}),
        ("ProviderKey", "isActive", True),
        ("ModelConfig", "providerKeyId", "platform"),
        ("ModelConfig", "isEnabled", True),
        ("ModelConfig", "settings", {}),
    ],
)
def test_what_a_removed_field_goes_back_to(name: str, path: str, default: Any) -> None:
    field = _at(name, path)
    assert (field.has_default, field.default, field.nullable) == (True, default, False)


@pytest.mark.parametrize(("name", "path"), [("ProviderKey", "isDefault"), ("DefaultModelConfig", "modelConfigId")])
def test_what_a_removed_field_leaves_as_it_is(name: str, path: str) -> None:
    field = _at(name, path)
    assert (field.kept, field.has_default) == (True, False)


def test_an_account_may_have_several_defaults() -> None:
    assert _at("DefaultModelConfig", "modelConfigId").among


@pytest.mark.parametrize(
    ("name", "path", "to"),
    [
        ("ModelConfig", "providerKeyId", RefTarget(("ProviderKey",), "id")),
        ("DefaultModelConfig", "modelConfigId", RefTarget(("ModelConfig",), "id")),
    ],
)
def test_references(name: str, path: str, to: RefTarget) -> None:
    assert _at(name, path).ref == to
    assert _kind(to.kinds[0]).root.properties["id"].immutable  # so that it is known before an update of it


@pytest.mark.parametrize(("name", "path"), [("ProviderKey", "settings"), ("ModelConfig", "settings")])
def test_settings_are_always_sent_whole(name: str, path: str) -> None:
    assert _at(name, path).atomic


def test_the_credential_is_secret_and_never_read() -> None:
    field = _at("ProviderKey", "apiKey")
    assert (field.write_only, field.sensitive, field.read_only) == (True, True, False)
    assert not _fits("ProviderKey", {**KEY, "apiKey": "sk-live"})


@pytest.mark.parametrize(
    ("name", "path", "spec"),
    [
        ("ProviderKey", "provider", {**KEY, "provider": "new"}),
        ("ModelConfig", "provider", {**CONFIG, "provider": "new"}),
        (
            "ModelConfig",
            "settings.customModel.executorProvider",
            {**CONFIG, "settings": {"customModel": {**CUSTOM, "executorProvider": "new"}}},
        ),
        (
            "ModelConfig",
            "settings.customModel.midConversationSystemMessages",
            {**CONFIG, "settings": {"customModel": {**CUSTOM, "midConversationSystemMessages": "new"}}},
        ),
    ],
)
def test_the_vendor_extends_its_lists_so_an_unknown_value_fits(name: str, path: str, spec: dict[str, Any]) -> None:
    assert len(_at(name, path).known_values) > 1
    assert _fits(name, spec)


def test_no_list_of_values_is_closed() -> None:
    for name in KINDS.of("runtype"):
        assert [at for at, node in walk(_kind(name).schema) if "enum" in node] == []


@pytest.mark.parametrize("below", ["", "settings.customModel."])
@pytest.mark.parametrize("name", ["inputCostPer1kTokens", "outputCostPer1kTokens"])
def test_costs_are_money_and_say_their_unit(below: str, name: str) -> None:
    field = _at("ModelConfig", below + name)
    assert field.number is NumberType.DECIMAL
    assert "USD per 1k tokens" in field.description


def test_formats_are_a_set() -> None:
    assert _at("ModelConfig", "settings.customModel.supportedResponseFormats").list is ListType.SET


@pytest.mark.parametrize(
    ("name", "spec", "field"),
    [
        ("ProviderKey", KEY, "id"),
        ("ProviderKey", KEY, "keyPreview"),
        ("ProviderKey", KEY, "usageCount"),
        ("ModelConfig", CONFIG, "id"),
        ("ModelConfig", CONFIG, "isDefault"),
        ("ModelConfig", CONFIG, "keyStatus"),
        ("ModelConfig", CONFIG, "configurationStatus"),
        ("ModelConfig", CONFIG, "creditPromoMultiplier"),
        ("ModelConfig", CONFIG, "updatedAt"),
    ],
)
def test_what_only_the_server_sets(name: str, spec: dict[str, Any], field: str) -> None:
    assert _at(name, field).read_only
    assert _fits(name, spec)
    assert not _fits(name, {**spec, field: "x"})


@pytest.mark.parametrize(
    ("changes", "fits"),
    [
        ({}, True),
        ({"name": "x" * 100}, True),
        ({"name": "x" * 101}, False),
        ({"name": ""}, False),
        ({"provider": ""}, False),
        ({"provider": None}, False),
        ({"apiKey": None}, False),
        ({"apiKey": {"file": "key.txt"}}, True),
        ({"settings": {"region": "us-west-2", "any": [1]}}, True),
        ({"settings": None}, False),
        ({"isActive": False, "isDefault": True}, True),
        ({"isDefault": None}, False),
        ({"baseUrl": "https://x"}, False),
    ],
)
def test_provider_keys(changes: dict[str, Any], fits: bool) -> None:
    assert _fits("ProviderKey", {**KEY, **changes}) is fits


@pytest.mark.parametrize("missing", ["provider", "name", "apiKey"])
def test_what_a_provider_key_cannot_do_without(missing: str) -> None:
    assert not _fits("ProviderKey", {name: value for name, value in KEY.items() if name != missing})


@pytest.mark.parametrize(
    ("changes", "fits"),
    [
        ({}, True),
        ({"modelId": "qwen/qwen3.6-27b"}, True),
        ({"modelId": ""}, False),
        ({"modelId": None}, False),
        ({"modelId": {"ref": "x"}}, False),
        ({"providerKeyId": "platform"}, True),
        ({"providerKeyId": "pk_1"}, True),
        ({"providerKeyId": {"ref": "production"}}, True),
        ({"providerKeyId": {"ref": "ModelConfig/production"}}, False),
        ({"providerKeyId": None}, False),
        ({"providerKeyId": ""}, False),
        ({"isEnabled": False}, True),
        ({"isEnabled": None}, False),
        ({"settings": {}}, True),
        ({"settings": None}, False),
        ({"settings": {"maxTokens": 4096, "temperature": 0}}, True),
        ({"settings": {"maxTokens": 1.5}}, False),
        ({"settings": {"maxTokens": 0}}, False),
        ({"settings": {"temperature": -0.1}}, False),
        ({"settings": {"temperature": "hot"}}, False),
        ({"settings": {"topP": 0.9}}, True),
        ({"settings": {"customModel": CUSTOM}}, True),
        ({"settings": {"customModel": {}}}, False),
        ({"settings": {"customModel": {**CUSTOM, "inputCostPer1kTokens": -1}}}, False),
        ({"settings": {"customModel": {**CUSTOM, "inputCostPer1kTokens": "0.1"}}}, False),
        ({"settings": {"customModel": {**CUSTOM, "maxOutputToken": 1}}}, False),
        (
            {"settings": {"customModel": {**CUSTOM, "executorConfig": {"baseURL": "https://x", "modelMapping": "y"}}}},
            True,
        ),
        ({"settings": {"customModel": {**CUSTOM, "executorConfig": {"baseURL": "llm.example.com"}}}}, False),
        ({"settings": {"customModel": {**CUSTOM, "executorConfig": {"baseUrl": "https://x"}}}}, False),
        ({"settings": {"customModel": {**CUSTOM, "reasoning": {"supported": True, "defaultEffort": "low"}}}}, True),
        ({"settings": {"customModel": {**CUSTOM, "reasoning": {"defaultEffort": "low"}}}}, False),
        ({"settings": {"customModel": {**CUSTOM, "supportedResponseFormats": ["json", "text"]}}}, True),
        ({"settings": {"customModel": {**CUSTOM, "supportsStreaming": "yes"}}}, False),
    ],
)
def test_model_configs(changes: dict[str, Any], fits: bool) -> None:
    assert _fits("ModelConfig", {**CONFIG, **changes}) is fits


@pytest.mark.parametrize(
    ("spec", "fits"),
    [
        ({"modelConfigId": {"ref": "gpt-4o"}}, True),
        ({"modelConfigId": {"ref": "ModelConfig/gpt-4o"}}, True),
        ({"modelConfigId": "0b1c"}, True),
        ({"modelConfigId": {"ref": "ProviderKey/x"}}, False),
        ({"modelConfigId": None}, False),
        ({}, False),
    ],
)
def test_the_default(spec: dict[str, Any], fits: bool) -> None:
    assert _fits("DefaultModelConfig", spec) is fits


def test_one_model_of_two_endpoints_is_refused_not_mixed_up(tmp_path: Path) -> None:
    """The identity does not hold the key: a second endpoint's model of the same id needs an id of its own."""
    manifest = (
        "apiVersion: runtype/v1\nkind: ModelConfig\nmetadata: {{name: {name}}}\n"
        "spec: {{provider: generic-openai, modelId: {model}, providerKeyId: {name}}}\n"
    )
    for name, model in (("one", "llama"), ("two", "llama"), ("three", "three/llama")):
        (tmp_path / f"{name}.yaml").write_text(manifest.format(name=name, model=model))
    loaded = manifests.load(tmp_path, (".",), ())
    with pytest.raises(ManifestError) as refused:
        manifests.check(loaded, KINDS, {"t": Target("t", "runtype", "http://127.0.0.1")})
    (diagnostic,) = refused.value.diagnostics
    told = "two manifests declare the ModelConfig on t with provider 'generic-openai', modelId 'llama'"
    assert diagnostic.summary == f"spec.modelId: {told}"
    assert "modelMapping" in _at("ModelConfig", "modelId").description
