"""Loading, finding and checking kinds."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler import schema
from reconciler.errors import SchemaError
from reconciler.schema import files

Write = Callable[..., Path]


def test_the_packaged_kinds() -> None:
    kinds = schema.load_kinds()
    assert kinds.systems() == tuple(sorted(kinds.systems()))
    assert {"Model", "Group", "DefaultModels"} <= set(kinds.of("openwebui"))
    assert kinds.names() == tuple(sorted(kinds.names()))
    assert kinds.file("openwebui", "Model") == schema.folder() / "openwebui" / "Model.json"


def test_a_kind_is_loaded_once() -> None:
    kinds = schema.load_kinds()
    assert kinds.get("openwebui", "Group") is kinds.get("openwebui", "Group")


def test_only_what_is_asked_for_is_read(write_kind: Write, service_schema: dict[str, Any]) -> None:
    service_schema["x-resource"].pop("parent")
    service_schema["properties"] = {"key": {"type": "string", "x-identity": True}}
    service_schema["required"] = ["key"]
    root = write_kind("Service", service_schema)
    (root / "acme" / "Broken.json").write_text("{", encoding="utf-8")
    assert schema.load_kinds(root).get("acme", "Service").identity == ("key",)


@pytest.mark.parametrize(
    ("system", "name", "message", "hint"),
    [
        ("openwbui", "Model", "no system is called 'openwbui'", "did you mean `openwebui`?"),
        ("openwebui", "Modle", "openwebui has no kind 'Modle'", "did you mean `Model`?"),
        ("openwebui", "group", "openwebui has no kind 'group'", "did you mean `Group`?"),
    ],
)
def test_unknown_kinds(system: str, name: str, message: str, hint: str) -> None:
    with pytest.raises(SchemaError) as caught:
        schema.load_kinds().get(system, name)
    assert (caught.value.message, caught.value.hint, caught.value.exit_code) == (message, hint, 3)


def test_a_system_of_another_package(write_kind: Write, service_schema: dict[str, Any]) -> None:
    kinds = schema.load_kinds()
    assert "tiny" not in kinds.systems()
    assert kinds.get("tiny", "Item").system == "tiny"
    assert "tiny" in kinds.systems()
    assert not schema.load_kinds(write_kind("Service", service_schema)).knows("tiny")


def test_systems_of_all_packages(write_kind: Write, service_schema: dict[str, Any]) -> None:
    kinds = schema.load_kinds()
    assert ("tiny", "Item") not in kinds.names()
    assert ("tiny", "Item") in kinds.everything()
    assert kinds.everything() == kinds.names() == tuple(sorted(kinds.names()))
    root = write_kind("Service", service_schema)
    assert schema.load_kinds(root).everything() == (("acme", "Service"),)


def test_a_folder_without_schemas(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="no schema there"):
        schema.load_kinds(tmp_path)


def test_a_schema_in_the_wrong_file(write_kind: Write, service_schema: dict[str, Any]) -> None:
    root = write_kind("Zone", service_schema, system="other")
    with pytest.raises(SchemaError) as caught:
        schema.load_kinds(root).get("other", "Zone")
    assert "x-resource.system is 'acme', but the folder is called 'other'" in caught.value.message


def test_a_wrong_schema_names_its_file(write_kind: Write, service_schema: dict[str, Any]) -> None:
    service_schema["properties"]["key"]["x-idenity"] = True
    root = write_kind("Service", service_schema)
    with pytest.raises(SchemaError, match=r"Service\.json: .*properties\.key\.x-idenity: unknown key"):
        schema.load_kinds(root).get("acme", "Service")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{\n  "title": ,\n}', "Service.json:2:12: not JSON"),
        ("[]", "a schema file holds a JSON object"),
        ('{"title": "é'.encode() + b"\xff", "Service.json:1:13: bytes that are not UTF-8"),
        (b'{\n "title": "\xff"}', "Service.json:2:12: bytes that are not UTF-8"),
    ],
)
def test_files_that_are_no_schema(tmp_path: Path, text: str | bytes, message: str) -> None:
    path = tmp_path / "Service.json"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(SchemaError) as caught:
        files.read(path)
    assert message in caught.value.message
    assert schema.check_files([path])[0][0] == path


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert schema.check_files([tmp_path / "none.json"]) == [
        (tmp_path / "none.json", "cannot be read: No such file or directory")
    ]


def test_the_folder_is_the_packaged_one_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site" / "reconciler"
    (package / "schema").mkdir(parents=True)
    monkeypatch.setattr(files, "__file__", str(package / "schema" / "files.py"))
    assert schema.folder() == tmp_path / "site" / "schemas"
    (package / "schemas").mkdir()
    assert schema.folder() == package / "schemas"


def _kind(name: str, definitions: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {
        "title": name,
        "x-resource": {"system": "acme", "name": name, "singleton": True},
        "type": "object",
        "unevaluatedProperties": False,
        "properties": properties,
        "$defs": definitions,
    }


def test_definitions_of_another_file_are_copied_in(write_kind: Write) -> None:
    definitions = {
        "outer": {
            "type": "object",
            "properties": {
                "inner": {"$ref": "#/$defs/inner"},
                "again": {"$ref": "#/$defs/outer"},
                "back": {"$ref": "One.json#/$defs/own"},
            },
        },
        "inner": {"type": "integer"},
        "unused": {"type": "null"},
    }
    write_kind("Two", _kind("Two", definitions))
    root = write_kind(
        "One",
        _kind("One", {"own": {"type": "boolean"}}, a={"$ref": "Two.json#/$defs/outer"}, b={"$ref": "#/$defs/own"}),
    )
    one = schema.load_kinds(root).get("acme", "One")
    assert sorted(one.schema["$defs"]) == ["inner", "outer", "own"]
    assert ".json" not in json.dumps(one.schema["$defs"])
    assert schema.field_at(one.root, ("a", "inner")).types == ("integer",)  # type: ignore[union-attr]
    assert schema.field_at(one.root, ("a", "back")).types == ("boolean",)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("own", "ref", "message"),
    [
        ({}, "Two.json#/$defs/gone", "Two.json has no definition 'gone'"),
        ({"inner": {}}, "Two.json#/$defs/inner", "both define 'inner'"),
        ({}, "None.json#/$defs/inner", "cannot be read"),
    ],
)
def test_definitions_that_cannot_be_copied(write_kind: Write, own: dict[str, Any], ref: str, message: str) -> None:
    write_kind("Two", _kind("Two", {"inner": {"type": "integer"}}))
    root = write_kind("One", _kind("One", own, a={"$ref": ref}))
    with pytest.raises(SchemaError, match=message):
        schema.load_kinds(root).get("acme", "One")
    assert len(schema.check_files([root / "acme" / "One.json"])) == 1


def test_loading_one_kind_is_quick() -> None:
    def seconds() -> float:
        start = time.process_time()
        schema.load_kinds().get("openwebui", "Model")
        return time.process_time() - start

    seconds()  # the library that validates is imported once per process
    assert min(seconds() for _ in range(5)) < 0.15  # 4 ms alone; ten times that under coverage on a busy machine
