"""Cases: what is ours, what is somebody's, and how one becomes the other.

Each takes a stage, gives what its last plan is expected to say (nothing: an empty plan). None knows of any system.
"""

from __future__ import annotations

from reconciler.model import Action, Plan, Status
from tests.conformance.bodies import laid
from tests.conformance.stage import IT, Stage

STRANGER = "stranger"


def _is_refused(s: Stage, plan: Plan) -> None:
    assert {diagnostic.code for diagnostic in plan.diagnostics if diagnostic.severity == "error"} == {"guard.ownership"}
    applied = s.apply()
    assert not applied.confirmed
    assert s.writes == []


def equal(s: Stage) -> None:
    """What was there before and is equal is adopted, without a write to the server."""
    s.write(s.base)
    s.apply()
    row = s.row()
    s.lose_inventory()
    assert set(s.actions(s.plan()).values()) == {Action.ADOPT}
    s.apply()
    assert s.writes == []
    assert s.row() == row


def equal_by_hand(s: Stage) -> None:
    """An equal object that somebody made is adopted; what it has beyond the manifest stays."""
    live_id = s.by_hand(IT, laid(s.subject.plain, s.subject.undeclared))
    row = s.row()
    s.write(s.subject.plain)
    assert s.actions(s.plan())[s.it] is Action.ADOPT
    s.apply()
    assert s.row() == row
    s.takes(live_id)


def different(s: Stage) -> None:
    """One that differs is refused, and left as it is, until a person says adopt."""
    live_id = s.by_hand(IT, laid(s.subject.plain, s.subject.undeclared))
    row = s.row()
    s.write(s.base)
    _is_refused(s, s.plan())
    assert s.row() == row
    assert s.entry() is None
    assert s.actions(s.plan(adopt=True))[s.it] is Action.UPDATE
    s.apply(adopt=True)
    assert s.holds(laid(s.base, s.subject.undeclared)).id == live_id
    s.takes(live_id)


def different_and_left(s: Stage) -> None:
    """The manifest goes again: the object stays."""
    s.by_hand(IT, laid(s.subject.plain, s.subject.undeclared))
    s.write(s.base)
    _is_refused(s, s.plan())
    s.remove()
    s.apply()


def several(s: Stage) -> None:
    """Two objects of one identity are for a person to decide, adopt or not."""
    for _ in range(2):
        s.by_hand(IT, s.subject.plain)
    s.write(s.subject.plain)
    _is_refused(s, s.plan())
    _is_refused(s, s.plan(adopt=True))
    s.remove()
    s.apply()


def taken_while_creating(s: Stage) -> None:
    """Somebody makes it after the plan: the create fails, and nothing is overwritten."""
    s.write(s.base)
    s.apply(Status.FAILED, then=lambda: s.by_hand(IT, s.subject.plain))
    assert s.entry() is None
    _is_refused(s, s.plan())
    s.remove()


def identity_taken(s: Stage) -> None:
    """An object cannot be replaced by one of an identity that somebody bears."""
    s.begin()
    s.by_hand(STRANGER, s.subject.plain)
    s.write(s.as_other(STRANGER))
    _is_refused(s, s.plan())
    s.write(s.base)


def renamed_outside(s: Stage) -> None:
    """An id that bears another identity is not ours any more: ours is made again, the other one is left alone."""
    live_id = s.begin().id
    s.edit({s.subject.identity or "": s.subject.named(STRANGER)})
    s.leaves(live_id)
    assert s.drifted(s.drift()) == {""}
    assert s.actions(s.plan()) == {s.it: Action.CREATE}
    s.apply()
    assert s.holds(s.base).id != live_id


def made_again_outside(s: Stage) -> None:
    """Somebody deletes it and makes another of that identity: ours where the identity is the id, theirs elsewhere."""
    s.begin()
    s.delete()
    live_id = s.by_hand(IT, s.subject.plain)
    if s.subject.chooses_id:
        assert s.actions(s.plan()) == {s.it: Action.UPDATE}
    else:
        _is_refused(s, s.plan())
    s.apply(adopt=not s.subject.chooses_id)
    s.holds(s.base)
    s.takes(live_id)


def lost_inventory(s: Stage) -> None:
    """A lost inventory costs an adoption; a manifest that changed meanwhile needs a person's word."""
    s.begin()
    s.lose_inventory()
    s.write(laid(s.base, s.subject.changed))
    if not s.subject.is_singleton:
        _is_refused(s, s.plan())
    s.apply(adopt=True)
    s.holds(laid(s.base, s.subject.changed))
