"""Finds and reads schema files.

Takes paths, gives schemas whose references are all local: definitions that live in a sibling file are copied in.
Never judges what a schema says.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from reconciler.errors import SchemaError
from reconciler.model import Json
from reconciler.schema.nodes import Node


def folder() -> Path:
    """Give the folder of the schemas: in an installed package inside of it, in a checkout beside it."""
    packaged = Path(__file__).resolve().parents[1] / "schemas"
    return packaged if packaged.is_dir() else packaged.parents[1] / "schemas"


def find(root: Path) -> dict[tuple[str, str], Path]:
    """Give (system, kind name) → file for every `<root>/<system>/<Kind>.json`, sorted."""
    return {(path.parent.name, path.stem): path for path in sorted(root.glob("*/[A-Z]*.json"))}


def read(path: Path) -> Node:
    """Give the JSON object in a file; raise `SchemaError` with the position where it is none."""
    try:
        data = path.read_bytes()
        schema = orjson.loads(data.decode("utf-8"))
    except OSError as error:
        raise SchemaError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise SchemaError(f"{path}:{line}:{column}: bytes that are not UTF-8") from error
    except orjson.JSONDecodeError as error:
        raise SchemaError(f"{path}:{error.lineno}:{error.colno}: not JSON: {error.msg}") from error
    if not isinstance(schema, dict):
        raise SchemaError(f"{path}: a schema file holds a JSON object")
    return schema


@lru_cache(maxsize=1)
def meta() -> Node:
    """Give the vocabulary, `schemas/meta.json`."""
    return read(folder() / "meta.json")


@lru_cache(maxsize=1)
def envelope() -> Node:
    """Give what every manifest has around its spec, `schemas/envelope.json`."""
    return read(folder() / "envelope.json")


def bundle(schema: Node, path: Path) -> Node:
    """Copy in every definition that the schema refers to in a sibling file, so that it stands alone."""
    found: dict[str, tuple[str, Json]] = {}
    local = _Bundler(path, schema, found).localise(schema, path.name)
    return {**local, "$defs": {**local.get("$defs", {}), **{name: copy for name, (_, copy) in found.items()}}}


class _Bundler:
    """Copies definitions; `found` maps their names to the file they came from and the copy."""

    def __init__(self, path: Path, schema: Node, found: dict[str, tuple[str, Json]]) -> None:
        self._folder = path.parent
        self._home = path.name
        self._files: dict[str, Mapping[str, Any]] = {path.name: schema}
        self._found = found

    def localise(self, value: Json, home: str) -> Any:
        """Give a copy of a part of `home` in which every `$ref` is local."""
        if isinstance(value, list):
            return [self.localise(item, home) for item in value]
        if not isinstance(value, dict):
            return value
        copy = {key: self.localise(item, home) for key, item in value.items()}
        if isinstance(value.get("$ref"), str):
            copy["$ref"] = self._adopt(value["$ref"], home)
        return copy

    def _adopt(self, ref: str, home: str) -> str:
        file, _, place = ref.partition("#")
        file, name = file or home, place.removeprefix("/$defs/")
        if file == self._home:
            return f"#{place}"
        known = self._found.get(name, (file, None))[0]
        if known != file or name in self._files[self._home].get("$defs", {}):
            raise SchemaError(f"{file} and another file both define {name!r}; rename one")
        if name not in self._found:
            definitions = self._file(file).get("$defs", {})
            if name not in definitions:
                raise SchemaError(f"{file} has no definition {name!r}")
            self._found[name] = (file, None)  # before its own references, which may come back to it
            self._found[name] = (file, self.localise(definitions[name], file))
        return f"#/$defs/{name}"

    def _file(self, name: str) -> Mapping[str, Any]:
        if name not in self._files:
            self._files[name] = read(self._folder / name)
        return self._files[name]
