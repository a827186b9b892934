"""The graph of manifests in the languages of Graphviz and Mermaid.

Takes the graph of `view`, gives the text of a picture; an arrow goes from what needs to what is needed. Pure: no I/O.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.report.escape import one_line
from reconciler.report.view import Graph


def render_dot(graph: Graph) -> str:
    """Give a Graphviz digraph."""
    nodes = [f"  {_dot_name(node)};" for node in graph.nodes]
    edges = [f"  {_dot_name(node)} -> {_dot_name(need)};" for node, need in edges_of(graph)]
    return "\n".join(["digraph manifests {", "  rankdir=LR;", "  node [shape=box];", *nodes, *edges, "}", ""])


def render_mermaid(graph: Graph) -> str:
    """Give a Mermaid flowchart."""
    ids = {node: f"n{number}" for number, node in enumerate(graph.nodes)}
    nodes = [f'  {ids[node]}["{one_line(node).replace(chr(34), "#quot;")}"]' for node in graph.nodes]
    edges = [f"  {ids[node]} --> {ids[need]}" for node, need in edges_of(graph)]
    return "\n".join(["flowchart LR", *nodes, *edges, ""])


def edges_of(graph: Graph) -> Iterator[tuple[str, str]]:
    """Yield what needs and what it needs, both among the nodes, in address order."""
    known = frozenset(graph.nodes)
    return ((node, need) for node in graph.nodes for need in graph.needs.get(node, ()) if need in known)


def _dot_name(text: str) -> str:
    escaped = one_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
