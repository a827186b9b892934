"""The schema of a whole manifest, and the validator that is made of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from reconciler import schema
from reconciler.model import Kind

SPEC: dict[str, Any] = {"zone": {"ref": "north"}, "key": "api", "port": 80}


def _manifest(spec: Any, /, **over: Any) -> dict[str, Any]:
    return {"apiVersion": "acme/v1", "kind": "Service", "metadata": {"name": "api"}, "spec": spec} | over


@pytest.mark.parametrize(
    ("change", "valid"),
    [
        ({}, True),
        ({"key": None}, False),
        ({"zone": "north"}, True),
        ({"zone": {"ref": "Zone/north"}}, True),
        ({"zone": {"ref": "prod/Zone/north", "field": "id"}}, True),
        ({"zone": {"ref": "Service/north"}}, False),
        ({"zone": {"ref": "a/b/Zone/north"}}, False),
        ({"zone": {"ref": "no good"}}, False),
        ({"zone": {"ref": "north", "to": 1}}, False),
        ({"zone": {"env": "ZONE"}}, False),
        ({"upstream": {"ref": "north"}}, False),  # which kind?
        ({"upstream": {"ref": "Zone/north"}}, True),
        ({"upstream": {"ref": "prod/Service/x"}}, True),
        ({"backend": {"ref": "Zone/north"}}, True),
        ({"backend": "x", "upstream": "y"}, False),
        ({"token": {"env": "TOKEN"}}, True),
        ({"token": {"file": "token.txt"}}, True),
        ({"token": None}, True),
        ({"token": "s3cret"}, False),
        ({"token": {"ref": "x"}}, False),
        ({"extra": {"env": "EXTRA"}}, True),
        ({"extra": {"a": "b"}}, False),
        ({"hint": "fine"}, True),
        ({"hint": {"env": "HINT"}}, False),
        ({"old": "x"}, True),
        ({"revision": 1}, False),
        ({"prot": 1}, False),
        ({"port": 65536}, False),
        ({"rules": [{"name": "a", "allow": True}, {"name": "b", "deny": "x"}]}, True),
        ({"rules": [{"name": "a", "allow": True, "deny": "x"}]}, False),
        ({"tree": {"children": [{"children": [{"leaf": "x"}]}]}}, True),
        ({"tree": {"children": [{"children": [{"lief": "x"}]}]}}, False),
    ],
)
def test_specs(service: Kind, change: dict[str, Any], valid: bool) -> None:
    document = _manifest({**SPEC, **change})
    assert schema.compiled(service)(document) is valid
    assert (schema.explain_errors(service, document) == []) is valid


@pytest.mark.parametrize(
    ("over", "valid"),
    [
        ({"apiVersion": "acme/v2"}, False),
        ({"kind": "Zone"}, False),
        ({"metadata": {}}, False),
        ({"metadata": {"name": "-x"}}, False),
        ({"metadata": {"name": "x" * 101}}, False),
        ({"metadata": {"name": "x\n"}}, False),
        (
            {
                "metadata": {
                    "name": "a.b_c-d",
                    "target": "prod",
                    "labels": {"team": "x"},
                    "dependsOn": ["Zone/a", "prod/Zone/b"],
                    "previousNames": ["old"],
                }
            },
            True,
        ),
        ({"metadata": {"name": "a", "labels": {"team": 1}}}, False),
        ({"metadata": {"name": "a", "dependsOn": ["a"]}}, False),
        (
            {
                "metadata": {
                    "name": "a",
                    "lifecycle": {
                        "protect": True,
                        "onRemove": "orphan",
                        "ignore": [{"path": "port", "reason": "r", "until": "2027-01-31"}],
                    },
                }
            },
            True,
        ),
        ({"metadata": {"name": "a", "lifecycle": {"ignore": [{"path": "port", "until": "2027-13-01"}]}}}, False),
        ({"metadata": {"name": "a", "lifecycle": {"ignore": [{"reason": "r"}]}}}, False),
        ({"metadata": {"name": "a", "colour": "red"}}, False),
        ({"labels": {}}, False),
        ({"spec": None}, False),
    ],
)
def test_envelopes(service: Kind, over: dict[str, Any], valid: bool) -> None:
    assert schema.compiled(service)(_manifest(SPEC, **over)) is valid


def test_metadata_name_stands_in_for_the_identity(service: Kind) -> None:
    assert schema.compiled(service)(_manifest({"zone": "north", "port": 80}))
    assert not schema.compiled(service)(_manifest({"key": "api", "port": 80}))


@pytest.mark.parametrize(
    "document", [None, [], "x", {1: 2}, {"spec": float("nan")}, {"spec": "\ud800"}, {"\ud800": 1}, {"spec": object()}]
)
def test_what_is_no_json_object_is_refused_without_an_exception(service: Kind, document: Any) -> None:
    assert schema.compiled(service)(document) is False
    assert schema.explain_errors(service, document)


def test_it_is_made_once(service: Kind) -> None:
    assert schema.document_schema(service) is schema.document_schema(service)
    assert schema.compiled(service) is schema.compiled(service)


def test_read_only_fields_are_gone(service: Kind) -> None:
    spec = schema.document_schema(service)["properties"]["spec"]
    assert "revision" not in spec["properties"]
    assert spec["required"] == ["zone", "port"]


def test_it_helps_editors(service: Kind) -> None:
    document = schema.document_schema(service)
    spec = document["properties"]["spec"]
    assert document["properties"]["apiVersion"]["const"] == "acme/v1"
    assert document["properties"]["kind"]["const"] == "Service"
    assert spec["additionalProperties"] is False  # known to more editors than unevaluatedProperties
    assert spec["properties"]["zone"]["description"] == "Where."
    assert spec["properties"]["mode"]["default"] == "safe"
    assert spec["properties"]["backend"]["description"] == "Another spelling of `upstream`."


def test_a_union_at_the_root_stays_closed_as_it_was(service_schema: dict[str, Any], write_kind: Any) -> None:
    service_schema["anyOf"] = [{"properties": {"colour": {"type": "string"}}}]
    write_kind("Zone", {})
    kind = schema.load_kinds(write_kind("Service", service_schema)).get("acme", "Service")
    assert schema.compiled(kind)(_manifest({**SPEC, "colour": "red"}))
    assert not schema.compiled(kind)(_manifest({**SPEC, "color": "red"}))


def test_required_read_only_keys_are_not_asked_for(service_schema: dict[str, Any], write_kind: Any) -> None:
    service_schema["$defs"]["tree"]["required"] = ["leaf"]
    service_schema["$defs"]["tree"]["properties"]["leaf"]["readOnly"] = True
    write_kind("Zone", {})
    kind = schema.load_kinds(write_kind("Service", service_schema)).get("acme", "Service")
    assert schema.compiled(kind)(_manifest({**SPEC, "tree": {}}))


def test_what_is_false_cannot_be_set(service_schema: dict[str, Any], write_kind: Any) -> None:
    service_schema["properties"]["limits"]["properties"]["gone"] = False
    write_kind("Zone", {})
    kind = schema.load_kinds(write_kind("Service", service_schema)).get("acme", "Service")
    document = _manifest({**SPEC, "limits": {"gone": 1}})
    assert not schema.compiled(kind)(document)
    assert [(path, summary) for path, summary, _ in schema.explain_errors(kind, document)] == [
        (("spec", "limits", "gone"), "`gone` is not accepted here")
    ]


def test_export(tmp_path: Path) -> None:
    written = schema.export(tmp_path / "schemas")
    assert tmp_path / "schemas" / "openwebui" / "Model.json" in written
    assert written == sorted(written)
    for path in written:
        exported = json.loads(path.read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(exported)
        assert exported["properties"]["kind"] == {
            "const": path.stem,
            "description": exported["properties"]["kind"]["description"],
        }
    assert schema.export(tmp_path / "again", schema.load_kinds()) == [
        tmp_path / "again" / p.relative_to(tmp_path / "schemas") for p in written
    ]
