"""A system that Reconciler has never heard of: a folder outside the package, an entry point, and its life."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EMPTY = "Plan: 0 to create, 0 to update, 0 to replace, 0 to delete."

CODE = '''\
"""A shelf of notes, each a file: what a provider must do, and no more."""

import json
from pathlib import Path

from reconciler.errors import Conflict, NotFound
from reconciler.model import Account, Live, Objection, Review

SCHEMAS = Path(__file__).parent / "schemas"


def connect(target, root, note):
    return Shelf(target, root / target.options["folder"])


def judge(resources):
    for resource in resources:
        if "secret" in resource.spec["text"]:
            yield Objection(resource, ("text",), "a note is no place for secrets", "keep it elsewhere")


class Shelf:
    concurrency = 1

    def __init__(self, target, folder):
        self.target = target
        self.folder = folder

    async def identify(self):
        return Account(str(self.folder))

    async def fetch(self, kind, parent, wanted):
        for path in sorted(self.folder.glob("*.json")):
            yield Live(kind, path.stem, (path.stem,), json.loads(path.read_text()))

    async def create(self, kind, body, parent):
        path = self.folder / f"{body['title']}.json"
        if path.exists():
            raise Conflict(f"{path.stem} exists")
        path.write_text(json.dumps(body))
        return Live(kind, path.stem, (path.stem,), body)

    async def update(self, live, body, changes):
        (self.folder / f"{live.id}.json").write_text(json.dumps(body))
        return Live(live.kind, live.id, live.identity, body)

    async def delete(self, live):
        try:
            (self.folder / f"{live.id}.json").unlink()
        except FileNotFoundError:
            raise NotFound(f"{live.id} is gone") from None

    async def resolve_names(self, kind, spec):
        return spec

    async def review(self, desired, observed, moves):
        return Review()

    async def close(self):
        pass
'''
SCHEMA = {
    "title": "Note",
    "description": "A note on the shelf.",
    "x-resource": {"system": "shelf", "name": "Note"},
    "type": "object",
    "unevaluatedProperties": False,
    "required": ["title", "text"],
    "properties": {
        "title": {"type": "string", "x-identity": True, "description": "What it is called."},
        "text": {"type": "string", "description": "What it says."},
    },
}
FILES = {
    "package/shelf_system/__init__.py": CODE,
    "package/shelf_system/schemas/shelf/Note.json": json.dumps(SCHEMA),
    "package/shelf_system/schemas/shelf/target.json": json.dumps(
        {"required": ["folder"], "properties": {"folder": {"type": "string", "description": "Where the shelf is."}}}
    ),
    "package/shelf_system-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: shelf-system\nVersion: 1.0\n",
    "package/shelf_system-1.0.dist-info/entry_points.txt": "[reconciler.systems]\nshelf = shelf_system\n",
    "project/reconciler.yaml": (
        "apiVersion: reconciler/v1\n"
        "targets: {office: {system: shelf, url: 'https://shelf.example.com', folder: shelf}}\n"
    ),
}


class Project:
    """A folder beside an installed package."""

    def __init__(self, folder: Path) -> None:
        for name, text in FILES.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        self.here = folder / "project"
        (self.here / "manifests").mkdir()
        self.shelf = self.here / "shelf"
        self.shelf.mkdir()
        self._environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder / "package"), str(ROOT)])}

    def write(self, name: str, text: str) -> None:
        document = {"apiVersion": "shelf/v1", "kind": "Note", "metadata": {"name": name}, "spec": {"text": text}}
        (self.here / "manifests" / f"{name}.yaml").write_text(json.dumps(document))

    def run(self, *arguments: str, expect: int = 0) -> str:
        command = [sys.executable, "-m", "reconciler", *arguments]
        done = subprocess.run(
            command, cwd=self.here, env=self._environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_it_is_listed_explained_and_checked_as_any_other(project: Project) -> None:
    assert "shelf/Note" in project.run("schema", "list")
    assert "What it says." in project.run("explain", "shelf/Note.text")
    assert '"title"' in project.run("schema", "show", "shelf/Note")


def test_its_objects_live_as_any_others(project: Project) -> None:
    project.write("milk", "Buy some")
    project.write("bread", "Buy some too")
    assert "2 to create" in project.run("plan", "--detailed-exitcode", expect=2)
    project.run("apply", "--yes")
    assert json.loads((project.shelf / "milk.json").read_text()) == {"title": "milk", "text": "Buy some"}
    assert project.run("plan", "--detailed-exitcode").splitlines()[-1] == EMPTY
    (project.shelf / "milk.json").write_text('{"title": "milk", "text": "Drink it"}')
    assert "Drink it" in project.run("drift", expect=2)
    (project.here / "manifests" / "bread.yaml").unlink()
    project.run("apply", "--yes")
    assert [path.name for path in project.shelf.iterdir()] == ["milk.json"]
    assert project.run("plan", "--detailed-exitcode").splitlines()[-1] == EMPTY


def test_its_own_rules_and_settings_count(project: Project) -> None:
    project.write("milk", "a secret")
    said = project.run("validate", expect=3)
    assert "manifests/milk.yaml:1:" in said
    assert "a note is no place for secrets" in said
    settings = project.here / "reconciler.yaml"
    settings.write_text(settings.read_text().replace(", folder: shelf", ""))
    assert "`folder` is missing, which every target of shelf needs" in project.run("validate", expect=3)
