"""`show`: a saved plan.

Takes a plan file, shows it, stale or not. Speaks to no server.
"""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli import options
from reconciler.cli.session import Session
from reconciler.cli.verb import Verb


@click.command(
    cls=Verb,
    examples=(
        ("reconciler show plan.json", "what does this plan say?"),
        ("reconciler show plan.json -o json", "the same for a machine"),
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@options.output()
@click.pass_obj
def command(session: Session, /, file: Path) -> None:
    """Show a saved plan, also one that is too old to be applied."""
    from reconciler import engine
    from reconciler.report import view

    plan = engine.open_plan(file)
    session.show(view.of_plan(plan))
    session.remark(f"made {plan.created}, expires {plan.expires}")
