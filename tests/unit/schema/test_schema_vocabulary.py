"""What `schemas/meta.json` and the checks beside it refuse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler import schema
from reconciler.schema import files
from reconciler.schema.nodes import walk
from reconciler.schema.vocabulary import check_kind

Write = Callable[..., Path]

PORT = ("properties", "port")
RULES = ("properties", "rules")


def _set(target: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ((*PORT, "x-idenity"), True, "properties.port.x-idenity: unknown key `x-idenity` (did you mean `x-identity`?)"),
        ((*PORT, "x-colour"), 1, "properties.port.x-colour: unknown key `x-colour`"),
        ((*PORT, "minimun"), 1, "properties.port.minimun: unknown key `minimun` (did you mean `minimum`?)"),
        (("x-colour",), 1, "x-colour: unknown key `x-colour`"),
        (
            ("$defs", "tree", "items"),
            {"anyOf": [{"x-deep": 1}]},
            "$defs.tree.items.anyOf[0].x-deep: unknown key `x-deep`",
        ),
        ((*PORT, "if"), {"x-deep": 1}, "properties.port.if.x-deep: unknown key `x-deep`"),
        (
            (*PORT, "x-list-key"),
            "name",
            "properties.port.x-list-key: `x-list-key` is not accepted here (The key that pairs the items",
        ),
        ((*RULES, "x-list"), "set", "properties.rules.x-list-key: `x-list-key` is not accepted here"),
        (
            (*RULES, "x-list"),
            "maps",
            "properties.rules.x-list: expected one of `ordered`, `set`, `map`, got 'maps' (did you mean `map`?)",
        ),
        (("properties", "tags"), {"type": "array", "x-list": "map"}, "properties.tags: `x-list-key` is missing"),
        ((*PORT, "x-ref"), {"field": "id"}, "properties.port.x-ref: `kind` is missing"),
        ((*PORT, "x-ref"), {"kind": []}, "properties.port.x-ref.kind: expected at least 1 item, got 0"),
        ((*PORT, "x-identity"), False, "properties.port.x-identity: expected `true`, got false"),
        ((*PORT, "x-map"), "granular", "properties.port.x-map: expected `atomic`, got 'granular'"),
        ((*PORT, "x-aliases"), "p", "properties.port.x-aliases: expected a list of text, got 'p' (write a list: [p])"),
        ((*PORT, "type"), "int", "properties.port.type: expected one of"),
        (
            (*PORT, "x-resource"),
            {"system": "a", "name": "B"},
            "properties.port.x-resource: `x-resource` is not accepted here",
        ),
        ((*PORT, "patternProperties"), {}, "properties.port.patternProperties: unknown key"),
        (
            (*PORT, "$ref"),
            "https://example.com/a.json",
            "properties.port.$ref: expected text such as `#/$defs/grant`",
        ),
        (("unevaluatedProperties",), True, "unevaluatedProperties: expected `false`, got true"),
        (("x-resource", "replace"), "in-place", "x-resource.replace: expected one of"),
        (
            ("x-resource", "singelton"),
            True,
            "x-resource.singelton: unknown key `singelton` (did you mean `singleton`?)",
        ),
        (("x-resource",), None, "x-resource: expected a mapping, got null"),
        (("type",), "array", "type: expected `object`, got 'array'"),
    ],
)
def test_the_vocabulary(service_schema: dict[str, Any], path: tuple[str, ...], value: Any, problem: str) -> None:
    _set(service_schema, path, value)
    found = schema.check_schema(service_schema)
    assert any(line.startswith(problem) for line in found), found


def test_a_right_schema_has_no_problems(service_schema: dict[str, Any]) -> None:
    assert schema.check_schema(service_schema, ("Service", "Zone")) == []


def test_what_is_no_schema_at_all() -> None:
    assert "expected a mapping, got an empty list" in schema.check_schema([])


def test_references_to_kinds(service_schema: dict[str, Any]) -> None:
    assert schema.check_schema(service_schema, ("Service", "Zones")) == [
        "x-resource.parent: there is no kind `Zone` (did you mean `Zones`?)",
        "properties.zone.x-ref.kind: there is no kind `Zone` (did you mean `Zones`?)",
        "properties.upstream.x-ref.kind: there is no kind `Zone` (did you mean `Zones`?)",
    ]


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("properties", "key", "type"), ["string", "null"], "properties.key: an identity is text, and never null"),
        (("required",), ["zone", "keys"], "required[1]: there is no property `keys` (did you mean `key`?)"),
        ((*RULES, "x-list-key"), "nam", "rules: the items have no property `nam` (did you mean `name`?)"),
        (("properties", "upstream", "x-aliases"), ["port"], "upstream: the alias `port` is a property of its own"),
        (
            ("$defs", "tree", "properties", "leaf", "x-aliases"),
            ["children"],
            "tree.leaf: the alias `children` is a property of its own",
        ),
        (
            ("properties", "limits", "additionalProperties"),
            {"type": "array", "x-list": "map", "x-list-key": "id", "items": {"type": "object"}},
            "limits.*: the items have no property `id`",
        ),
        (
            ("properties", "tags"),
            {"type": "array", "x-list": "set", "x-shared": "mod"},
            "properties.tags.x-shared: there is no property `mod` (did you mean `mode`?)",
        ),
        (
            (*RULES, "x-shared"),
            "mode",
            "properties.rules: `x-shared` is for a set (`x-list: set`) that stands in the spec itself",
        ),
        (
            ("$defs", "tree", "properties", "leaf", "x-shared"),
            "mode",
            "$defs.tree.properties.leaf: `x-shared` is for a set (`x-list: set`) that stands in the spec itself",
        ),
    ],
)
def test_what_json_schema_cannot_say(
    write_kind: Write, service_schema: dict[str, Any], path: tuple[str, ...], value: Any, problem: str
) -> None:
    _set(service_schema, path, value)
    write_kind("Zone", {})
    root = write_kind("Service", service_schema)
    found = [text for _, text in schema.check_files([root / "acme" / "Service.json"])]
    assert problem in found


def test_a_kind_needs_an_identity(write_kind: Write, service_schema: dict[str, Any]) -> None:
    for name in ("zone", "key"):
        service_schema["properties"][name].pop("x-identity")
    write_kind("Zone", {})
    root = write_kind("Service", service_schema)
    assert schema.check_files([root / "acme" / "Service.json"]) == [
        (root / "acme" / "Service.json", "no property is marked `x-identity`, and the kind is no singleton")
    ]


def test_folders_are_checked_whole(write_kind: Write, service_schema: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    root = write_kind("Service", service_schema)
    for name in ("meta.json", "envelope.json", "output.json"):  # beside the systems, as in the packaged folder
        (root / name).write_text("{}", encoding="utf-8")
    (root / "acme" / "target.json").write_text("{}", encoding="utf-8")  # no kind: what its targets may set
    assert schema.check_files([root, tmp_path / "empty"]) == [
        (root / "acme" / "Service.json", "x-resource.parent: there is no kind `Zone` (known: `Service`)"),
        (root / "acme" / "Service.json", "properties.zone.x-ref.kind: there is no kind `Zone` (known: `Service`)"),
        (root / "acme" / "Service.json", "properties.upstream.x-ref.kind: there is no kind `Zone` (known: `Service`)"),
        (tmp_path / "empty", "holds no schema"),
    ]


def test_a_new_kind_may_refer_to_packaged_ones(tmp_path: Path) -> None:
    path = tmp_path / "Prompt.json"
    path.write_text(
        '{"title": "P", "x-resource": {"system": "openwebui", "name": "Prompt", "singleton": true}, "type": "object",'
        ' "unevaluatedProperties": false, "properties": {"m": {"type": "string", "x-ref": {"kind": "Model"}}}}',
        encoding="utf-8",
    )
    assert schema.check_files([path]) == []


def test_the_packaged_schemas_are_right() -> None:
    assert schema.check_files([schema.folder()]) == []
    kinds = schema.load_kinds()
    for system, name in kinds.names():
        assert check_kind(kinds.get(system, name)) == []


def test_every_word_is_described() -> None:
    words = files.meta()["$defs"]["node"]["properties"]
    assert [word for word, node in words.items() if not node.get("description")] == []


def test_the_vocabulary_keeps_to_the_words_it_describes() -> None:
    known = {*files.meta()["$defs"]["node"]["properties"], "x-resource"}
    for source in (files.meta(), files.envelope()):
        assert {word for _, node in walk(source) for word in node} <= known
