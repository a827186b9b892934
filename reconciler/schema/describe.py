"""Describes a kind or one of its fields for a person.

Takes a kind and a path, gives `FieldHelp`: type, limits, default, description, what the annotations mean, and the
fields below. Prints nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler import redact
from reconciler.errors import SchemaError
from reconciler.model import Field, Json, Kind, ListType, NumberType
from reconciler.schema import words
from reconciler.schema.compile import compile_field, fallback_identity
from reconciler.schema.document import document_schema
from reconciler.schema.nodes import Node, variants
from reconciler.schema.spelling import did_you_mean

_STEP = re.compile(r"""\.?([^.\[\]"]+)|\[\s*(?:\d*|\*)\s*\]|\["((?:[^"\\]|\\.)*)"\]""")

_LISTS = {
    ListType.SET: "compared as a set: order and repetition make no difference",
    ListType.ORDERED: "order matters",
}


@dataclass(frozen=True, slots=True)
class FieldHelp:
    """What a person wants to know of a field; `path` is as it would be typed, "" for the spec as a whole."""

    kind: str
    """`system/Kind`."""
    path: str
    type: str
    """What fits, in words."""
    description: str
    limits: tuple[str, ...] = ()
    has_default: bool = False
    default: Json = None
    examples: tuple[Json, ...] = ()
    flags: tuple[str, ...] = ()
    """What else there is to know, each a short phrase."""
    required: bool = False
    children: tuple[FieldHelp, ...] = ()
    """The fields below, in the schema's order, without theirs."""


def explain(kind: Kind, path_text: str = "") -> FieldHelp:
    """Describe the field that a path leads to: `params.temperature`, `spec.access_grants[].permission`, `metadata`.

    A path counts from the spec, or from the document where it begins with one of its keys; "" is the kind itself.
    Raises `SchemaError`, with the nearest name, where there is no such field.
    """
    steps = list(_steps(path_text))
    if steps[:1] == ["spec"] and "spec" not in kind.root.properties:
        steps = steps[1:]
    root: Mapping[str, Json] = kind.schema
    if steps and steps[0] not in kind.root.properties and steps[0] in document_schema(kind)["properties"]:
        root = document_schema(kind)
    place = _Place(kind, root, root, "", required=False)
    for step in steps:
        place = place.below(step)
    return place.help(with_children=True)


class _Place:
    """A node of a schema on the way to the one that is asked for."""

    def __init__(self, kind: Kind, root: Mapping[str, Json], schema: Json, path: str, *, required: bool) -> None:
        self._kind = kind
        self._root = root
        self._schema = schema
        self._path = path
        self._required = required
        self._parts = variants(schema, root)

    def below(self, step: str) -> _Place:
        """Give the field of that name, through lists; `*` leads to what any other key holds."""
        children = dict(self._children())
        known = children.get(step) or children.get("*")
        aliased = next((child for child in children.values() if step in child.field().aliases), None)
        if aliased is not None:
            return aliased
        if known is None:
            where = f"{self._kind.name}.{self._path}" if self._path else self._kind.name
            raise SchemaError(f"{where} has no field {step!r}", hint=did_you_mean(step, children))
        return known

    def field(self) -> Field:
        return compile_field("", self._schema, self._root)

    def help(self, *, with_children: bool) -> FieldHelp:
        """Describe the field, and where asked for those below it."""
        field = self.field()
        node: Node = {word: value for part in reversed(self._parts) for word, value in part.items()}
        below = [child.help(with_children=False) for _, child in self._children()] if with_children else []
        return FieldHelp(
            kind=f"{self._kind.system}/{self._kind.name}",
            path=self._path,
            type=words.expectation(self._schema, self._root),
            description=field.description,
            limits=tuple(words.limits(node)),
            has_default=field.has_default,
            default=field.default,
            examples=tuple(node.get("examples", ())),
            flags=tuple(_flags(field)) + tuple(self._kind_flags()),
            required=self._required,
            children=tuple(below),
        )

    def _children(self) -> Iterator[tuple[str, _Place]]:
        """Yield the fields below, through the items of a list; what other keys hold is called `*`."""
        items = [part["items"] for part in self._parts if "items" in part]
        if items:
            yield from self._make(items[0], f"{self._path}[]", required=False)._children()
            return
        found: dict[str, Json] = {}
        for name, schema in (item for part in self._parts for item in part.get("properties", {}).items()):
            found.setdefault(name, schema)
        required = {name for part in self._parts for name in part.get("required", ())}
        for name, schema in found.items():
            if schema is not False:
                path = f"{self._path}.{name}" if self._path else name
                yield name, self._make(schema, path, required=name in required)
        for part in self._parts:
            other = part.get("additionalProperties")
            if isinstance(other, dict):
                yield "*", self._make(other, f"{self._path}.*", required=False)

    def _make(self, schema: Json, path: str, *, required: bool) -> _Place:
        return _Place(self._kind, self._root, schema, path, required=required)

    def _kind_flags(self) -> Iterator[str]:
        if self._path:
            return
        if self._kind.singleton:
            yield f"there is exactly one {'for every identity' if self._kind.identity else 'on every target'}"
        if self._kind.identity:
            yield f"identified by {', '.join(f'`{name}`' for name in self._kind.identity)}"
        if self._kind.renumbered:
            yield "its id may change on the server: it is known by its identity"
        name = fallback_identity(self._kind)
        if name is not None:
            yield f"`{name}` may be left out: `metadata.name` stands in"


def _steps(text: str) -> Iterator[str]:
    """Split a path; indexes and `[]` say nothing that a schema knows."""
    position = 0
    while position < len(text):
        match = _STEP.match(text, position)
        if match is None:
            raise SchemaError(f"not a path: {text!r} (at character {position + 1})")
        step = match[1] if match[1] is not None else match[2]
        if step is not None:
            yield step
        position = match.end()


def _flags(field: Field) -> Iterator[str]:
    facts = (
        (field.identity, "part of the identity: a change replaces the object"),
        (field.immutable and not field.identity, "can only be set at creation: a change replaces the object"),
        (field.read_only, "set by the server: a manifest cannot set it"),
        (field.write_only, "never returned by the server: compared by a digest of what was last applied"),
        (redact.is_sensitive(field), "sensitive: write {env: NAME} or {file: path}, never the value"),
        (field.long_text, "may be kept in a file: {file: path}"),
        (field.deprecated, "deprecated"),
        (field.atomic, "replaced as a whole: a key that is removed from the manifest is left out of the next write"),
        (field.shared is not None, f"items of others are left alone, unless `{field.shared}` is `authoritative`"),
        (field.kept, "removed from the manifest, it stays as it is and is not managed any more"),
        (field.inherits, "removed from the manifest, it takes what the server then gives it"),
        (field.lasting, "removed from the manifest, it replaces the object"),
        (field.among, "the server may hold several: it is as declared where the one that is named is among them"),
        (field.nullable and bool(field.types), "null clears it"),
        (field.extra is not None and bool(field.properties), "other keys are accepted too"),
        (field.number is NumberType.DECIMAL, "an amount: equal where 15 significant digits are"),
        (field.number is NumberType.SINGLE, "kept by the server as a 32-bit number"),
    )
    yield from (text for holds, text in facts if holds)
    if field.ref is not None:
        yield f"may be a reference: {{ref: name}} of kind {' or '.join(field.ref.kinds)} (its `{field.ref.field}`)"
    if field.text_ref is not None:
        yield f"may name a {field.text_ref.kind} inside it: {field.text_ref.written}, KEY being its identity"
    if field.known_values:
        yield f"known today: {', '.join(field.known_values)}; another value is accepted with a warning"
    if field.list is not None:
        yield _LISTS.get(field.list) or f"compared by `{field.key}`: order makes no difference"
    for alias in field.aliases:
        yield f"may also be spelled `{alias}`"
