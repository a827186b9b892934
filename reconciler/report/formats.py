"""The formats that a document can be written in, as a table from name to function.

Takes a name, gives what writes it; a new format is one more line. A format is imported when it is first used, so that
its name alone costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias, cast

if TYPE_CHECKING:
    from reconciler.report.about import About
    from reconciler.report.view import Document, Graph

Write: TypeAlias = "Callable[[Document, About], str]"


def _text(document: Document, _: About) -> str:
    from reconciler.report import human

    return human.render(document)


def _json(document: Document, _: About) -> str:
    from reconciler.report import json

    return json.render(document)


def _markdown(document: Document, about: About) -> str:
    from reconciler.report import markdown

    return markdown.render(document, about)


def _html(document: Document, about: About) -> str:
    from reconciler.report import html

    return html.render(document, about)


def _junit(document: Document, about: About) -> str:
    from reconciler.report import junit

    return junit.render(document, about)


def _sarif(document: Document, about: About) -> str:
    from reconciler.report import sarif

    return sarif.render(document, about)


def _github(document: Document, about: About) -> str:
    from reconciler.report import annotations

    return annotations.render(document, about)


def _dot(document: Document, _: About) -> str:
    from reconciler.report import graph

    return graph.render_dot(cast("Graph", document))


def _mermaid(document: Document, _: About) -> str:
    from reconciler.report import graph

    return graph.render_mermaid(cast("Graph", document))


FORMATS: Mapping[str, Write] = {
    "text": _text,
    "json": _json,
    "markdown": _markdown,
    "html": _html,
    "junit": _junit,
    "sarif": _sarif,
    "github": _github,
    "dot": _dot,
    "mermaid": _mermaid,
}
"""For `-o` and `--write`."""

EVERYTHING = ("text", "json", "markdown", "html")
"""What can show any document."""

FINDINGS = (*EVERYTHING, "junit", "sarif", "github")
"""For verbs whose documents say what is right and what is wrong."""

PICTURES = ("dot", "mermaid")
GRAPHS = (*EVERYTHING, *PICTURES)
"""For verbs whose document is a graph."""


def shows(name: str, document: Document) -> bool:
    """Say whether a format can show a document; a picture of a graph cannot show why there is none."""
    from reconciler.report.view import Graph

    return name not in PICTURES or isinstance(document, Graph)
