"""Says in words what a schema node accepts and what a value is.

Takes nodes and values, gives short texts for messages and for `explain`; never shows a whole mapping or list.
Pure: no I/O.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from reconciler.model import Json
from reconciler.schema.nodes import Node, follow, types_of

_LONGEST_VALUE = 60
_LONGEST_ENUM = 12

_ARTICLE = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "a mapping",
    "string": "text",
}
_UNITS = {"Length": "character", "Items": "item", "Properties": "key"}
_PLURAL = {"integer": "whole numbers", "number": "numbers", "object": "mappings", "string": "text"}


def expectation(schema: Json, root: Mapping[str, Json]) -> str:
    """Say what fits: `true or false, a number between 0 and 2 or null`."""
    found = list(dict.fromkeys(_expectations(follow(schema, root), root)))
    return " or ".join(filter(None, (", ".join(found[:-1]), *found[-1:]))) or "any value"


def limits(node: Node) -> list[str]:
    """Say what restricts a value beyond its type: `between 0 and 2`, `at most 256 characters`."""
    found = [_range(node), *(size(node, what) for what in _UNITS)]
    if node.get("uniqueItems"):
        found.append("no item twice")
    return [text for text in found if text]


def size(node: Node, what: str) -> str:
    """Say how much of `Length`, `Items` or `Properties` fits: `at most 3 items`; "" where there is no limit."""
    unit, least, most = _UNITS[what], node.get(f"min{what}", 0), node.get(f"max{what}")
    if most is None:
        return f"at least {_count(least, unit)}" if least else ""
    return f"{least} to {_count(most, unit)}" if least else f"at most {_count(most, unit)}"


def type_name(kind: str) -> str:
    """Give a JSON type in words."""
    return _ARTICLE[kind]


def code(value: Json) -> str:
    """Write a value as YAML would take it on one line, in backquotes, cut where it is long."""
    return f"`{_cut(_flow(value))}`"


def got(value: Json) -> str:
    """Say what a value is: scalars themselves, lists and mappings by their kind alone."""
    if isinstance(value, str):
        return repr(value) if len(value) <= _LONGEST_VALUE else f"text of {len(value)} characters"
    if isinstance(value, dict):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    return _cut(_flow(value))


def _expectations(node: Node, root: Mapping[str, Json]) -> list[str]:
    branches = [*node.get("anyOf", ()), *node.get("oneOf", ())]
    nested = [text for branch in branches for text in _expectations(follow(branch, root), root)]
    if "enum" in node:
        return [_choice(node["enum"]), *nested]
    if "const" in node:
        return [code(node["const"]), *nested]
    kinds = types_of(node) or (["string"] if "pattern" in node else [])
    return [*(_of_type(kind, node, root) for kind in kinds), *nested]


def _of_type(kind: str, node: Node, root: Mapping[str, Json]) -> str:
    text = type_name(kind)
    if kind in ("number", "integer"):
        return " ".join(filter(None, (text, _range(node))))
    if kind == "string":
        return _text(node)
    if kind == "array":
        items = types_of(follow(node.get("items", True), root))
        return f"{text} of {_PLURAL[items[0]]}" if len(items) == 1 and items[0] in _PLURAL else text
    examples = [example for example in node.get("examples", ()) if isinstance(example, dict) == (kind == "object")]
    if kind == "object" and examples:
        return f"{text} such as {code(examples[0])}"
    return text


def _text(node: Node) -> str:
    length = size(node, "Length")
    if "pattern" in node:
        examples = [example for example in node.get("examples", ()) if isinstance(example, str)]
        form = f"text such as {code(examples[0])}" if examples else f"text that matches `{node['pattern']}`"
        return f"{form} ({length})" if "maxLength" in node else form
    if length == "at least 1 character":
        return "text that is not empty"
    return f"text of {length}" if length else "text"


def _choice(values: list[Json]) -> str:
    shown = [code(value) for value in values[:_LONGEST_ENUM]] + (["…"] if len(values) > _LONGEST_ENUM else [])
    return shown[0] if len(shown) == 1 else "one of " + ", ".join(shown)


def _range(node: Node) -> str:
    if "minimum" in node and "maximum" in node:
        return f"between {node['minimum']} and {node['maximum']}"
    words = (
        ("minimum", "of at least"),
        ("maximum", "of at most"),
        ("exclusiveMinimum", "above"),
        ("exclusiveMaximum", "below"),
    )
    return " and ".join(f"{text} {node[word]}" for word, text in words if word in node)


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _flow(value: Json) -> str:
    """Write a value as one line of YAML."""
    if isinstance(value, str):
        return (
            value if value and value.isprintable() and value == value.strip() else json.dumps(value, ensure_ascii=False)
        )
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
