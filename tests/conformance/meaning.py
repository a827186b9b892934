"""Cases: which values mean the same, and what becomes of values that a server does not keep as they are.

Each takes a stage, gives what its last plan is expected to say (nothing: an empty plan). None knows of any system.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model import Action, Status
from reconciler.paths import parse_path, value_at
from tests.conformance.bodies import alike, declared, laid, renamed, turned
from tests.conformance.stage import Stage


def cleared(s: Stage) -> None:
    """A null clears."""
    s.begin()
    s.write(laid(s.base, dict.fromkeys(s.subject.cleared)))
    assert s.fields(s.plan(), s.subject.cleared) == set(s.subject.cleared)
    s.apply()
    for path, held in s.subject.cleared.items():
        assert alike(held, s.value(path)), path


def nulls(s: Stage) -> None:
    """A null where nothing was ever set is nothing to do, before and after."""
    row = s.begin()
    s.write(laid(s.base, dict.fromkeys(s.subject.nulls)))
    assert s.plan().operations == ()
    s.apply()
    assert s.row() == row


def nulls_at_first(s: Stage) -> None:
    """A null in a first manifest is no difference afterwards."""
    s.begin(laid(s.base, dict.fromkeys(s.subject.nulls)))


def unordered(s: Stage) -> None:
    """Another order of a set is no change, in git or on the server."""
    s.begin()
    s.write(laid(s.base, turned(s.base, s.subject.unordered)))
    assert s.plan().operations == ()
    s.edit(turned(s.row().body, s.subject.unordered))
    assert s.drift().drift == ()


def ordered(s: Stage) -> None:
    """Another order of a list is a change, in git and on the server."""
    s.begin()
    changes = turned(s.base, s.subject.ordered)
    s.write(laid(s.base, changes))
    assert s.fields(s.plan(), changes) == set(changes)
    s.apply()
    assert {path: _comparable(s, path) for path in changes} == changes
    s.edit({path: list(reversed(s.value(path))) for path in changes})
    assert s.drifted(s.drift()) == set(changes)
    s.apply()
    assert {path: _comparable(s, path) for path in changes} == changes


def _comparable(s: Stage, path: str) -> object:
    """Give a list that the server holds, of its items only what the base declares."""
    meant = value_at(s.base, parse_path(path))[0]
    held = s.value(path)
    return [{key: item[key] for key in meant} for item in held] if isinstance(meant, dict) else held


def numbers(s: Stage) -> None:
    """1 is 1.0, in git and on the server."""
    path = s.subject.number
    s.begin(laid(s.base, {path: 1}))
    s.edit({path: 1.0})
    assert s.drift().drift == ()
    s.write(laid(s.base, {path: 1.0}))
    assert s.plan().operations == ()
    s.apply()
    assert s.writes == []


def booleans(s: Stage) -> None:
    """1 is not true: that is drift, and taken back."""
    path = s.subject.number
    s.begin(laid(s.base, {path: 1}))
    s.edit({path: True})
    assert s.drifted(s.drift()) == {path}
    s.apply()
    assert alike(1, s.value(path))


def spelled(s: Stage) -> None:
    """Two spellings of one field, or two names, are one, and lead to one object."""
    first = {path: pair[0] for path, pair in s.subject.spellings.items()}
    second = {path: pair[1] for path, pair in s.subject.spellings.items()}
    s.write(renamed(laid(s.base, second), s.subject.aliases))
    s.apply()
    row = s.holds(laid(s.base, first))
    s.write(laid(s.base, first))
    assert s.plan().operations == ()
    s.apply()
    assert s.row() == row


def ignored(s: Stage) -> Mapping[str, Action]:
    """A field that the server takes and forgets is told at once, and by every plan, until the manifest gives in."""
    s.write(laid(s.base, s.subject.ignored))
    applied = s.apply(Status.DIVERGED)
    left = {change.path for change in s.outcome(applied).left}
    assert {declared(path, s.subject.ignored) for path in left} == set(s.subject.ignored)
    plan = s.plan()
    assert s.paths(plan) == left
    assert plan.drift == ()
    s.apply(Status.DIVERGED)
    s.write(s.base)
    s.apply()
    s.holds(s.base)
    s.write(laid(s.base, s.subject.ignored))
    s.apply(Status.DIVERGED)
    return {s.it: Action.UPDATE}


def normalised(s: Stage) -> None:
    """A field that the server stores in another form is done, and no difference afterwards."""
    s.begin()
    s.write(laid(s.base, {path: sent for path, (sent, _) in s.subject.normalised.items()}))
    s.apply()
    for path, (sent, held) in s.subject.normalised.items():
        assert sent != held
        s.holds(laid({}, {path: held}))
    assert s.drift().drift == ()


def elided(s: Stage) -> None:
    """A field that no list shows is read where a manifest declares it: its drift is seen and taken back."""
    s.begin()
    s.edit(s.subject.elided)
    assert s.drifted(s.drift()) == set(s.subject.elided)
    s.apply()
    s.holds(s.base)
