"""`history`: which applies there were, and what one of them did.

Takes options and the name of a receipt, shows what the inventory's store keeps. Speaks to no target.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli import options
from reconciler.cli.session import Session
from reconciler.cli.verb import Verb, Whole, option
from reconciler.report.formats import EVERYTHING

if TYPE_CHECKING:
    from reconciler.inventory import Store

_COLUMNS = ("receipt", "began", "user", "commit", "ended")


@click.command(
    cls=Verb,
    examples=(
        ("reconciler history", "the last applies, newest first"),
        ("reconciler history 0000000042-20260131T101112000000Z", "what exactly did this one do?"),
        ("reconciler history --last 1 -o json", "the newest one, for a machine"),
    ),
)
@click.argument("receipt", required=False, metavar="[RECEIPT]")
@option("--last", type=Whole(min=1), default=20, show_default=True, metavar="N", help="How many to list.")
@options.output(EVERYTHING)
@click.pass_obj
def command(session: Session, /, receipt: str | None, last: int) -> None:
    """List past applies, newest first; with RECEIPT, show what one of them did.

    Every apply that changes something leaves a receipt in the inventory's store, also one that failed or broke off:
    who, when, which commit and plan, how each operation ended, and how the objects were before. It holds no secrets.
    """
    from reconciler import history, survey
    from reconciler.report.view import Listing

    store = survey.open_store(session.settings())
    if receipt is not None:
        _show(session, store, receipt)
        return
    rows = tuple(history.row(record) for record in history.records(store, last))
    closing = "" if rows else f"No receipts yet in {store.name}."
    session.show(Listing("receipts", _COLUMNS, rows, closing))


def _show(session: Session, store: Store, name: str) -> None:
    """Show one receipt: to people as its apply was shown, to machines with all that it holds."""
    from reconciler import history
    from reconciler.report import human, view
    from reconciler.report.lines import EMPTY

    record = history.record(store, name)
    row = history.row(record)
    if session.wants_text:
        facts = {key: row[key] for key in ("began", "user", "job", "commit", "plan", "rollback") if row[key]}
        applied = view.of_applied(history.plan_of(record), record.outcomes, interrupted=row["interrupted"])
        session.out.show(human.facts_lines(view.Facts(name, row["ended"], "", facts=facts)))
        session.out.show([EMPTY, *human.result_lines(applied)])
    listing = view.Listing("receipts", _COLUMNS, ({**row, **history.details(record)},))
    session.write_files(listing)
    session.write_out(listing)
