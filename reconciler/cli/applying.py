"""What `apply` and `destroy` have in common: show, ask, carry out, tell.

Takes a request or a saved plan, gives the exit code. Outcomes appear as they come; JSON appears once, at the end.
"""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli import asking, exits, options
from reconciler.cli.session import Session
from reconciler.model import Outcome, Plan, Request
from reconciler.report import human, view
from reconciler.report.lines import EMPTY
from reconciler.report.terminal import Progress

if TYPE_CHECKING:
    from reconciler.engine import Applied
    from reconciler.report.view import DiagnosticRow


def carry_out(session: Session, request: Request, *, file: Path | None, yes: bool) -> int:
    """Apply a saved plan or a new one."""
    if file is None and not yes:
        asking.require_somebody(session, "say --yes, or apply a plan that `plan --out FILE` saved")
    from reconciler import engine

    saved = None if file is None else engine.open_plan(file)
    settings = session.settings()
    options.refuse_vain(request, settings)
    with session.progress() as progress:
        run = _Run(session, progress, asks=file is None and not yes, shows_plan=file is None)
        applied = asyncio.run(
            engine.apply_plan(
                settings,
                request,
                saved,
                confirm=run.confirm,
                asks=run.asks,
                on_outcome=run.on_outcome,
                progress=progress,
                stop=run.stop,
            )
        )
    return run.close(applied)


class _Run:
    """One apply, seen from the terminal."""

    def __init__(self, session: Session, progress: Progress, *, asks: bool, shows_plan: bool) -> None:
        self.stop = asyncio.Event()
        self._session = session
        self._progress = progress
        self.asks = asks
        self._shows_plan = shows_plan
        self._is_heard = True
        self._warned: tuple[DiagnosticRow, ...] = ()

    def confirm(self, plan: Plan) -> bool:
        """Show the plan and ask; called once, before the first write, and not where a guard refused."""
        self._progress.stop()
        planned = view.of_plan(plan)
        self._warned = planned.diagnostics
        self._session.warn(planned.diagnostics)
        if self._shows_plan and (self._session.wants_text or self.asks):
            screen = self._session.out if self._session.wants_text else self._session.err
            screen.show([*human.plan_lines(planned), EMPTY])
        if self.asks and plan.operations and not asking.ask(self._session):
            return False
        self._stop_on_signals()
        if plan.operations:
            self._progress("applying", 0, len(plan.operations))
        return True

    def on_outcome(self, outcome: Outcome, done: int, total: int) -> None:
        """Show how one operation ended. Never raises: whoever listens may go, the writes go on."""
        if not self._is_heard:
            return
        try:
            if self._session.wants_text:
                self._progress.beside(self._session.out).show(human.outcome_lines(view.outcome_row(outcome)))
            self._progress("applying", done, total)
        except OSError:
            self._is_heard = False

    def close(self, applied: Applied) -> int:
        """Show how it ended; give the exit code."""
        plan, session = applied.plan, self._session
        result = view.of_applied(plan, applied.outcomes, interrupted=applied.interrupted)
        session.write_files(result)
        session.warn(tuple(row for row in result.diagnostics if row not in self._warned))  # what came up since
        if session.wants_text and (applied.confirmed or plan.refused):
            session.out.show(human.plan_lines(result) if plan.refused else human.closing_lines(result))
        session.write_out(result)
        if applied.confirmed or plan.refused:
            return exits.exit_code(plan, applied.outcomes, interrupted=applied.interrupted)
        session.remark("nothing was changed")
        return exits.INTERRUPTED

    def _stop_on_signals(self) -> None:
        """From now on the first Ctrl-C (or SIGTERM) stops starting writes, and the second leaves."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._on_signal)

    def _on_signal(self) -> None:
        if self.stop.is_set():
            raise KeyboardInterrupt
        self.stop.set()
        self._session.remark("stopping: what is in flight is being finished; once more to leave at once")
