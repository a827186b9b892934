"""The kinds of Open WebUI: identities, defaults, lists, what the server replaces or sets."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import schema
from reconciler.model import Field, Kind, ListType

KINDS = schema.load_kinds()


def _kind(name: str) -> Kind:
    return KINDS.get("openwebui", name)


def _fits(name: str, spec: dict[str, Any]) -> bool:
    document = {"apiVersion": "openwebui/v1", "kind": name, "metadata": {"name": "a"}, "spec": spec}
    fits = schema.compiled(_kind(name))(document)
    assert fits is not bool(schema.explain_errors(_kind(name), document))
    return fits


def _at(name: str, path: str) -> Field:
    field = schema.field_at(_kind(name).root, tuple(path.split(".")))
    assert field is not None, path
    return field


@pytest.mark.parametrize(
    ("name", "identity", "singleton", "fallback"),
    [("Model", ("id",), False, "id"), ("Group", ("name",), False, "name"), ("DefaultModels", (), True, None)],
)
def test_identities(name: str, identity: tuple[str, ...], singleton: bool, fallback: str | None) -> None:
    kind = _kind(name)
    assert (kind.identity, kind.singleton, schema.fallback_identity(kind)) == (identity, singleton, fallback)


@pytest.mark.parametrize(
    ("name", "path", "default"),
    [
        ("Model", "base_model_id", None),
        ("Model", "is_active", True),
        ("Model", "access_grants", []),
        ("Model", "meta.profile_image_url", None),  # kept by the server when it is left out of an update
        ("Model", "meta.background_image_url", None),
        ("Model", "meta.voice_avatar", None),
        ("Model", "params.model_controls", {}),
        ("Model", "meta.toolIds", []),
        ("Model", "meta.hidden", False),
        ("Group", "description", ""),
        ("Group", "permissions", {}),
        ("Group", "permissions.chat.edit", False),
        ("Group", "parent_group_id", None),
        ("Group", "data.config.share", "members"),
        ("Group", "data.config.default_models", []),
        ("DefaultModels", "DEFAULT_MODELS", []),
        ("DefaultModels", "MODEL_ORDER_LIST", []),
        ("DefaultModels", "DEFAULT_MODEL_PARAMS", {}),
    ],
)
def test_what_a_removed_field_goes_back_to(name: str, path: str, default: Any) -> None:
    field = _at(name, path)
    assert (field.has_default, field.default) == (True, default)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("Model", "params.temperature"),
        ("Model", "params.system"),
        ("Model", "meta.description"),
        ("Model", "meta.capabilities"),
        ("Group", "members"),
        ("DefaultModels", "DEFAULT_MODEL_PARAMS.temperature"),
    ],
)
def test_fields_without_a_default(name: str, path: str) -> None:
    assert not _at(name, path).has_default


@pytest.mark.parametrize(
    ("name", "path", "atomic"),
    [
        ("Model", "params", True),
        ("Model", "meta", True),
        ("Group", "permissions", True),
        ("Group", "data", False),
        ("DefaultModels", "DEFAULT_MODEL_METADATA", True),
        ("DefaultModels", "DEFAULT_MODEL_PARAMS", True),
    ],
)
def test_maps_that_the_server_replaces(name: str, path: str, atomic: bool) -> None:
    assert _at(name, path).atomic is atomic


@pytest.mark.parametrize(
    ("name", "path", "compared", "key"),
    [
        ("Model", "access_grants", ListType.SET, None),
        ("Model", "meta.tags", ListType.MAP, "name"),
        ("Model", "meta.knowledge", ListType.MAP, "id"),
        ("Model", "meta.skillIds", ListType.SET, None),
        ("Model", "meta.suggestion_prompts", ListType.ORDERED, None),
        ("Model", "params.stop", ListType.SET, None),
        ("Group", "members", ListType.SET, None),
        ("Group", "data.config.default_models", ListType.ORDERED, None),
        ("DefaultModels", "DEFAULT_MODELS", ListType.ORDERED, None),
    ],
)
def test_lists(name: str, path: str, compared: ListType, key: str | None) -> None:
    assert (_at(name, path).list, _at(name, path).key) == (compared, key)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("Model", "version_id"),
        ("Model", "user_id"),
        ("Model", "updated_at"),
        ("Model", "commit_message"),
        ("Group", "id"),
        ("Group", "member_count"),
        ("Group", "meta"),
    ],
)
def test_what_only_the_server_sets(name: str, field: str) -> None:
    assert _at(name, field).read_only
    assert not _fits(name, {"name": "A", field: "x"})
