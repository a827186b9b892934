"""`inventory`: what is ours, and a lock that a dead run left.

Takes options, shows entries. Speaks to no server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli import options
from reconciler.cli.session import Session
from reconciler.cli.verb import Family, Verb

if TYPE_CHECKING:
    from reconciler.inventory import Store


@click.group(cls=Family)
def command() -> None:
    """List what is ours; remove a stale lock.

    The inventory is an index of the objects that apply created or adopted, without values and without secrets.
    """


@command.command(
    "list",
    cls=Verb,
    examples=(
        ("reconciler inventory list", "what is ours, and which commit applied it"),
        ("reconciler inventory list -o json", "the same for a machine"),
    ),
)
@options.output()
@click.pass_obj
def list_entries(session: Session) -> None:
    """List every object that is ours: address, live id, phase, commit."""
    from reconciler.report.view import Listing

    inventory = _store(session).load()
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
@options.output()
@click.pass_obj
def unlock(session: Session) -> None:
    """Remove a lock that a dead run left; the lock of a living one on this machine is kept."""
    from reconciler.report.view import Listing

    message = _store(session).unlock()
    session.show(Listing("messages", ("message",), ({"message": message},), message, brief=True))


def _store(session: Session) -> Store:
    from reconciler.inventory import open_store

    settings = session.settings()
    place = settings.inventory
    return open_store(place.store, place.path, settings.root, place.options)
