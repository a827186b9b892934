"""Fixtures: a project on disk whose only system is the demo one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler import schema

from .demo_project import RESOURCE, SCHEMAS, Project


@pytest.fixture(scope="session")
def demo_kinds(tmp_path_factory: pytest.TempPathFactory) -> schema.Kinds:
    folder = tmp_path_factory.mktemp("schemas") / "demo"
    folder.mkdir()
    for name, properties in SCHEMAS.items():
        content = {
            "title": name,
            "x-resource": {"system": "demo", "name": name, **RESOURCE.get(name, {})},
            "type": "object",
            "unevaluatedProperties": False,
            "properties": properties,
        }
        (folder / f"{name}.json").write_text(json.dumps(content))
    return schema.load_kinds(folder.parent)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, demo_kinds: schema.Kinds) -> Project:
    root = tmp_path / "project"
    (root / "manifests").mkdir(parents=True)
    monkeypatch.chdir(root)
    return Project(root, demo_kinds)
