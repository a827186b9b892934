"""Moves through raw JSON Schema: follows references, lists alternatives, rebuilds subschemas.

Takes the nodes of a schema and its root, gives nodes; knows the words that hold subschemas and nothing of what
`x-` words mean. Pure: no I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from reconciler.errors import SchemaError
from reconciler.model import Json

Node: TypeAlias = dict[str, Any]
"""A schema; the boolean ones are written out by `as_node`."""

DRAFT = "https://json-schema.org/draft/2020-12/schema"

ONE = ("items", "additionalProperties", "unevaluatedProperties", "propertyNames", "not", "if", "then", "else")
SEVERAL = ("allOf", "anyOf", "oneOf")
NAMED = ("properties", "$defs")
"""Words whose value is one subschema, a list of them, or a mapping from names to them."""

_DEEPEST_UNION = 20


def as_node(schema: Json) -> Node:
    """Write a boolean schema out; give others as they are."""
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    return dict(schema)


def is_false(schema: Json) -> bool:
    """Say whether nothing at all fits the schema."""
    return schema is False


def definition(root: Mapping[str, Json], ref: str) -> Node:
    """Give the definition that a local `$ref` names; raise `SchemaError` where there is none."""
    name = ref.removeprefix("#/$defs/")
    found = root.get("$defs", {}).get(name)
    if found is None or name == ref:
        raise SchemaError(f"$ref {ref!r} names no definition of the schema")
    return as_node(found)


def follow(schema: Json, root: Mapping[str, Json], followed: list[str] | None = None) -> Node:
    """Give a node with its `$ref` resolved, as one node; words beside the `$ref` win.

    `followed` collects the references on the way. Raises `SchemaError` where they go round in a circle.
    """
    node = as_node(schema)
    seen: list[str] = []
    while "$ref" in node:
        ref = node.pop("$ref")
        if ref in seen:
            raise SchemaError(f"$ref {ref!r} refers to itself")
        seen.append(ref)
        node = {**definition(root, ref), **node}
    if followed is not None:
        followed += seen
    return node


def variants(schema: Json, root: Mapping[str, Json], followed: list[str] | None = None) -> list[Node]:
    """Give a node, resolved, and after it every branch of its `allOf`, `anyOf` and `oneOf`, depth first.

    What stands under `if` only constrains, so it is no variant. `followed` collects the references on the way.
    """
    return list(_variants(schema, root, [] if followed is None else followed, 0))


def _variants(schema: Json, root: Mapping[str, Json], followed: list[str], depth: int) -> Iterator[Node]:
    if depth > _DEEPEST_UNION:
        raise SchemaError(f"a union is nested more than {_DEEPEST_UNION} levels deep, or refers to itself")
    node = follow(schema, root, followed)
    yield node
    for word in SEVERAL:
        for branch in node.get(word, ()):
            yield from _variants(branch, root, followed, depth + 1)


def types_of(node: Mapping[str, Json]) -> list[str]:
    """Give the JSON types that a node alone says it accepts; [] where it does not say."""
    if "type" in node:
        return [node["type"]] if isinstance(node["type"], str) else list(node["type"])
    values = [node["const"]] if "const" in node else node.get("enum", ())
    return list(dict.fromkeys(type_of(value) for value in values))


def type_of(value: Json) -> str:
    """Give the JSON type of a value; whole numbers are `integer`."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    if isinstance(value, (int, float)):
        return "integer" if isinstance(value, int) or value.is_integer() else "number"
    return next((name for kind, name in _CONTAINERS if isinstance(value, kind)), "")


_CONTAINERS = ((str, "string"), (list, "array"), (dict, "object"))


def rebuild(node: Node, change: Callable[[Json], Json]) -> Node:
    """Give a copy of a node with `change` applied to each of its direct subschemas."""
    made = dict(node)
    for word, value in node.items():
        if word in ONE:
            made[word] = change(value)
        elif word in SEVERAL:
            made[word] = [change(item) for item in value]
        elif word in NAMED:
            made[word] = {name: change(item) for name, item in value.items()}
    return made


def walk(schema: Json, at: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Node]]:
    """Yield every node below and including `schema` with its place, without following references."""
    node = as_node(schema)
    yield at, node
    for word, value in node.items():
        if word in ONE:
            yield from walk(value, (*at, word))
        elif word in SEVERAL:
            for index, item in enumerate(value):
                yield from walk(item, (*at, word, index))
        elif word in NAMED:
            for name, item in value.items():
                yield from walk(item, (*at, word, name))
