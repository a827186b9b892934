"""What holds for the schema of every packaged kind, whatever its system."""

from __future__ import annotations

from collections.abc import Iterator

import jsonschema
import jsonschema_rs
import pytest

from reconciler import schema
from reconciler.model import Field, Kind
from reconciler.schema.nodes import follow, walk

KINDS = schema.load_kinds()
EVERY = [pytest.param(KINDS.get(system, name), id=f"{system}-{name}") for system, name in KINDS.names()]


@pytest.mark.parametrize("kind", EVERY)
def test_it_is_json_schema(kind: Kind) -> None:
    jsonschema.Draft202012Validator.check_schema(kind.schema)
    jsonschema.Draft202012Validator.check_schema(schema.document_schema(kind))


@pytest.mark.parametrize("kind", EVERY)
def test_every_field_is_described(kind: Kind) -> None:
    for at, node in walk(kind.schema):
        for key, child in node.get("properties", {}).items():
            if child is not False and not {"if", "then", "else"} & set(at):
                described = follow(child, kind.schema)
                assert described.get("description", "").endswith("."), (at, key)


@pytest.mark.parametrize("kind", EVERY)
def test_defaults_and_examples_fit(kind: Kind) -> None:
    """Examples are what a manifest may say, so they are held against the schema of the manifest."""
    document = schema.document_schema(kind)
    for at, node in walk(document):
        for value in [*node.get("examples", ()), *([node["default"]] if "default" in node else ())]:
            alone = {**node, "$defs": document["$defs"]}
            assert jsonschema_rs.is_valid(alone, value), (at, value)


@pytest.mark.parametrize("kind", EVERY)
def test_references_name_a_field_of_their_kind(kind: Kind) -> None:
    for kinds, field in _refs(kind.root):
        for name in kinds:
            assert field in KINDS.get(kind.system, name).root.properties


def _refs(field: Field) -> Iterator[tuple[tuple[str, ...], str]]:
    if field.ref is not None:
        yield field.ref.kinds, field.ref.field
    for below in [*field.properties.values(), field.items, field.extra]:
        if below is not None:
            yield from _refs(below)
