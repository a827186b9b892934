"""What is nobody's is spared, and what is not known is called neither absent nor failed.

Takes a world before and after a step in which nobody meddled, gives what is wrong, in words.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model import Action, Status
from tests.simulation.estate import KINDS, Place
from tests.simulation.invariants import MAKES, Before, follows, goes_along
from tests.simulation.run import Run
from tests.simulation.world import World


def wrongs(w: World, before: Before, runs: list[Run]) -> Iterator[str]:
    """Say what is wrong after a step."""
    yield from _spared(w, before, runs)
    if len(runs) == 1 and not runs[0].process.was_lied_to:
        yield from _saw_what_is_there(before, runs[0])
        yield from _failed_nothing(w, before, runs[0])


def _spared(w: World, before: Before, runs: list[Run]) -> Iterator[str]:
    """What is nobody's is never deleted, and changed only where a person said that it may be taken over."""
    plans = [run.plan for run in runs if run.plan is not None]
    warned = {d.address.target for plan in plans for d in plan.diagnostics if goes_along(d) and d.address}
    rows, consent = w.rows(), any(plan.consent.adopt for plan in plans)
    for key in sorted(set(before.foreign) & set(before.rows) - before.owned):
        old, new = before.rows[key], rows.get(key)
        if key[0] in warned or KINDS.get(*key[:2]).renumbered:  # of what gets new ids a name is all that is known
            continue
        if new is None or new.name != old.name:  # a number is given away again
            yield f"{'/'.join(key)} is nobody's, and it was deleted"
        elif new.raw != old.raw and not consent and not follows(key, old, new):
            yield f"{'/'.join(key)} is nobody's, and it was changed without consent"


def _saw_what_is_there(before: Before, run: Run) -> Iterator[str]:
    """Unknown is never absent: what is ours and there is not to be created."""
    for op in run.plan.operations if run.plan else ():
        target, kind = op.address.target, op.address.kind
        entry = before.entries.get((target, kind, op.address.name))
        key = (target, kind, (entry and entry.id) or "")
        if op.action is Action.CREATE and key in before.owned and key in before.rows:
            yield f"{op.address} is to be created, and it is there"


def _failed_nothing(w: World, before: Before, run: Run) -> Iterator[str]:
    """Unknown is not failed: what is called failed, and names no object, has made none."""
    new = {(*key[:2], row.name) for key, row in w.rows().items() if key not in before.rows}
    for outcome in run.outcomes:
        place = Place(outcome.address.target, outcome.address.kind, outcome.address.name)
        failed = outcome.status is Status.FAILED and outcome.action in MAKES and outcome.live_id is None
        if failed and place in w.declared.specs and (*place[:2], w.declared.identity(place)) in new:
            yield f"{'/'.join(place)} is called failed, and it was made"
