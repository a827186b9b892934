"""Compiles a kind schema into the tree of `Field`s that the stages read.

Takes a schema whose references are all local, gives `Kind` and `Field`; where a node is a union its field is the
union of the branches. Checks nothing: `vocabulary` did. Pure: no I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model import Field, Json, Kind, ListType, NumberType, Path, RefTarget, ReplaceOrder, TextRefTarget
from reconciler.schema.nodes import Node, is_false, types_of, variants

ANYTHING = Field(nullable=True)
"""What stands where a schema says nothing."""


def compile_kind(schema: Mapping[str, Json]) -> Kind:
    """Give the kind that a schema describes."""
    resource = schema["x-resource"]
    root = compile_field("", schema, schema)
    return Kind(
        system=resource["system"],
        name=resource["name"],
        title=schema["title"],
        schema=schema,
        root=root,
        identity=tuple(name for name, field in root.properties.items() if field.identity),
        parent=resource.get("parent"),
        replace=ReplaceOrder(resource.get("replace", "delete-first")),
        singleton=resource.get("singleton", False),
        renumbered=resource.get("renumbered", False),
        mark=resource.get("mark"),
    )


def compile_field(name: str, schema: Json, root: Mapping[str, Json], inside: tuple[str, ...] = ()) -> Field:
    """Give the field that a node describes; `inside` are the definitions that are being compiled around it."""
    refs: list[str] = []
    parts = variants(schema, root, refs)
    if any(ref in inside for ref in refs):
        return ANYTHING  # a recursive definition: below its second round anything goes
    within = (*inside, *refs)
    words = _first_words(parts)
    types = tuple(dict.fromkeys(t for part in parts for t in types_of(part)))
    write_only = bool(words.get("writeOnly", False))
    identity = bool(words.get("x-identity", False))
    return Field(
        name=name,
        types=types,
        identity=identity,
        immutable=identity or bool(words.get("x-immutable", False)),
        read_only=bool(words.get("readOnly", False)),
        write_only=write_only,
        sensitive=bool(words.get("x-sensitive", write_only)),
        deprecated=bool(words.get("deprecated", False)),
        long_text=bool(words.get("x-long-text", False)),
        atomic=words.get("x-map") == "atomic",
        kept=words.get("x-removal") == "keep",
        inherits=words.get("x-removal") == "inherit",
        lasting=words.get("x-removal") == "replace",
        among=bool(words.get("x-among", False)),
        nullable="null" in types or not types,
        has_default="default" in words,
        default=words.get("default"),
        ref=_ref_target(words),
        text_ref=TextRefTarget(**words["x-text-ref"]) if "x-text-ref" in words else None,
        known_values=tuple(words.get("x-known-values", ())),
        number=NumberType(words["x-number"]) if "x-number" in words else None,
        list=ListType(words.get("x-list", "ordered")) if "array" in types else None,
        key=words.get("x-list-key"),
        shared=words.get("x-shared"),
        aliases=tuple(words.get("x-aliases", ())),
        changed=words.get("x-changed", ""),
        description=words.get("description", ""),
        properties=_properties(parts, root, within),
        extra=_extra(parts, types, root, within),
        items=_items(parts, root, within) if "array" in types else None,
    )


def field_at(field: Field | None, path: Path) -> Field | None:
    """Give the field that `path` leads to from `field`, or None where the schema knows none.

    A key may be an alias; a key of an open map and an index lead to what the map and the list hold.
    """
    for step in path:
        if field is None:
            return None
        field = field.items if isinstance(step, int) else named(field, step) or field.extra
    return field


def named(field: Field, name: str) -> Field | None:
    """Give the property of that name, or that has it as an alias."""
    found = field.properties.get(name)
    if found is None:
        found = next((child for child in field.properties.values() if name in child.aliases), None)
    return found


def fallback_identity(kind: Kind) -> str | None:
    """Give the identity field that `metadata.name` fills where a manifest leaves it out: the only one without a ref."""
    names = [name for name in kind.identity if kind.root.properties[name].ref is None]
    return names[0] if len(names) == 1 else None


def _first_words(parts: list[Node]) -> dict[str, Any]:
    """Merge the words of all variants; the outermost, then the first, wins."""
    words: dict[str, Any] = {}
    for part in parts:
        for word, value in part.items():
            words.setdefault(word, value)
    return words


def _ref_target(words: Mapping[str, Json]) -> RefTarget | None:
    ref = words.get("x-ref")
    if ref is None:
        return None
    kinds = ref["kind"]
    return RefTarget((kinds,) if isinstance(kinds, str) else tuple(kinds), ref.get("field", "id"))


def _properties(parts: list[Node], root: Mapping[str, Json], inside: tuple[str, ...]) -> dict[str, Field]:
    found: dict[str, list[Json]] = {}
    for part in parts:
        for name, schema in part.get("properties", {}).items():
            if not is_false(schema):
                found.setdefault(name, []).append(schema)
    return {name: compile_field(name, _union(schemas), root, inside) for name, schemas in found.items()}


def _extra(
    parts: list[Node], types: tuple[str, ...], root: Mapping[str, Json], inside: tuple[str, ...]
) -> Field | None:
    """Give what other keys are; a union is open where one of its objects is."""
    if "object" not in types or parts[0].get("unevaluatedProperties") is False:
        return None
    for part in parts:
        if "object" not in types_of(part):
            continue
        schema = part.get("additionalProperties", part.get("unevaluatedProperties", True))
        if schema is True:
            return ANYTHING
        if not is_false(schema):
            return compile_field("", schema, root, inside)
    return None


def _items(parts: list[Node], root: Mapping[str, Json], inside: tuple[str, ...]) -> Field:
    schemas = [part["items"] for part in parts if "items" in part]
    return compile_field("", _union(schemas), root, inside) if schemas else ANYTHING


def _union(schemas: list[Json]) -> Json:
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
