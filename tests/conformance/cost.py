"""Cases: what the verbs ask of a server.

Each takes a stage, gives what its last plan is expected to say (nothing: an empty plan). None knows of any system.
"""

from __future__ import annotations

from tests.conformance.bodies import laid
from tests.conformance.stage import Stage

FEW, MANY = 1, 50
A_LIST = 1
"""That tells what the details are about."""


def only_reads(s: Stage) -> None:
    """Plan and drift, and an apply that is turned down, send reads alone and change no file."""
    s.write(s.base)
    _reads_only(s)
    s.apply()
    s.edit(s.subject.drift)
    s.write(laid(s.base, s.subject.changed))
    _reads_only(s)
    s.remove()
    _reads_only(s)
    s.write(s.base)
    s.apply()


def _reads_only(s: Stage) -> None:
    files = s.files()
    for verb in (s.plan, s.drift, lambda: s.apply_nothing(confirm=lambda _: False)):
        verb()
        assert s.sent != []
        assert s.writes == []
        assert s.files() == files


def lists_only(s: Stage) -> None:
    """A plan asks for lists, a page at a time, and never for single objects: many cost what one costs."""
    asked = []
    for count in (FEW, MANY):
        for number in range(count):
            s.write(s.subject.plain, f"many{number:02}")
        s.apply()
        assert s.plan().operations == ()
        pages = s.asked(s.subject.routes.list)
        most = 1 + len(s.hands.rows(s.subject.kind)) // s.subject.page if s.subject.is_paged else 1
        assert 1 <= len(pages) <= s.subject.lists * most
        asked.append(sorted((seen.method, seen.path) for seen in s.sent if seen not in pages))
    assert asked[0] == asked[1]


def details(s: Stage) -> None:
    """Where a list leaves out what a manifest declares, that costs one read an object, and no more."""
    counts = []
    for spec in (s.subject.plain, laid(s.subject.plain, s.subject.elided)):
        for number in range(MANY):
            s.write(spec, f"many{number:02}")
        s.apply(updates=MANY)
        s.plan()
        counts.append(len(s.sent))
    assert MANY <= counts[1] - counts[0] <= MANY + A_LIST
