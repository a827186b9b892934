"""Checks kind schemas against the vocabulary in `schemas/meta.json`, and for what JSON Schema cannot say.

Takes schemas and files, gives the problems as texts; [] means that a schema may be compiled. Changes nothing.
"""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache

from reconciler.errors import SchemaError
from reconciler.model import Field, Json, Kind, ListType, Path
from reconciler.paths import format_path
from reconciler.schema import files
from reconciler.schema.compile import compile_kind
from reconciler.schema.nodes import walk
from reconciler.schema.problems import Outline, explain
from reconciler.schema.spelling import did_you_mean


def check_schema(schema: Json, kinds: Collection[str] | None = None) -> list[str]:
    """Say what is wrong with a kind schema.

    `kinds` are the names of its system's kinds; without them references between kinds are not checked.
    """
    if not _is_valid()(schema):
        found = explain(files.meta(), schema, Outline(_description, known=Field()))
        return [_line(format_path(path), summary, hint) for path, summary, hint in found]
    return list(_kind_names(schema, kinds)) if kinds is not None else []


def check_kind(kind: Kind) -> list[str]:
    """Say what is wrong with a kind once it is compiled: identity, keys of lists, aliases, required names."""
    return [*_identity(kind), *_required(kind), *_fields(kind.root, ""), *_shared(kind)]


def check_files(paths: Iterable[pathlib.Path]) -> list[tuple[pathlib.Path, str]]:
    """Check schema files, folders of them, and folders of systems; give (file, problem)."""
    found: list[tuple[pathlib.Path, str]] = []
    for path in paths:
        inside = sorted(path.glob("*/[A-Z]*.json")) or sorted(path.glob("[A-Z]*.json"))
        if path.is_dir() and not inside:
            found.append((path, "holds no schema"))
        found += [(file, problem) for file in (inside if path.is_dir() else [path]) for problem in check_file(file)]
    return found


def check_file(path: pathlib.Path) -> list[str]:
    """Check one schema file; kinds that it refers to stand beside it or are packaged."""
    try:
        raw = files.read(path)
        beside = {file.stem: None for file in sorted(path.parent.glob("[A-Z]*.json"))}
        packaged = {name: None for system, name in files.find(files.folder()) if system == _system(raw)}
        problems = check_schema(raw, (beside | packaged).keys())
        if problems:
            return problems
        kind = compile_kind(files.bundle(raw, path))
        return check_kind(kind) or list(_unusable(kind))
    except SchemaError as error:
        return [error.message.removeprefix(f"{path}: ").removeprefix(f"{path}:")]


def _unusable(kind: Kind) -> Iterator[str]:
    """Say what keeps a schema from checking manifests, such as a pattern that is none."""
    from reconciler.schema.document import compiled  # which stands on this module

    try:
        compiled(kind)
    except ValueError as error:
        yield f"no manifest can be checked with it: {str(error).splitlines()[0]}"


@lru_cache(maxsize=1)
def _is_valid() -> Callable[[Json], bool]:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(files.meta()).is_valid


def _description(path: Path) -> str:
    """Describe the word at a place of a schema."""
    definitions = files.meta()["$defs"]
    words = {**definitions["resource"]["properties"], **definitions["node"]["properties"]}
    node = words.get(path[-1]) if path else None
    return str(node.get("description", "")) if node is not None else ""


def _line(where: str, summary: str, hint: str) -> str:
    text = f"{where}: {summary}" if where else summary
    return f"{text} ({hint})" if hint else text


def _system(schema: Mapping[str, Json]) -> str:
    resource = schema.get("x-resource")
    return str(resource.get("system", "")) if isinstance(resource, dict) else ""


def _kind_names(schema: Mapping[str, Json], kinds: Collection[str]) -> Iterator[str]:
    """Find references to kinds that do not exist."""
    named = [("x-resource.parent", schema["x-resource"].get("parent"))]
    for at, node in walk(schema):
        for word in ("x-ref", "x-text-ref"):
            names = node.get(word, {}).get("kind", ())
            where = format_path((*at, word, "kind"))
            named += [(where, name) for name in ([names] if isinstance(names, str) else names)]
    for where, name in named:
        if name is not None and name not in kinds:
            yield _line(where, f"there is no kind `{name}`", did_you_mean(name, kinds))


def _identity(kind: Kind) -> Iterator[str]:
    if not kind.singleton and not kind.identity:
        yield "no property is marked `x-identity`, and the kind is no singleton"
    for name in kind.identity:
        if kind.root.properties[name].types != ("string",):
            yield f"properties.{name}: an identity is text, and never null"


def _required(kind: Kind) -> Iterator[str]:
    for at, node in walk(kind.schema):
        if "properties" not in node:
            continue  # a branch that demands keys of the node around it
        for index, name in enumerate(node.get("required", ())):
            if name not in node["properties"]:
                where = format_path((*at, "required", index))
                yield _line(where, f"there is no property `{name}`", did_you_mean(name, node["properties"]))


def _shared(kind: Kind) -> Iterator[str]:
    """Only what stands in the spec itself can be shared, and a field beside it says how."""
    top = kind.root.properties
    for at, node in walk(kind.schema):
        if "x-shared" not in node:
            continue
        field = top.get(str(at[-1])) if at[:1] == ("properties",) and len(at) == 2 else None
        if field is None or field.list is not ListType.SET:
            yield f"{format_path(at)}: `x-shared` is for a set (`x-list: set`) that stands in the spec itself"
        elif node["x-shared"] not in top:
            hint = did_you_mean(node["x-shared"], top)
            yield _line(format_path((*at, "x-shared")), f"there is no property `{node['x-shared']}`", hint)


def _fields(field: Field, where: str) -> Iterator[str]:
    items = field.items
    if field.key is not None and items is not None and field.key not in items.properties:
        yield _line(where, f"the items have no property `{field.key}`", did_you_mean(field.key, items.properties))
    for name, child in field.properties.items():
        at = f"{where}.{name}" if where else name
        if child.renamable and not child.identity:
            yield f"{at}: only a field of the identity is `x-renamable`"
        for alias in child.aliases:
            if alias in field.properties:
                yield f"{at}: the alias `{alias}` is a property of its own"
        yield from _fields(child, at)
    for below, suffix in ((items, "[]"), (field.extra, ".*")):
        if below is not None:
            yield from _fields(below, where + suffix)
