"""Makes the schema of a whole manifest out of the envelope and a kind, and validates with it.

Takes kinds, gives schemas and fast validators; the places where a manifest may say `{ref}`, `{env}` or `{file}`
instead of a value are written into the schema. Explains nothing: `problems` does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import combinations
from pathlib import Path

import orjson

from reconciler.model import Field, Json, Kind
from reconciler.schema import files
from reconciler.schema.compile import compile_field, fallback_identity
from reconciler.schema.kinds import Kinds, load_kinds
from reconciler.schema.nodes import DRAFT, SEVERAL, Node, as_node, follow, rebuild, types_of

_ANNOTATIONS = ("title", "description", "default", "examples", "deprecated")

_FROM_ENV: Node = {
    "type": "object",
    "additionalProperties": False,
    "required": ["env"],
    "description": "A secret that an environment variable holds when it is needed.",
    "properties": {"env": {"type": "string", "minLength": 1, "description": "The variable's name."}},
    "examples": [{"env": "NAME"}],
}
_FROM_FILE: Node = {
    "type": "object",
    "additionalProperties": False,
    "required": ["file"],
    "description": "The content of a file. The path counts from the folder of reconciler.yaml.",
    "properties": {"file": {"type": "string", "minLength": 1, "description": "The path, with forward slashes."}},
    "examples": [{"file": "path"}],
}
_CLOSED: Node = {"additionalProperties": False}
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"


@cache
def document_schema(kind: Kind) -> Node:
    """Give the JSON Schema of a manifest of this kind, for editors and for `compiled`. Shared: copy what changes."""
    return _build(kind)


@cache
def document_field(kind: Kind) -> Field:
    """Give the field tree of a whole manifest, from the envelope down, value sources included."""
    return compile_field("", document_schema(kind), document_schema(kind))


@cache
def compiled(kind: Kind) -> Callable[[Json], bool]:
    """Give a function that says whether a document is a valid manifest of this kind; it takes about 2 µs.

    The document holds what JSON can hold: the loader sees to that. Anything else is refused where the schema looks
    at it, and never raises.
    """
    import jsonschema_rs

    fits = jsonschema_rs.Draft202012Validator(document_schema(kind)).is_valid

    def is_valid(document: Json) -> bool:
        try:
            return bool(fits(document))
        except ValueError:
            return False

    return is_valid


def export(folder: Path, kinds: Kinds | None = None) -> list[Path]:
    """Write `<folder>/<system>/<Kind>.json` for every kind, for editors; give the files, sorted."""
    kinds = kinds or load_kinds()
    written = []
    for system, name in kinds.everything():
        path = folder / system / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(orjson.dumps(document_schema(kinds.get(system, name)), option=orjson.OPT_INDENT_2) + b"\n")
        written.append(path)
    return written


def _build(kind: Kind) -> Node:
    envelope = files.envelope()
    spec = {word: value for word, value in kind.schema.items() if word not in ("$schema", "$id", "$defs", "x-resource")}
    spec["required"] = [name for name in spec.get("required", ()) if name != fallback_identity(kind)]
    converter = _Converter(kind)
    parts = {
        **envelope["properties"],
        "apiVersion": _constant(envelope["properties"]["apiVersion"], f"{kind.system}/v1"),
        "kind": _constant(envelope["properties"]["kind"], kind.name),
        "spec": converter.convert(spec),
    }
    definitions = {name: converter.convert(node) for name, node in kind.schema.get("$defs", {}).items()}
    return {
        "$schema": DRAFT,
        **{word: kind.schema[word] for word in ("title", "description") if word in kind.schema},
        **{word: envelope[word] for word in ("type", "additionalProperties", "required")},
        "properties": parts,
        "$defs": {**definitions, **converter.sources},
    }


def _constant(node: Node, value: str) -> Node:
    return {"const": value, "description": node["description"]}


class _Converter:
    """Turns the schema of a spec into that of a spec in a manifest; `sources` are the definitions it came to need."""

    def __init__(self, kind: Kind) -> None:
        self._root = kind.schema
        self.sources: dict[str, Node] = {}

    def convert(self, schema: Json) -> Json:
        """Give a node in which read-only keys are gone and value sources and aliases are accepted."""
        if isinstance(schema, bool):
            return schema
        node = rebuild(schema, self.convert)
        if "properties" in schema:
            node = _with_aliases(_closed_plainly(self._without_read_only(node, schema)))
        return self._with_sources(node)

    def _without_read_only(self, node: Node, schema: Node) -> Node:
        """Leave out what only the server sets, and refuse it where the mapping is open.

        `schema` is the node before its properties were converted. What is `false` is written out as a node, because
        the explaining library loses its place.
        """
        gone = {name for name, child in schema["properties"].items() if follow(child, self._root).get("readOnly")}
        closed = node.get("additionalProperties", node.get("unevaluatedProperties")) is False
        kept = {name: as_node(child) for name, child in node["properties"].items() if name not in gone}
        refused: Node = {} if closed else {name: {"not": {}} for name in schema["properties"] if name in gone}
        made = {**node, "properties": {**kept, **refused}}
        if "required" in node:
            made["required"] = [name for name in node["required"] if name not in gone]
        return made

    def _with_sources(self, node: Node) -> Node:
        sensitive = node.get("x-sensitive", node.get("writeOnly", False))
        names = [self._source("from-env", _FROM_ENV)] if sensitive else []
        if sensitive or node.get("x-long-text"):
            names.append(self._source("from-file", _FROM_FILE))
        if "x-ref" in node:
            kinds = node["x-ref"]["kind"]
            kinds = [kinds] if isinstance(kinds, str) else kinds
            names.append(self._source("ref-" + "-".join(kinds), _reference(kinds)))
        if not names:
            return node
        outside = {word: value for word, value in node.items() if word in _ANNOTATIONS or word.startswith("x-")}
        literal: Node = {word: value for word, value in node.items() if word not in outside}
        texts = [example for example in node.get("examples", ()) if isinstance(example, str)]
        if texts:
            literal["examples"] = texts  # messages about the literal quote them
        if sensitive:
            literal = {"type": "null"} if "null" in types_of(follow(node, self._root)) else {}
        branches = [literal] if literal else []
        return {**outside, "anyOf": branches + [{"$ref": f"#/$defs/{name}"} for name in names]}

    def _source(self, name: str, node: Node) -> str:
        self.sources[name] = node
        return name


def _reference(kinds: list[str]) -> Node:
    several = len(kinds) > 1
    prefix = f"(?:[^/\\s]+/)?(?:{'|'.join(kinds)})/"
    example = f"{kinds[0]}/name" if several else "name"
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["ref"],
        "description": f"A reference to another manifest ({' or '.join(kinds)}).",
        "properties": {
            "ref": {
                "type": "string",
                "pattern": f"^{prefix}{_NAME}$" if several else f"^(?:{prefix})?{_NAME}$",
                "description": f"Which manifest: `{example}`, or with its target `target/{kinds[0]}/name`.",
                "examples": [example, *(f"{kind}/name" for kind in kinds), f"target/{kinds[0]}/name"],
            },
            "field": {
                "type": "string",
                "minLength": 1,
                "description": "The field of the other object that takes the reference's place; usually left out.",
            },
        },
        "examples": [{"ref": example}],
    }


def _closed_plainly(node: Node) -> Node:
    """Say `additionalProperties` where it means the same: more editors know it."""
    if node.get("unevaluatedProperties") is not False or any(word in node for word in (*SEVERAL, "$ref", "if")):
        return node
    return {**{word: value for word, value in node.items() if word != "unevaluatedProperties"}, **_CLOSED}


def _with_aliases(node: Node) -> Node:
    """Accept every spelling of a property, but only one at a time."""
    properties = dict(node["properties"])
    spellings = {name: [name, *child["x-aliases"]] for name, child in properties.items() if "x-aliases" in child}
    if not spellings:
        return node
    required = node.get("required", [])
    rules = [_one_of(names) if name in required else _at_most_one_of(names) for name, names in spellings.items()]
    for name, (_, *aliases) in spellings.items():
        for alias in aliases:
            properties[alias] = {**properties[name], "description": f"Another spelling of `{name}`."}
    return {
        **node,
        "properties": properties,
        "required": [name for name in required if name not in spellings],
        "allOf": [*node.get("allOf", ()), *rules],
    }


def _one_of(names: list[str]) -> Node:
    return {"oneOf": [{"required": [name]} for name in names]}


def _at_most_one_of(names: list[str]) -> Node:
    return {"not": {"anyOf": [{"required": list(pair)} for pair in combinations(names, 2)]}}
