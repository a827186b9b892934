"""Schemas of an invented system, for rules that no packaged kind needs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler import schema
from reconciler.model import Kind

DRAFT = "https://json-schema.org/draft/2020-12/schema"

SERVICE: dict[str, Any] = {
    "$schema": DRAFT,
    "title": "Service",
    "description": "A service of the invented system.",
    "x-resource": {"system": "acme", "name": "Service", "parent": "Zone", "replace": "create-first", "mark": "owner"},
    "type": "object",
    "unevaluatedProperties": False,
    "required": ["zone", "key", "port", "revision"],
    "properties": {
        "zone": {
            "type": "string",
            "x-identity": True,
            "x-ref": {"kind": "Zone", "field": "key"},
            "description": "Where.",
        },
        "key": {"type": "string", "pattern": "^[a-z]+$", "x-identity": True, "description": "Which. Small letters."},
        "mode": {"enum": ["fast", "safe"], "x-immutable": True, "default": "safe", "description": "How."},
        "port": {"type": "integer", "minimum": 1, "exclusiveMaximum": 65536, "description": "The port."},
        "revision": {"type": "integer", "readOnly": True, "description": "Counted by the server. From 1."},
        "token": {"type": ["string", "null"], "writeOnly": True, "description": "The access token."},
        "extra": {"type": "object", "x-sensitive": True, "description": "Secret settings that are returned."},
        "hint": {"type": "string", "writeOnly": True, "x-sensitive": False, "description": "No secret."},
        "old": {"type": "string", "deprecated": True, "description": "Use `mode`."},
        "upstream": {
            "description": "Where requests go.",
            "x-aliases": ["backend"],
            "x-ref": {"kind": ["Service", "Zone"]},
            "type": "string",
        },
        "limits": {
            "type": "object",
            "x-map": "atomic",
            "default": {},
            "minProperties": 1,
            "maxProperties": 3,
            "properties": {"burst": {"type": "integer", "default": None, "description": "Most at once."}},
            "additionalProperties": {"type": "number"},
            "dependentRequired": {"burst": ["rate"]},
            "description": "Limits.",
        },
        "rules": {
            "type": "array",
            "x-list": "map",
            "x-list-key": "name",
            "maxItems": 2,
            "description": "Rules.",
            "items": {
                "oneOf": [
                    {
                        "type": "object",
                        "required": ["name", "allow"],
                        "properties": {"name": {"type": "string"}, "allow": {"type": "boolean"}},
                        "additionalProperties": False,
                    },
                    {
                        "type": "object",
                        "required": ["name", "deny"],
                        "properties": {"name": {"type": "string"}, "deny": {"type": "string"}},
                        "additionalProperties": False,
                    },
                ]
            },
        },
        "tree": {"$ref": "#/$defs/tree", "description": "Nested."},
    },
    "$defs": {
        "tree": {
            "type": "object",
            "description": "A tree.",
            "additionalProperties": False,
            "properties": {
                "leaf": {"type": "string"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/tree"}},
            },
        }
    },
}
ZONE: dict[str, Any] = {
    "title": "Zone",
    "x-resource": {"system": "acme", "name": "Zone"},
    "type": "object",
    "unevaluatedProperties": False,
    "properties": {"key": {"type": "string", "x-identity": True, "description": "Which."}},
}

Write = Callable[..., Path]


@pytest.fixture
def write_kind(tmp_path: Path) -> Write:
    """Write a schema file below a folder of schemas and give that folder."""

    def write(name: str, content: dict[str, Any], system: str = "acme") -> Path:
        path = tmp_path / "schemas" / system / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
        return tmp_path / "schemas"

    return write


@pytest.fixture
def service(write_kind: Write) -> Kind:
    write_kind("Zone", ZONE)
    return schema.load_kinds(write_kind("Service", SERVICE)).get("acme", "Service")


@pytest.fixture
def service_schema() -> dict[str, Any]:
    """A copy to break."""
    copy: dict[str, Any] = json.loads(json.dumps(SERVICE))
    return copy
