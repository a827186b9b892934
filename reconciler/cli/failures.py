"""What a person or a machine is told when a run fails.

Takes an exception, shows it as diagnostics on stderr and, where JSON was asked for, as the one document on stdout;
gives the exit code. Shows a traceback only where RECONCILER_DEBUG asks for one, and that without secrets.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import click

from reconciler import __version__, redact
from reconciler.cli import exits
from reconciler.cli.session import Session
from reconciler.errors import DiagnosticsError, ReconcilerError
from reconciler.model import Diagnostic
from reconciler.report import view


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run ended: in one sentence, with every finding, and the exit code."""

    message: str
    exit_code: int
    hint: str = ""
    findings: tuple[Diagnostic, ...] = ()


def report(error: BaseException, session: Session) -> int:
    """Show why the run ended; give the exit code."""
    failure, closing = tell(error, session)
    words = view.Failure(failure.message, failure.hint, failure.exit_code)
    document = view.of_failure(words, failure.findings or (closing,), _VERBS.get(session.verb, "plan"))
    session.write_files(document)
    try:
        session.write_out(document)
    except OSError as unwritable:
        session.warn(view.diagnostic_rows([Diagnostic("error", _of_os_error(unwritable).message)]))
    return failure.exit_code


def tell(error: BaseException, session: Session) -> tuple[Failure, Diagnostic]:
    """Show an error on stderr; give it in words, and as the diagnostic that ends what was shown."""
    failure = explain(error)
    if session.environ.get("RECONCILER_DEBUG") and not isinstance(error, click.ClickException):
        session.err.write(redact.scrub("".join(traceback.format_exception(error))))
    closing = Diagnostic("error", failure.message, hint=failure.hint)
    said = [f"{finding.source}: {finding.summary}" for finding in failure.findings] == [failure.message]
    session.warn(view.diagnostic_rows(failure.findings if said else (*failure.findings, closing)))
    return failure, closing


_VERBS: Mapping[str, view.Verb] = {"apply": "apply", "destroy": "apply", "drift": "drift", "validate": "validate"}
"""What a verb would have answered; of others, as of `plan`, what would change."""


def explain(error: BaseException) -> Failure:
    """Put an exception into words."""
    return next((explain_one(error) for kind, explain_one in _WORDS if isinstance(error, kind)), None) or _of_bug(error)


def _of_diagnostics(error: DiagnosticsError) -> Failure:
    return Failure(error.message, error.exit_code, error.hint, error.diagnostics)


def _of_ours(error: ReconcilerError) -> Failure:
    return Failure(error.message, error.exit_code, error.hint)


def _of_usage(error: click.UsageError) -> Failure:
    if isinstance(error, click.NoSuchOption) and error.option_name in ("-c", "--config"):
        hint = "-c comes before the verb: reconciler -c FILE VERB"
    else:
        command = error.ctx.command_path if error.ctx is not None else "reconciler"
        hint = f"`{command} --help` shows what it takes"
    return Failure(error.format_message(), exits.INVALID, hint)


def _of_click(error: click.ClickException) -> Failure:
    return Failure(error.format_message(), exits.INVALID)


def _of_interrupt(_: BaseException) -> Failure:
    return Failure("interrupted", exits.INTERRUPTED)


def _of_os_error(error: OSError) -> Failure:
    place = f"{error.filename}: " if error.filename else ""
    return Failure(f"{place}{error.strerror or error}", exits.ERROR)


def _of_bug(error: BaseException) -> Failure:
    text = redact.vendor_text(f"{type(error).__name__}: {error}")
    return Failure(
        f"unexpected {text}",
        exits.ERROR,
        f"this is a bug in reconciler {__version__}: please report it with the output of the same command under "
        "RECONCILER_DEBUG=1, which leaves secrets out",
    )


_WORDS: tuple[tuple[type[BaseException], Callable[[Any], Failure]], ...] = (
    (DiagnosticsError, _of_diagnostics),
    (ReconcilerError, _of_ours),
    (click.UsageError, _of_usage),
    (click.ClickException, _of_click),
    (click.Abort, _of_interrupt),
    (KeyboardInterrupt, _of_interrupt),
    (OSError, _of_os_error),
)
"""The first kind that fits finds the words; what fits none is a bug."""
