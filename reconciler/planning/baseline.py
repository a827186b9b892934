"""Tells drift that is new from drift that an earlier report, a baseline, knows already.

Takes a plan that reports drift and the baseline, gives the plan with a standing for every item, and what is resolved.
Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from reconciler.model import Address, KnownDrift, Plan


def against(plan: Plan, baseline: tuple[KnownDrift, ...], passed_over: Collection[Address]) -> Plan:
    """Give the plan with each item new or known; what was not looked at this time is not called resolved."""
    known = {item.fingerprint for item in baseline}
    drift = tuple(replace(item, standing="known" if item.fingerprint in known else "new") for item in plan.drift)
    still = {item.fingerprint for item in drift}
    unread = {str(address) for address in passed_over}
    gone = {item for item in baseline if item.fingerprint not in still and item.address not in unread}
    resolved = sorted(gone, key=lambda item: (item.address, item.path, item.fingerprint))
    return replace(plan, drift=drift, resolved=tuple(resolved))


def in_both(earlier: Plan, later: Plan) -> Plan:
    """Give the later reading with only what the earlier one found too; incomplete where one of them is."""
    seen = {item.fingerprint for item in earlier.drift}
    drift = tuple(item for item in later.drift if item.fingerprint in seen)
    told = tuple(d for d in earlier.diagnostics if d not in later.diagnostics and d.code.startswith("target."))
    return replace(
        later, drift=drift, complete=earlier.complete and later.complete, diagnostics=(*told, *later.diagnostics)
    )
