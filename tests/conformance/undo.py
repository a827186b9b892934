"""Cases: an apply is rolled back, and the manifests that were before agree with what is then there.

Each takes a stage, gives what its last plan is expected to say (nothing: an empty plan). None knows of any system.
"""

from __future__ import annotations

from reconciler.model import Action, Plan
from tests.conformance.bodies import laid
from tests.conformance.stage import Stage

_SECRET = "rollback.secret"


def update_rolled_back(s: Stage) -> None:
    """The fields that an update changed go back, and what others did since stays."""
    before = s.begin()
    s.write(laid(s.base, s.subject.changed))
    s.apply()
    if s.subject.undeclared:
        s.edit(s.subject.undeclared)
    plan = s.roll_back()
    assert s.actions(plan) == {s.it: Action.UPDATE}
    assert s.fields(plan, s.subject.changed) == set(s.subject.changed)
    assert s.holds(laid(s.base, s.meant(s.subject.undeclared))).id == before.id
    s.write(s.base)


def delete_rolled_back(s: Stage) -> None:
    """A deleted object is made again; where the API wants a secret for that, it is said that only git can do it."""
    s.begin()
    s.remove()
    s.apply()
    lost = _lost(s.roll_back())
    s.write(s.base)
    if not lost:
        s.holds(s.base)
        assert s.plan().operations == ()
    s.apply()


def replace_rolled_back(s: Stage) -> None:
    """The old identity comes back, the new one goes."""
    s.begin()
    s.write(s.as_other("other"))
    s.apply()
    lost = _lost(s.roll_back())
    s.write(s.base)
    if not lost:
        s.holds(s.base)
    s.apply()


def destroy_rolled_back(s: Stage) -> None:
    """Everything is made again in order, and refers to what is new."""
    s.begin()
    s.destroy()
    lost = _lost(s.roll_back())
    if not lost:
        s.holds(s.base)
        assert s.plan().operations == ()
    s.apply()


def creation_rolled_back(s: Stage) -> None:
    """What was created goes, in the reverse order of need, and can be made again."""
    s.begin()
    s.roll_back()
    assert s.subject.is_singleton or s.rows() == []
    s.apply()
    s.holds(s.base)


def _lost(plan: Plan) -> bool:
    """Say whether something was a secret that no receipt holds."""
    return any(diagnostic.code == _SECRET for diagnostic in plan.diagnostics)
