"""What must hold when all is quiet: a run that nothing befell leaves nothing to do, and nothing that is nobody's.

Takes a world, the run and the plan after it; gives what is wrong, in words.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.errors import ManifestError
from reconciler.model import Diagnostic, Entry, Phase, Plan, Status
from tests.simulation.estate import Place
from tests.simulation.invariants import unlike_anything
from tests.simulation.run import Run
from tests.simulation.world import Key, World


def unsettled(w: World, applied: Run, planned: Run) -> Iterator[str]:
    """Say what is wrong after an apply that nothing befell, and the plan after it."""
    if asks_a_person(w, applied):
        return
    if applied.error is not None or planned.error is not None:
        yield f"a rerun without faults ended with {applied.error or planned.error!r}\n{applied.said or planned.said}"
        return
    plan: Plan = applied.done.plan
    if plan.refused:
        refusals = [(d.code, d.summary) for d in plan.diagnostics if d.severity == "error"]
        yield f"a rerun without faults is refused: {refusals}"
        return
    final = {outcome.address: outcome for outcome in applied.outcomes}
    for address, outcome in sorted(final.items()):
        if outcome.status is not Status.DONE:
            yield f"a rerun without faults: {address} {outcome.status.value}: {outcome.error} {outcome.left}"
    after = planned.plan
    assert after is not None
    if not after.complete or after.operations or after.drift:
        said = [(str(o.address), o.action.value, o.reason, [c.path for c in o.changes]) for o in after.operations]
        yield f"after a rerun without faults the plan is not empty: {said} {after.drift} {after.diagnostics}"
    yield from unlike_anything(w)
    yield from _nobodys(w, after)


ASKED = {"guard.default"}
"""Refusals that a person answers, by code."""
_NO_DEFAULT = "has no default to go back to"


def asks_a_person(w: World, run: Run) -> bool:
    """Say whether a run stopped for what only a person can decide, and said so."""
    if isinstance(run.error, ManifestError):
        return all(_NO_DEFAULT in finding.summary for finding in run.error.diagnostics)
    refusals = [d for d in run.plan.diagnostics if d.severity == "error"] if run.plan else []
    return bool(run.plan and run.plan.refused and refusals) and all(_is_asked(w, d) for d in refusals)


def _is_asked(w: World, refusal: Diagnostic) -> bool:
    """Say whether a refusal is right: an identity is borne by another object, which is not this manifest's."""
    at = refusal.address
    if refusal.code != "guard.ownership" or at is None:
        return refusal.code in ASKED
    entry = w.entries().get((at.target, at.kind, at.name))
    borne = {row.name for key, row in w.rows().items() if key[:2] == (at.target, at.kind) and not _is_of(entry, key)}
    return w.declared.identity(Place(at.target, at.kind, at.name)) in borne


def _is_of(entry: Entry | None, key: Key) -> bool:
    return entry is not None and entry.id == key[2]


def _nobodys(w: World, plan: Plan) -> Iterator[str]:
    rows, owned = set(w.rows()), w.owned()
    listed = {(name, s.kind) for name, corner in w.corners.items() for s in corner.listed}
    uncertain = any(d.code == "prune.uncertain" for d in plan.diagnostics)
    for key in sorted(rows - owned - set(w.foreign)):
        if not uncertain:
            yield f"{'/'.join(key)} is an orphan"
    for key in sorted(owned - rows):
        if key[:2] in listed:
            yield f"the inventory holds {'/'.join(key)}, which is not there"
    for (target, kind, name), entry in sorted(w.entries().items()):
        if entry.phase is not Phase.SETTLED:
            yield f"the inventory says {entry.phase.value} of {target}/{kind}/{name}"
