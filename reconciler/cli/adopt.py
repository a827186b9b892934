"""`adopt`: take live objects over as they are.

Takes addresses, shows what each means for the next plan, asks, and remembers them. Sends nothing but reads.
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
        ("reconciler adopt Model/support-assistant", "it is declared, exists, and differs: take it over as it is"),
        ("reconciler adopt 'openwebui-prod/*/*' --yes", "all that is declared on a target, without a question"),
        ("reconciler plan --name Model/support-assistant", "and see what apply would then change in it"),
    ),
)
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@options.yes
@options.lock_timeout
@options.output(EVERYTHING)
@click.pass_obj
def command(session: Session, /, addresses: tuple[str, ...], yes: bool, lock_timeout: float) -> int:
    """Take live objects over as they are: only the inventory changes.

    ADDRESS is target/Kind/name, Kind/name or a name of manifests; * and ? match. The object is found by its identity.
    Where it differs from its manifest, the next plan shows the update. If one of several cannot be adopted, none is.
    """
    from reconciler import estate
    from reconciler.cli.owning import change
    from reconciler.model import Request

    settings, request = session.settings(), Request(lock_timeout=lock_timeout)
    with session.progress() as progress:
        return change(
            session,
            lambda confirm: estate.adopt(settings, request, addresses, confirm=confirm, progress=progress),
            "adopted",
            yes=yes,
            before=progress.stop,
        )
