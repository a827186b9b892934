"""A project on disk, and a small system with every word that manifests care about."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from reconciler import manifests, schema
from reconciler.errors import DiagnosticsError
from reconciler.manifests import Loaded
from reconciler.model import Desired, Diagnostic, Resource, Target

TEXT = {"type": "string", "description": "Some text."}
MENTION = {"kind": "Group", "field": "id", "written": "{{group.KEY}}", "sent": "{{group.KEY#VALUE}}"}
SCHEMAS: Mapping[str, Mapping[str, Any]] = {
    "Group": {"name": {**TEXT, "x-identity": True}, "id": {**TEXT, "readOnly": True}},
    "Team": {"name": {**TEXT, "x-identity": True}},
    "One": {"first": {"type": ["string", "null"], "description": "x", "x-ref": {"kind": "Thing"}}},
    "Child": {
        "thing": {**TEXT, "x-identity": True, "x-ref": {"kind": "Thing", "field": "id"}},
        "key": {**TEXT, "x-identity": True},
    },
    "Thing": {
        "id": {**TEXT, "x-identity": True, "maxLength": 40},
        "base": {"type": ["string", "null"], "description": "x", "x-ref": {"kind": "Thing"}},
        "owner": {**TEXT, "x-ref": {"kind": ["Group", "Team"]}},
        "token": {**TEXT, "writeOnly": True},
        "headers": {
            "type": "object",
            "description": "x",
            "properties": {"plain": TEXT},
            "additionalProperties": {**TEXT, "x-sensitive": True},
        },
        "prompt": {**TEXT, "x-long-text": True, "maxLength": 30},
        "old": {**TEXT, "deprecated": True},
        "style": {**TEXT, "x-known-values": ["large", "small"]},
        "messages": {
            "type": "array",
            "items": {"type": "object", "properties": {"role": TEXT, "content": {**TEXT, "x-text-ref": MENTION}}},
        },
        "notes": {"type": "object", "additionalProperties": {**TEXT, "x-text-ref": MENTION}},
        "size": {"type": "integer", "description": "x"},
        "options": {"type": "object", "description": "x", "properties": {"temperature": {"type": "number"}}},
        "tags": {
            "type": "array",
            "x-list": "map",
            "x-list-key": "name",
            "items": {"type": "object", "properties": {"name": TEXT}},
        },
        "rows": {
            "type": "array",
            "x-list": "map",
            "x-list-key": "at",
            "items": {"type": "object", "additionalProperties": False, "properties": {"at": {"type": "integer"}}},
        },
        "grants": {
            "type": "array",
            "x-list": "set",
            "items": {
                "type": "object",
                "unevaluatedProperties": False,
                "required": ["who"],
                "properties": {
                    "who": {**TEXT, "x-aliases": ["whom"], "x-ref": {"kind": "Group", "field": "id"}},
                    "level": {"type": "integer", "x-aliases": ["rank"]},
                },
            },
        },
        "by_name": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "properties": {"who": {**TEXT, "x-aliases": ["whom"]}},
                "additionalProperties": False,
            },
        },
    },
}
RESOURCE = {"Child": {"parent": "Thing"}, "One": {"singleton": True}}
TARGETS = {"main": Target("main", "demo", "https://main.example.com")}


@dataclass
class Project:
    """A folder with manifests; `add` writes files, the rest reads them as the product does."""

    root: Path
    kinds: schema.Kinds
    targets: dict[str, Target] = field(default_factory=lambda: dict(TARGETS))
    overlays: tuple[str, ...] = ()

    def add(self, name: str, text: str | bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def load(self, **options: Any) -> Loaded:
        return manifests.load(self.root, ("manifests",), self.overlays, **options)

    def check(self, **options: Any) -> tuple[tuple[Resource, ...], tuple[Diagnostic, ...]]:
        return manifests.check(self.load(**options), self.kinds, self.targets)

    def link(self, **options: Any) -> Desired:
        loaded = self.load(**options)
        return manifests.link(loaded, *manifests.check(loaded, self.kinds, self.targets))

    def refused(self, **options: Any) -> list[str]:
        """Give what is wrong, one line each: position, summary, detail, hint."""
        with pytest.raises(DiagnosticsError) as caught:
            self.link(**options)
        return [lined(diagnostic) for diagnostic in caught.value.diagnostics]

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"]
        command = ["git", *identity, *arguments]
        return subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=True).stdout.strip()

    def commit(self, message: str = "change") -> str:
        if not (self.root / ".git").exists():
            self.git("init", "-q")
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")


def lined(diagnostic: Diagnostic) -> str:
    detail = f" [{diagnostic.detail}]" if diagnostic.detail else ""
    hint = f" -> {diagnostic.hint}" if diagnostic.hint else ""
    return f"{diagnostic.source}: {diagnostic.summary}{detail}{hint}"


def thing(name: str, spec: str = "{}", metadata: str = "", kind: str = "Thing") -> str:
    """Give a manifest of five lines; the spec begins on the fifth, or stands on the fourth."""
    shown = f"\n{spec}" if spec.startswith(" ") else f" {spec}"
    return f"apiVersion: demo/v1\nkind: {kind}\nmetadata: {{name: {name}{metadata}}}\nspec:{shown}\n"
