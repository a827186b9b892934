"""The settings that a system's targets have of their own are read off a file beside its kinds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler import schema
from reconciler.errors import SchemaError
from reconciler.schema import TargetSetting
from reconciler.schema.targets import target_settings


def _written(root: Path, **content: Any) -> Path:
    (root / "acme").mkdir()
    (root / "acme" / "target.json").write_text(json.dumps(content))
    return root


def test_settings_are_read(tmp_path: Path) -> None:
    project = {"type": "string", "description": "A project.", "pattern": "^[a-z]+$", "examples": ["default", "other"]}
    root = _written(tmp_path, properties={"project": project, "region": {"type": "string"}}, required=["project"])
    assert target_settings("acme", root) == {
        "project": TargetSetting("project", "A project.", True, "^[a-z]+$", "default"),
        "region": TargetSetting("region", ""),
    }


def test_a_system_without_any(tmp_path: Path) -> None:
    assert target_settings("acme", tmp_path) == {}
    assert target_settings("nobody") == {}


@pytest.mark.parametrize("node", [{"type": "integer"}, {"type": "string", "x-ref": {}}, "text"])
def test_a_setting_is_a_text(tmp_path: Path, node: Any) -> None:
    with pytest.raises(SchemaError, match=r"target\.json: properties\.project: a setting is a string"):
        target_settings("acme", _written(tmp_path, properties={"project": node}))


def test_it_is_no_kind(tmp_path: Path) -> None:
    _written(tmp_path)
    with pytest.raises(SchemaError, match="no schema there"):
        schema.load_kinds(tmp_path)
