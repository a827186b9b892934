"""`validate`: are the manifests right?

Takes files or none, shows every finding. Needs no network and no secret.
"""

from __future__ import annotations

import click

from reconciler.cli import options
from reconciler.cli.session import Session
from reconciler.cli.verb import Verb


@click.command(
    cls=Verb,
    examples=(
        ("reconciler validate", "check all manifests"),
        ("reconciler validate manifests/support.yaml", "report only on this file"),
        ("reconciler validate --rev main", "check what is on a branch"),
    ),
)
@click.argument("files", nargs=-1, metavar="[FILE]...")
@options.rev
@options.output()
@click.pass_obj
def command(session: Session, /, files: tuple[str, ...], rev: str | None) -> None:
    """Check the manifests, without network and without secrets.

    Reports every finding of a run, with file:line:column, and exits with 3 where there is one.
    """
    from reconciler import checking
    from reconciler.report import declared

    desired = checking.check(session.settings(), files=files, rev=rev)
    session.show(declared.of_manifests(desired))
