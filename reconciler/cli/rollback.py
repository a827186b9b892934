"""`rollback`: a plan that takes back what an apply did.

Takes the name of a receipt and options, shows an ordinary plan and saves it where asked. Sends nothing but reads.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reconciler.cli import options
from reconciler.cli.plan import present, saving
from reconciler.cli.session import Session
from reconciler.cli.verb import Verb, option

_RECEIPT = "0000000042-20260131T101112000000Z"


@click.command(
    cls=Verb,
    examples=(
        ("reconciler history", "which applies there were"),
        (f"reconciler rollback {_RECEIPT}", "what would it take to undo this one?"),
        (f"reconciler rollback {_RECEIPT} --out undo.plan && reconciler apply undo.plan", "undo it"),
        (f"reconciler rollback {_RECEIPT} --name Model/support-assistant", "undo what it did to one object"),
    ),
)
@click.argument("receipt", metavar="RECEIPT")
@options.selection
@options.limits
@option("--overwrite", is_flag=True, help="Take back what was changed since, too.")
@saving
@options.output()
@click.pass_obj
def command(session: Session, /, receipt: str, out: Path | None, detailed_exitcode: bool, **asked: Any) -> int:
    """Plan to bring back what an apply changed; `apply` of the saved plan does it.

    What RECEIPT created is deleted, what it deleted is created again, and of what it updated the fields that it changed
    go back. An object that was changed since is a conflict: the plan is refused until --exclude leaves it as it is, or
    --overwrite takes that back too. No receipt holds secrets: what cannot be restored is said.

    Manifests stay as they are: revert the commit too, or the next apply does again what this undoes.
    """
    return present(session, options.request({**asked, "rollback": receipt}), out, detailed=detailed_exitcode)
