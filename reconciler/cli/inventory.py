"""`inventory`: what is ours, a lock that a dead run left, and the way from one store to another.

Takes options, shows entries. Speaks to no target.
"""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli import options
from reconciler.cli.session import Session
from reconciler.cli.verb import Family, Verb, option
from reconciler.report.formats import EVERYTHING


@click.group(cls=Family)
def command() -> None:
    """List what is ours; remove a stale lock; copy it to another store.

    The inventory is an index of the objects that apply created or adopted, without values and without secrets. Settings
    say where it is kept: `inventory: {store: file, path: ..}`, or git, s3, gcs, azure, postgres.
    """


@command.command(
    "list",
    cls=Verb,
    examples=(
        ("reconciler inventory list", "what is ours, and which commit applied it"),
        ("reconciler inventory list -o json", "the same for a machine"),
    ),
)
@options.output(EVERYTHING)
@click.pass_obj
def list_entries(session: Session) -> None:
    """List every object that is ours: address, live id, phase, commit."""
    from reconciler.report.view import Listing
    from reconciler.survey import open_store

    inventory = open_store(session.settings()).load()
    rows = tuple(
        {"address": str(address), "id": entry.id, "phase": entry.phase.value, "commit": entry.commit or None}
        for address, entry in sorted(inventory.entries.items())
    )
    number = len(rows)
    closing = f"{number} object{'' if number == 1 else 's'}, save {inventory.serial} of inventory {inventory.id}."
    session.show(Listing("entries", ("address", "id", "phase", "commit"), rows, closing))


@command.command(
    "unlock",
    cls=Verb,
    examples=(("reconciler inventory unlock", "a run on another machine died, and its lock is still there"),),
)
@options.output(EVERYTHING)
@click.pass_obj
def unlock(session: Session) -> None:
    """Remove a lock that a dead run left; the lock of a living one on this machine is kept."""
    from reconciler.report.view import Listing
    from reconciler.survey import open_store

    message = open_store(session.settings()).unlock()
    session.show(Listing("messages", ("message",), ({"message": message},), message, brief=True))


@command.command(
    "copy",
    cls=Verb,
    examples=(
        ("reconciler inventory copy --from old.yaml", "old.yaml is what reconciler.yaml was: it names the old store"),
    ),
)
@option(
    "--from",
    "source",
    metavar="FILE",
    required=True,
    type=click.Path(path_type=Path),
    help="Settings that name the store to copy from.",
)
@options.lock_timeout
@options.output(EVERYTHING)
@click.pass_obj
def copy(session: Session, source: Path, lock_timeout: float) -> None:
    """Copy the inventory and its receipts into the store of these settings, which must hold none.

    The old store is left as it is: remove it once no pipeline uses it any more.
    """
    from reconciler import settings
    from reconciler.inventory.copying import copy as copy_between
    from reconciler.report.view import Listing
    from reconciler.survey import open_store
    from reconciler.words import counted

    old, new = open_store(settings.load(source)), open_store(session.settings())
    inventory, receipts = copy_between(old, new, lock_timeout)
    objects = counted(len(inventory.entries), "object")
    message = (
        f"Copied {objects} and {counted(receipts, 'receipt')}, save {inventory.serial}, from {old.name} to {new.name}."
    )
    session.show(Listing("messages", ("message",), ({"message": message},), message, brief=True))
