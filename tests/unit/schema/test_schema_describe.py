"""`explain`: kinds and fields described for people."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import schema
from reconciler.errors import SchemaError
from reconciler.model import Kind


def test_a_kind(service: Kind) -> None:
    help_ = schema.explain(service)
    assert (help_.kind, help_.path, help_.description) == ("acme/Service", "", "A service of the invented system.")
    assert help_.flags == (
        "identified by `zone`, `key`",
        "`key` may be left out: `metadata.name` stands in",
    )
    assert [(child.path, child.required) for child in help_.children[:4]] == [
        ("zone", True),
        ("key", True),
        ("mode", False),
        ("port", True),
    ]
    assert all(child.children == () for child in help_.children)


def test_a_singleton() -> None:
    kind = schema.load_kinds().get("openwebui", "DefaultModels")
    assert schema.explain(kind).flags == ("there is exactly one on every target",)


def test_a_singleton_with_an_identity() -> None:
    kind = schema.load_kinds().get("launchdarkly", "Targeting")
    assert schema.explain(kind).flags[:2] == (
        "there is exactly one for every identity",
        "identified by `config`, `environment`",
    )


def test_ids_that_change_and_values_among_several() -> None:
    kinds = schema.load_kinds()
    flags = schema.explain(kinds.get("runtype", "ProviderKey")).flags
    assert "its id may change on the server: it is known by its identity" in flags
    default = schema.explain(kinds.get("runtype", "DefaultModelConfig"), "modelConfigId")
    assert "the server may hold several: it is as declared where the one that is named is among them" in default.flags


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (
            "port",
            {
                "type": "a whole number of at least 1 and below 65536",
                "limits": ("of at least 1 and below 65536",),
                "required": True,
            },
        ),
        (
            "mode",
            {
                "has_default": True,
                "default": "safe",
                "flags": ("can only be set at creation: a change replaces the object",),
            },
        ),
        ("spec.mode", {"path": "mode"}),
        (
            "zone",
            {
                "flags": (
                    "part of the identity: a change replaces the object",
                    "may be a reference: {ref: name} of kind Zone (its `key`)",
                )
            },
        ),
        ("revision", {"flags": ("set by the server: a manifest cannot set it",)}),
        (
            "token",
            {
                "type": "text or null",
                "flags": (
                    "never returned by the server: compared by a digest of what was last applied",
                    "sensitive: write {env: NAME} or {file: path}, never the value",
                    "null clears it",
                ),
            },
        ),
        ("old", {"flags": ("deprecated",)}),
        (
            "backend",
            {
                "path": "upstream",
                "flags": (
                    "may be a reference: {ref: name} of kind Service or Zone (its `id`)",
                    "may also be spelled `backend`",
                ),
            },
        ),
        (
            "limits",
            {
                "limits": ("1 to 3 keys",),
                "flags": (
                    "replaced as a whole: a key that is removed from the manifest is left out of the next write",
                    "other keys are accepted too",
                ),
            },
        ),
        ("limits.whatever", {"path": "limits.*", "type": "a number"}),
        (
            "rules",
            {
                "type": "a list",
                "limits": ("at most 2 items",),
                "flags": ("compared by `name`: order makes no difference",),
            },
        ),
        ("rules.deny", {"path": "rules[].deny"}),
        ("rules[0].deny", {"path": "rules[].deny", "required": True}),
        ("rules[].deny", {"path": "rules[].deny"}),
        ("rules[*].deny", {"path": "rules[].deny"}),
        ('["rules"].name', {"path": "rules[].name"}),
        ("tree.children.children.leaf", {"path": "tree.children[].children[].leaf"}),
        ("metadata.name", {"path": "metadata.name", "required": True}),
        ("metadata.lifecycle.ignore.until", {"path": "metadata.lifecycle.ignore[].until"}),
        ("apiVersion", {"type": "`acme/v1`"}),
    ],
)
def test_a_field(service: Kind, path: str, expected: dict[str, Any]) -> None:
    help_ = schema.explain(service, path)
    assert {word: getattr(help_, word) for word in expected} == expected


def test_children_are_found_through_lists(service: Kind) -> None:
    assert [child.path for child in schema.explain(service, "rules").children] == [
        "rules[].name",
        "rules[].allow",
        "rules[].deny",
    ]


def test_fields_say_what_becomes_of_them() -> None:
    kinds = schema.load_kinds()
    keys = schema.explain(kinds.get("launchdarkly", "RestrictedModels"), "keys")
    assert "items of others are left alone, unless `mode` is `authoritative`" in keys.flags
    edges = schema.explain(kinds.get("launchdarkly", "AgentGraph"), "edges")
    assert "removed from the manifest, it replaces the object" in edges.flags


def test_lists_say_how_they_are_compared() -> None:
    model = schema.load_kinds().get("openwebui", "Model")
    assert "compared as a set: order and repetition make no difference" in schema.explain(model, "access_grants").flags
    assert "order matters" in schema.explain(model, "meta.suggestion_prompts").flags
    assert "may be kept in a file: {file: path}" in schema.explain(model, "params.system").flags
    assert (
        schema.explain(model, "params.model_controls.effort.options.low.label").path
        == "params.model_controls.*.options.*.label"
    )


@pytest.mark.parametrize(
    ("path", "message", "hint"),
    [
        ("prot", "Service has no field 'prot'", "did you mean `port`?"),
        ("rules.nam", "Service.rules has no field 'nam'", "did you mean `name`?"),
        ("port.x", "Service.port has no field 'x'", ""),
        ("a[b", "not a path: 'a[b' (at character 2)", ""),
    ],
)
def test_a_field_that_does_not_exist(service: Kind, path: str, message: str, hint: str) -> None:
    with pytest.raises(SchemaError) as caught:
        schema.explain(service, path)
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_a_key_that_is_refused_is_not_listed() -> None:
    model = schema.load_kinds().get("openwebui", "Model")
    assert schema.explain(model, "meta.knowledge.data").children == ()
