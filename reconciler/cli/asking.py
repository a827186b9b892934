"""Asks a person whether to go on.

Takes the session, gives a yes or no; where nobody can be asked, says what to do instead. Changes nothing itself.
"""

from __future__ import annotations

import select
import signal
import sys

from reconciler.cli.session import Session
from reconciler.errors import UsageError


def require_somebody(session: Session, hint: str) -> None:
    """Raise `UsageError` where there is nobody to ask."""
    if not session.can_ask():
        raise UsageError(f"`{session.verb}` has nobody to ask: this is no terminal", hint=hint)


def ask(session: Session) -> bool:
    """Ask on stderr; Ctrl-C at the question leaves at once, though an event loop is running."""
    loops_handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        session.err.write("Type `yes` to do this: ")
        while not select.select([sys.stdin], [], [], 0.1)[0]:
            pass  # a signal that comes just before a read would wait for the read to end
        answer = sys.stdin.readline()
        if not answer:
            session.err.write("\n")  # Ctrl-D ends no line
        return answer.strip() == "yes"
    finally:
        signal.signal(signal.SIGINT, loops_handler)
