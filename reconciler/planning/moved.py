"""Makes the plan that `drift` reports: what moved, how every field stands, and nothing to do.

Takes a plan and what it was made from, gives a plan without operations. Pure: no I/O, no clock.
"""

from __future__ import annotations

from dataclasses import replace

from reconciler.model import Plan
from reconciler.planning.ignoring import doubtful_rules
from reconciler.planning.plan import Built
from reconciler.planning.tally import tally
from reconciler.planning.work import Facts


def drift_plan(plan: Plan, facts: Facts, built: Built) -> Plan:
    """Give the plan without operations, and without the guards' word on them.

    That a target is another account than the pinned one still counts: it makes drift meaningless.
    """
    told = tuple(d for d in plan.diagnostics if not d.code.startswith("guard.") or d.code == "guard.account")
    rules = doubtful_rules(facts, built.decisions, built.lives)
    fields = tally(facts, built.decisions, built.lives, plan.drift)
    return replace(plan, operations=(), unmanaged=(), fields=fields, diagnostics=(*told, *rules))
