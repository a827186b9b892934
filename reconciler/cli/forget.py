"""`forget`: let go of objects that are ours.

Takes addresses, shows what each means for the next plan, asks, and forgets them. Speaks to no server.
"""

from __future__ import annotations

import click

from reconciler.cli import options
from reconciler.cli.session import Session
from reconciler.cli.verb import Verb
from reconciler.report.formats import EVERYTHING


@click.command(
    cls=Verb,
    examples=(
        ("reconciler forget Model/support-assistant", "somebody else looks after it from now on"),
        ("reconciler forget 'openwebui-old/*/*' --yes", "a target that is not ours any more"),
    ),
)
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@options.yes
@options.lock_timeout
@options.output(EVERYTHING)
@click.pass_obj
def command(session: Session, /, addresses: tuple[str, ...], yes: bool, lock_timeout: float) -> int:
    """Let go of objects: they stay on the server as they are, and only the inventory changes.

    ADDRESS is target/Kind/name, Kind/name or a name, as `reconciler inventory list` shows them; * and ? match. An
    object that a manifest still declares is wanted again by the next plan: remove the manifest as well.
    """
    from reconciler import estate
    from reconciler.cli.owning import change
    from reconciler.model import Request

    settings, request = session.settings(), Request(lock_timeout=lock_timeout)
    return change(
        session, lambda confirm: estate.forget(settings, request, addresses, confirm=confirm), "forgotten", yes=yes
    )
