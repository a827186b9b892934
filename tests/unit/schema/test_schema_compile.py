"""Fields and kinds as compiled from schemas."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import schema
from reconciler.errors import SchemaError
from reconciler.model import Field, Kind, ListType, RefTarget, ReplaceOrder
from reconciler.schema.compile import ANYTHING, compile_field
from reconciler.schema.nodes import as_node, follow, type_of, variants


def test_kind_level_words(service: Kind) -> None:
    assert (service.system, service.name, service.title) == ("acme", "Service", "Service")
    assert (service.parent, service.mark, service.singleton) == ("Zone", "owner", False)
    assert service.replace is ReplaceOrder.CREATE_FIRST
    assert service.identity == ("zone", "key")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("zone", {"identity": True, "immutable": True, "ref": RefTarget(("Zone",), "key"), "types": ("string",)}),
        ("mode", {"identity": False, "immutable": True, "has_default": True, "default": "safe", "types": ("string",)}),
        ("revision", {"read_only": True, "nullable": False}),
        ("token", {"write_only": True, "sensitive": True, "nullable": True}),
        ("hint", {"write_only": True, "sensitive": False}),
        ("extra", {"write_only": False, "sensitive": True}),
        ("old", {"deprecated": True, "description": "Use `mode`."}),
        ("upstream", {"ref": RefTarget(("Service", "Zone"), "id"), "aliases": ("backend",)}),
        ("limits", {"atomic": True, "list": None}),
        ("rules", {"list": ListType.MAP, "key": "name"}),
    ],
)
def test_field_words(service: Kind, path: str, expected: dict[str, Any]) -> None:
    field = service.root.properties[path]
    assert {word: getattr(field, word) for word in expected} == expected
    assert field.name == path


def test_a_default_of_null_is_a_default(service: Kind) -> None:
    burst = schema.field_at(service.root, ("limits", "burst"))
    assert burst is not None
    assert (burst.has_default, burst.default) == (True, None)


def test_the_fields_of_a_union_are_those_of_its_branches(service: Kind) -> None:
    items = service.root.properties["rules"].items
    assert items is not None
    assert list(items.properties) == ["name", "allow", "deny"]
    assert items.extra is None


@pytest.mark.parametrize(
    ("node", "types", "nullable", "listed", "extra"),
    [
        ({}, (), True, None, None),
        ({"type": "object"}, ("object",), False, None, ANYTHING),
        ({"type": "object", "additionalProperties": False}, ("object",), False, None, None),
        ({"type": "object", "unevaluatedProperties": False}, ("object",), False, None, None),
        ({"anyOf": [{"type": "array"}, {"type": "null"}]}, ("array", "null"), True, ListType.ORDERED, None),
        (
            {"enum": [1, "a", None, True, 1.5, [], {}]},
            ("integer", "string", "null", "boolean", "number", "array", "object"),
            True,
            ListType.ORDERED,
            ANYTHING,
        ),
        ({"const": "x"}, ("string",), False, None, None),
        ({"type": ["array"], "x-list": "set"}, ("array",), False, ListType.SET, None),
    ],
)
def test_types(
    node: dict[str, Any], types: tuple[str, ...], nullable: bool, listed: ListType | None, extra: Field | None
) -> None:
    field = compile_field("", node, node)
    assert (field.types, field.nullable, field.list, field.extra) == (types, nullable, listed, extra)


def test_a_list_without_items_holds_anything() -> None:
    assert compile_field("", {"type": "array"}, {}).items is ANYTHING


def test_what_is_false_is_no_field() -> None:
    assert not compile_field("", {"type": "object", "properties": {"gone": False}}, {}).properties


def test_the_same_key_in_two_branches_is_a_union() -> None:
    node = {
        "anyOf": [
            {"type": "object", "properties": {"a": {"type": "string"}}},
            {"type": "object", "properties": {"a": {"type": "null"}}, "additionalProperties": {"type": "number"}},
        ]
    }
    field = compile_field("", node, node)
    assert field.properties["a"].types == ("string", "null")
    assert field.extra == ANYTHING  # the first branch is open


def test_a_recursive_definition_ends_in_anything(service: Kind) -> None:
    assert schema.field_at(service.root, ("tree", "children", 0)) is ANYTHING


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (("rules", 0, "deny"), "deny"),
        (("backend",), "upstream"),
        (("limits", "anything"), ""),
        (("nowhere",), None),
        (("nowhere", "at", 1), None),
        (("key", "below"), None),
        ((), ""),
    ],
)
def test_field_at(service: Kind, path: tuple[str | int, ...], name: str | None) -> None:
    field = schema.field_at(service.root, path)
    assert (field.name if field is not None else None) == name


def test_fallback_identity(service: Kind) -> None:
    kinds = schema.load_kinds()
    assert schema.fallback_identity(service) == "key"
    assert schema.fallback_identity(kinds.get("openwebui", "DefaultModels")) is None


def test_words_beside_a_ref_win() -> None:
    root = {"$defs": {"a": {"type": "string", "description": "far"}}}
    assert follow({"$ref": "#/$defs/a", "description": "near"}, root) == {"type": "string", "description": "near"}


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ({"$ref": "#/$defs/nothing"}, "names no definition"),
        ({"$ref": "elsewhere"}, "names no definition"),
        ({"$ref": "#/$defs/circle"}, "refers to itself"),
        ({"$ref": "#/$defs/union"}, "levels deep, or refers to itself"),
    ],
)
def test_references_that_lead_nowhere(node: dict[str, Any], message: str) -> None:
    root = {"$defs": {"circle": {"$ref": "#/$defs/circle"}, "union": {"anyOf": [{"$ref": "#/$defs/union"}]}}}
    with pytest.raises(SchemaError, match=message):
        variants(node, root)


def test_boolean_schemas() -> None:
    assert (as_node(True), as_node(False)) == ({}, {"not": {}})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "null"),
        (True, "boolean"),
        (1, "integer"),
        (1.0, "integer"),
        (0.5, "number"),
        ("", "string"),
        ([], "array"),
        ({}, "object"),
        (10**400, "integer"),
    ],
)
def test_type_of(value: object, expected: str) -> None:
    assert type_of(value) == expected
