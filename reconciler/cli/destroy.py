"""`destroy`: delete everything that is ours.

Takes options, goes the way of `apply` with no manifests. Never touches what is not in the inventory.
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
        ("reconciler plan --destroy", "look first"),
        ("reconciler destroy --target openwebui-test --allow-deletes 20", "empty one target, up to 20 objects of it"),
    ),
)
@options.selection
@options.limits
@options.carrying_out
@options.output()
@click.pass_obj
def command(session: Session, /, yes: bool, **asked: Any) -> int:
    """Delete everything that is ours, in reverse order of need.

    Only what the inventory lists is deleted; what carries `onRemove: orphan` is forgotten and left running. The guards
    hold here too: protected objects stay, and many deletes need --allow-deletes.
    """
    from reconciler.cli.applying import carry_out

    return carry_out(session, options.request({**asked, "destroy": True}), file=None, yes=yes)
