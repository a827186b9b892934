"""Cases: an object is created, changed, replaced and deleted, by us and by others.

Each takes a stage, gives what its last plan is expected to say (nothing: an empty plan). None knows of any system.
"""

from __future__ import annotations

from reconciler.model import Action, Status
from tests.conformance.bodies import alike, lacking, laid
from tests.conformance.stage import IT, Stage

OTHER = "other"
"""Another identity."""


def created(s: Stage) -> None:
    """A manifest becomes an object that is as it says."""
    s.write(s.base)
    assert s.actions(s.plan())[s.it] is s.first
    s.apply()
    s.holds(s.base)


def unchanged(s: Stage) -> None:
    """What is as it should be is read and left alone, in the inventory too."""
    row, files = s.begin(), s.files()
    plan = s.plan()
    assert plan.operations == ()
    assert plan.unchanged == 1 + len(s.subject.support)
    s.apply()
    assert s.writes == []
    assert s.row() == row
    assert s.files() == files


def updated(s: Stage) -> None:
    """A changed manifest changes those fields in place."""
    before = s.begin()
    s.write(laid(s.base, s.subject.changed))
    plan = s.plan()
    assert s.actions(plan) == {s.it: Action.UPDATE}
    assert s.fields(plan, s.subject.changed) == set(s.subject.changed)
    s.apply()
    assert s.holds(laid(s.base, s.subject.changed)).id == before.id


def updated_in_steps(s: Stage) -> None:
    """An update that takes several writes does them all."""
    s.begin()
    s.write(laid(s.base, s.subject.stepped))
    s.apply()
    assert all(s.written(route) for route in s.subject.routes.update)
    s.holds(laid(s.base, s.subject.stepped))


def removed(s: Stage) -> None:
    """A field that leaves the manifest goes back to its default; what others set stays."""
    s.begin()
    s.edit(s.subject.undeclared)
    s.write(lacking(s.base, s.subject.removed))
    s.apply()
    for path, held in {**s.subject.removed, **s.subject.undeclared}.items():
        assert alike(held, s.value(path)), path
    s.holds(lacking(s.base, s.subject.removed))


def drifted(s: Stage) -> None:
    """A change behind our back is seen field by field and taken back; a field that nobody declared is not touched."""
    s.begin()
    s.edit({**s.subject.drift, **s.subject.undeclared})
    drift = s.drift()
    assert s.drifted(drift) == set(s.subject.drift)
    assert {i.path: i.live for i in drift.drift} == s.meant(s.subject.drift)
    plan = s.plan()
    assert s.actions(plan) == {s.it: Action.UPDATE}
    assert s.fields(plan, s.subject.drift) == set(s.subject.drift)
    s.apply()
    s.holds(laid(s.base, s.subject.undeclared))


def conflicted(s: Stage) -> None:
    """A field that changed in git and on the server, differently, is a conflict; git wins."""
    s.begin()
    s.edit(s.subject.drift)
    s.write(laid(s.base, s.subject.contested))
    drift = s.drift()
    assert s.drifted(drift, "conflict") == set(s.subject.contested)
    assert s.drifted(drift) == set(s.subject.drift) - set(s.subject.contested)
    s.apply()
    s.holds(laid(s.base, s.subject.contested))


def came_true(s: Stage) -> None:
    """A change that somebody made by hand before it was in git is nothing to do."""
    s.begin()
    s.edit(s.subject.changed)
    s.write(laid(s.base, s.subject.changed))
    assert s.plan().operations == ()
    s.apply()
    assert s.writes == []


def replaced(s: Stage) -> None:
    """Another identity is another object: the old one goes, the new one comes."""
    s.begin()
    s.write(s.as_other(OTHER))
    assert s.actions(s.plan()) == {s.it: Action.REPLACE}
    s.apply()
    s.holds(s.base, OTHER)
    if s.subject.is_singleton:
        s.holds(s.subject.initial)
    else:
        assert s.rows(IT) == []


def deleted(s: Stage) -> None:
    """An object goes with its manifest, and what we leave of a thing that cannot go is as at first."""
    s.begin()
    s.remove()
    assert s.actions(s.plan()) == {s.it: Action.DELETE}
    s.apply()
    assert s.entry() is None
    if s.subject.is_singleton:
        s.holds(s.subject.initial)
    else:
        assert s.rows() == []


def gone_before_delete(s: Stage) -> None:
    """What is gone already is forgotten."""
    s.begin()
    s.delete()
    s.remove()
    assert s.actions(s.plan()) == {s.it: Action.FORGET}
    s.apply()
    assert s.writes == []
    assert s.entry() is None


def gone_while_deleting(s: Stage) -> None:
    """Somebody deletes it after the plan: that is what we wanted."""
    s.begin()
    s.remove()
    s.apply(then=s.delete)
    assert s.entry() is None


def gone_while_updating(s: Stage) -> None:
    """Somebody deletes it after the plan: the update fails and makes nothing, and the next run brings it back."""
    s.begin()
    s.write(laid(s.base, {**s.subject.changed, **s.subject.stepped}))
    s.apply(Status.FAILED, then=s.delete)
    assert s.rows() == []
    assert s.actions(s.plan()) == {s.it: Action.CREATE}
    s.apply()
    s.holds(laid(s.base, {**s.subject.changed, **s.subject.stepped}))


def deleted_outside(s: Stage) -> None:
    """What somebody deleted is drift, and comes back."""
    s.begin()
    s.delete()
    assert s.drifted(s.drift()) == {""}
    assert s.actions(s.plan()) == {s.it: Action.CREATE}
    s.apply()
    s.holds(s.base)


def followed(s: Stage) -> None:
    """What refers to it follows when it is replaced, and goes before it goes."""
    assert s.subject.dependent is not None
    leaning, path = s.subject.dependent.manifest, s.subject.dependent.path
    s.begin()
    s.write(leaning.spec, leaning.name, leaning.kind)
    s.apply()
    s.write(s.as_other(OTHER))
    assert s.actions(s.plan()) == {s.it: Action.REPLACE, f"{leaning.kind}/{leaning.name}": Action.UPDATE}
    s.apply()
    field = s.subject.dependent.field
    assert s.pointed(leaning, path) == (s.value(field, OTHER) if field else s.system.id_of(s.row(OTHER).id))
    s.remove()
    s.remove(leaning.name, leaning.kind)
    applied = s.apply(deletes=2)
    (ours,) = [operation for operation in applied.plan.operations if operation.address.name == IT]
    assert [need.name for need in ours.needs] == [leaning.name]


def many(s: Stage) -> None:
    """More objects than a page holds are created side by side, and every one of them is found again."""
    names = [f"many{number:03}" for number in range(s.subject.page + 5)]
    for name in names:
        s.write(s.subject.plain, name)
    s.apply()
    assert s.plan().operations == ()
    s.lose_inventory()
    plan = s.plan()
    assert {op.action for op in plan.operations} == {Action.ADOPT}
    assert {op.address.name for op in plan.operations} >= set(names)
    s.apply()
    assert s.writes == []
