"""What `drift` does once its options are read: report, count for Prometheus, notify; or accept.

Takes a session and options, gives the exit code. A notice that could not be sent is a warning, never another code.
"""

from __future__ import annotations

import asyncio
import difflib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reconciler import engine
from reconciler.cli import exits, options
from reconciler.cli.session import Session
from reconciler.model import Diagnostic, Plan
from reconciler.report import view
from reconciler.words import counted

ANSWERS = (
    "`apply --only-drift` puts it back, `drift --accept` takes it into git, "
    "a rule in metadata.lifecycle.ignore leaves it to others"
)


def show(session: Session, asked: dict[str, Any]) -> int:
    """Report what moved; give the exit code."""
    from reconciler.cli.baselines import read_baseline

    settings, request = session.settings(), options.request(asked)
    options.refuse_vain(request, settings)
    known = None if asked["baseline"] is None else read_baseline(asked["baseline"])
    with session.progress() as progress:
        plan = asyncio.run(engine.find_drift(settings, request, progress, known=known, confirm=asked["confirm"]))
    code = exits.exit_code(plan, drift=True)
    if asked["notify"] and (code or plan.resolved):
        plan = _notified(plan, asked["notify"])
    session.show(view.of_drift(plan))
    if plan.drift and session.wants_text:
        session.remark(ANSWERS)
    if asked["metrics"] is not None:
        try:
            _write_metrics(asked["metrics"], plan, sorted(settings.targets))
        except OSError as error:
            session.lament(error)
    return code


def _notified(plan: Plan, url: str) -> Plan:
    """Send the summary; give the plan with a warning where that failed."""
    from reconciler.cli.notices import send
    from reconciler.report import notice

    document = view.of_drift(plan)
    problem = send(url, notice.title(document), notice.text(document))
    if not problem:
        return plan
    hint = "the exit code and the report are those of the drift all the same"
    warning = Diagnostic("warning", f"the notice could not be sent: {problem}", hint=hint, code="notify.failed")
    return replace(plan, diagnostics=(*plan.diagnostics, warning))


def _write_metrics(path: Path, plan: Plan, targets: list[str]) -> None:
    from reconciler.cli.files import write_whole
    from reconciler.report import metrics

    write_whole(path, metrics.render(view.of_drift(plan), targets, datetime.now(UTC).timestamp()))


def accept(session: Session, asked: dict[str, Any], *, is_patch: bool) -> int:
    """Take what moved into the manifests, or print the patch that would; what is left decides the exit code."""
    from reconciler.cli.files import write_whole

    settings, request = session.settings(), options.request(asked)
    options.refuse_vain(request, settings)
    with session.progress() as progress:
        accepted = asyncio.run(engine.accept_drift(settings, request, progress))
    plan, files = accepted.plan, {name: _texts(pair) for name, pair in accepted.files.items()}
    code = exits.exit_code(plan, drift=True)
    if is_patch:
        session.warn(view.diagnostic_rows(plan.diagnostics))
        session.out.write("".join(patch(name, *texts) for name, texts in files.items()))
        return exits.worst((code, exits.CHANGES)) if files else code
    for name, (_, after) in files.items():
        write_whole(Path(name), after)
    session.show(_listing(plan, list(files), accepted.fields))
    return code


def _texts(pair: tuple[bytes, bytes]) -> tuple[str, str]:
    return pair[0].decode("utf-8"), pair[1].decode("utf-8")


def _listing(plan: Plan, files: list[str], fields: int) -> view.Listing:
    what = f"{counted(fields, 'field')} in {counted(len(files), 'file')}" if fields else "nothing"
    left = f"; {counted(len(plan.drift), 'field')} left" if plan.drift else ""
    return view.Listing(
        "files",
        ("status", "path"),
        tuple({"status": "edited", "path": name} for name in files),
        f"Accepted: {what}{left}.",
        complete=plan.complete,
        diagnostics=view.diagnostic_rows(plan.diagnostics),
    )


def patch(name: str, before: str, after: str) -> str:
    """Give a unified diff that `git apply` takes in the folder where this runs."""
    rows = difflib.unified_diff(_lines(before), _lines(after), f"a/{name}", f"b/{name}")
    return "".join(row if row.endswith("\n") else f"{row}\n\\ No newline at end of file\n" for row in rows)


def _lines(text: str) -> list[str]:
    """Split at line feeds alone, as patches do."""
    *whole, last = text.split("\n")
    return [*(f"{line}\n" for line in whole), *([last] if last else [])]
