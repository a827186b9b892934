"""Reads which settings the targets of a system have beyond those that all have: `schemas/<system>/target.json`.

Takes a system's name, gives its own settings; all of them are texts. Never reads `reconciler.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler import extensions
from reconciler.errors import SchemaError
from reconciler.model import Json
from reconciler.schema import files

FILE_NAME = "target.json"
_WORDS = {"type", "description", "pattern", "examples"}


@dataclass(frozen=True, slots=True)
class TargetSetting:
    """One setting of a system's own."""

    name: str
    description: str
    required: bool = False
    pattern: str = ""
    """What the text matches, "" where anything goes."""
    example: str = ""

    def fits(self, value: Json) -> bool:
        """Say whether a value can stand there."""
        return isinstance(value, str) and bool(value) and re.search(self.pattern, value) is not None


def target_settings(system: str, folder: Path | None = None) -> Mapping[str, TargetSetting]:
    """Give a system's own settings by name; raise `SchemaError` where its file says something else."""
    root = folder or files.folder()
    if not (root / system).is_dir() and (brought := extensions.find(system)) is not None:
        root = brought.SCHEMAS
    path = root / system / FILE_NAME
    if not path.is_file():
        return {}
    schema = files.read(path)
    required = schema.get("required", [])
    return {name: _setting(path, name, node, name in required) for name, node in schema.get("properties", {}).items()}


def _setting(path: Path, name: str, node: Json, required: bool) -> TargetSetting:
    if not isinstance(node, dict) or node.get("type") != "string" or not node.keys() <= _WORDS:
        raise SchemaError(f"{path}: properties.{name}: a setting is a string, with {', '.join(sorted(_WORDS))}")
    example = next(iter(node.get("examples", ())), "")
    return TargetSetting(name, node.get("description", ""), required, node.get("pattern", ""), example)
