"""What `adopt` and `forget` have in common: show what would become ours, ask, do it, tell.

Takes how it is done, gives the exit code. Shows one line per address, with what it means for the next plan.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from reconciler.cli import asking, exits
from reconciler.cli.session import Session
from reconciler.report.human import listing_lines
from reconciler.report.lines import EMPTY
from reconciler.report.view import Listing, diagnostic_rows
from reconciler.words import counted

if TYPE_CHECKING:
    from reconciler.execution.own import Move, Owned

Do = Callable[[Callable[[tuple["Move", ...]], bool]], Coroutine[Any, Any, "Owned"]]
"""Does it, once what it is given says yes to the moves."""


COLUMNS = ("status", "address", "says")


def change(session: Session, do: Do, done: str, *, yes: bool, before: Callable[[], None] = lambda: None) -> int:
    """Change what is ours; `done` is what the moves are called then, `before` comes before the first word."""
    if not yes:
        asking.require_somebody(session, "say --yes")

    def confirm(moves: tuple[Move, ...]) -> bool:
        before()
        if yes:
            return True
        screen = session.out if session.wants_text else session.err
        screen.show([*listing_lines(_listing(done, moves)), EMPTY])
        return asking.ask(session)

    owned = asyncio.run(do(confirm))
    before()
    if not owned.confirmed:
        found = diagnostic_rows(owned.refusals)
        session.show(Listing(done, COLUMNS, (), complete=not found, diagnostics=found))
        session.remark("nothing was changed")
        return exits.of_diagnostics(owned.refusals) if found else exits.INTERRUPTED
    number = sum(move.status == done for move in owned.moves)
    closing = f"{done.capitalize()} {counted(number, 'object')}; nothing changed on any server."
    session.show(_listing(done, owned.moves, closing, brief=not yes))
    return exits.OK


def _listing(done: str, moves: tuple[Move, ...], closing: str = "", *, brief: bool = False) -> Listing:
    rows = tuple(
        {"status": move.status, "address": str(move.address), "says": move.says, "id": move.live_id} for move in moves
    )
    return Listing(done, COLUMNS, rows, closing, brief)
