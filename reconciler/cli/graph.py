"""`graph`: which manifest needs which.

Takes options, shows the graph as text or as a picture's source. Speaks to no server.
"""

from __future__ import annotations

import click

from reconciler.cli import options
from reconciler.cli.session import Session
from reconciler.cli.verb import Verb
from reconciler.report.formats import GRAPHS


@click.command(
    cls=Verb,
    examples=(
        ("reconciler graph", "each manifest with what it needs"),
        ("reconciler graph -o dot | dot -Tsvg > graph.svg", "a picture, drawn by Graphviz"),
        ("reconciler graph -o mermaid", "a picture for a README"),
    ),
)
@options.rev
@options.output(GRAPHS)
@click.pass_obj
def command(session: Session, /, rev: str | None) -> None:
    """Show which manifest needs which: by a reference, a parent or dependsOn."""
    from reconciler import checking
    from reconciler.report import declared

    session.show(declared.of_graph(checking.check(session.settings(), rev=rev)))
