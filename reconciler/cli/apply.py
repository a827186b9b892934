"""`apply`: make the targets be what the manifests say.

Takes options or a saved plan; shows the plan, asks, shows each outcome as it comes. Does nothing that the plan did not
say.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from reconciler.cli import options
from reconciler.cli.session import Session
from reconciler.cli.verb import Verb


@click.command(
    cls=Verb,
    examples=(
        ("reconciler apply", "show the plan, ask, do it"),
        ("reconciler apply --yes", "for a pipeline: without a question"),
        ("reconciler apply plan.json", "exactly the saved plan, or nothing (exit code 6)"),
        ("reconciler apply --only-drift", "put back what somebody clicked, and nothing that git has changed since"),
        ("reconciler apply --adopt --name support-assistant", "take over one object that exists and differs"),
    ),
)
@click.argument("file", required=False, type=click.Path(path_type=Path), metavar="[PLAN]")
@options.selection
@options.adopt
@options.limits
@options.rev
@options.since
@options.only_drift
@options.carrying_out
@options.output()
@click.pass_context
def command(context: click.Context, /, file: Path | None, yes: bool, **asked: Any) -> int:
    """Make the targets be what the manifests say.

    Without PLAN the plan is made now, shown, and carried out once you type `yes`; where nobody can be asked, --yes
    is needed. With PLAN, a file that `plan --out` saved, exactly that is done, without a question.

    Ctrl-C once starts nothing more and finishes what is in flight; twice leaves at once. Applying again goes on
    where it stopped.
    """
    from reconciler.cli.applying import carry_out

    session: Session = context.obj
    if file is not None:
        _refuse_what_the_plan_says(context)
    return carry_out(session, options.request(asked), file=file, yes=yes)


def _refuse_what_the_plan_says(context: click.Context) -> None:
    """A saved plan carries its selection and consent; other ones on the command line would be ignored."""
    for name in (*options.SELECTION_NAMES, *options.CONSENT_NAMES, *options.LIMIT_NAMES):
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            flag = name.replace("_", "-")
            raise click.UsageError(f"A saved plan carries its own --{flag}: say it when you make the plan.", context)
