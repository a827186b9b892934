"""`drift`: what was changed outside git.

Takes options, shows every field that moved. Sends nothing but reads.
"""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli import options
from reconciler.cli.session import Session
from reconciler.cli.verb import Verb


@click.command(
    cls=Verb,
    examples=(
        ("reconciler drift", "who strayed? exit code 2 means that something did"),
        ("reconciler drift --write json=drift.json", "for a nightly job: text for the log, JSON for the machine"),
        ("reconciler drift --label team=support", "only what bears a label"),
    ),
)
@options.selection
@options.rev
@options.output()
@click.pass_obj
def command(session: Session, /, **asked: Any) -> int:
    """Show what was changed outside git.

    Compares every field that we manage with what was last applied: what git wants, what is live. Changes nothing.
    Exits with 2 where something moved, with 8 where a target could not be read.
    """
    import asyncio

    from reconciler import engine
    from reconciler.cli import exits
    from reconciler.report import view

    settings, request = session.settings(), options.request(asked)
    options.refuse_vain(request, settings)
    with session.progress() as progress:
        plan = asyncio.run(engine.find_drift(settings, request, progress))
    session.show(view.of_drift(plan))
    return exits.exit_code(plan, drift=True)
