"""What one verb of Reconciler came to in a simulated world.

Takes nothing, gives a record that a world fills in, and what a person would have seen of it.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass, field
from typing import Any

from reconciler.model import Outcome, Plan
from reconciler.report import human, view
from reconciler.report.about import About
from reconciler.report.formats import FORMATS
from tests.simulation.calls import Call
from tests.simulation.process import Killed, Process
from tests.simulation.wire import Sent


@dataclass(slots=True)
class Run:
    """What one verb came to."""

    verb: str
    process: Process
    plan: Plan | None = None
    """What was shown before anything was done."""
    done: Any = None
    error: BaseException | None = None
    sent: list[Sent] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    said: str = ""
    """All that a person would see."""

    @property
    def was_killed(self) -> bool:
        """Whether it was killed."""
        return self.process.is_dead


def words_of(run: Run) -> str:
    """Give what a person would see of a run, in every form that shows values."""
    if isinstance(run.error, Killed):
        return ""
    if run.error is not None:
        return "".join(traceback.format_exception(run.error))
    if run.plan is None:
        return repr(run.done)
    document = view.of_applied(run.plan, run.done.outcomes) if run.verb == "apply" else view.of_plan(run.plan)
    if not run.plan.operations and not run.plan.diagnostics and not run.plan.drift:
        return human.render(document)
    return human.render(document) + FORMATS["json"](document, About())
