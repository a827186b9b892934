"""What `drift` does once its options are read: report, count for Prometheus, notify; or accept.

Takes a session and options, gives the exit code. A notice that could not be sent is a warning, never another code.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reconciler import engine
from reconciler.cli import exits, options
from reconciler.cli.session import Session
from reconciler.model import Diagnostic, Plan
from reconciler.report import view


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
    """Take what moved into the manifests, or print the patch that would."""
    raise NotImplementedError
