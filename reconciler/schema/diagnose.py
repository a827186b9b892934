"""Explains a manifest that its kind's schema refuses.

Takes a kind and a document, gives problems whose paths count from the document; never shows the value of a
sensitive field. Says nothing of what the schema cannot know: references, targets, files.
"""

from __future__ import annotations

from reconciler import redact
from reconciler.model import Field, Json, Kind, Path
from reconciler.schema.compile import field_at, named
from reconciler.schema.document import compiled, document_field, document_schema
from reconciler.schema.problems import Outline, explain
from reconciler.schema.spelling import Problem


def explain_errors(kind: Kind, document: Json) -> list[Problem]:
    """Give everything that keeps a document from being a manifest of this kind, the most telling first.

    Empty exactly where `compiled(kind)` accepts the document, for what JSON can hold; for anything else never empty.
    """
    tree = document_field(kind)
    outline = Outline(
        about=lambda path: _description(tree, path),
        known=Field(properties={"metadata": tree.properties["metadata"], "spec": kind.root}),
        secret=lambda path: any(redact.is_sensitive(field) for field in _fields(kind, path)),
        forbidden=lambda path: _server_owned(kind, path),
    )
    found = explain(document_schema(kind), document, outline)
    if not found and not compiled(kind)(document):
        return [((), f"is not a manifest of {kind.system}/{kind.name}", "`reconciler explain` shows what it may hold")]
    return found


def _description(tree: Field, path: Path) -> str:
    field = field_at(tree, path)
    return field.description if field is not None else ""


def _fields(kind: Kind, path: Path) -> list[Field]:
    """Give the fields that lead to a place in a document, from the top of the spec down."""
    steps = path[1:] if path[:1] == ("spec",) else ()
    found = [field_at(kind.root, steps[:depth]) for depth in range(1, len(steps) + 1)]
    return [field for field in found if field is not None]


def _server_owned(kind: Kind, path: Path) -> str | None:
    """Give the description of a read-only field."""
    if path[:1] != ("spec",) or not isinstance(path[-1], str):
        return None
    around = field_at(kind.root, path[1:-1])
    field = named(around, path[-1]) if around is not None else None
    return field.description if field is not None and field.read_only else None
