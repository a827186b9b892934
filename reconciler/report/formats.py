"""The formats that a document can be written in, as a table from name to function.

Takes nothing, gives the tables; a new format is one more line. A format is imported when it is first used, so that
its name alone costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.report.view import Document, Graph


def _text(document: Document) -> str:
    from reconciler.report import human

    return human.render(document)


def _json(document: Document) -> str:
    from reconciler.report import json

    return json.render(document)


def _dot(graph: Graph) -> str:
    from reconciler.report.graph import render_dot

    return render_dot(graph)


def _mermaid(graph: Graph) -> str:
    from reconciler.report.graph import render_mermaid

    return render_mermaid(graph)


FORMATS: Mapping[str, Callable[[Document], str]] = {"text": _text, "json": _json}
"""For `-o` and `--write` of every verb."""

GRAPH_FORMATS: Mapping[str, Callable[[Graph], str]] = {**FORMATS, "dot": _dot, "mermaid": _mermaid}
"""For `-o` of `graph`."""
