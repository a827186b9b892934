"""Cases: a busy server, a failing network, and a run that is stopped.

Each takes a stage, gives what its last plan is expected to say (nothing: an empty plan). None knows of any system.
"""

from __future__ import annotations

import asyncio

from reconciler.model import Plan, Status
from tests.conformance.bodies import laid
from tests.conformance.stage import Stage
from tests.conformance.subjects import Body

WAITS = (
    "none",
    "Retry-After: 0",
    "Retry-After: date+0",
    "Retry-After-Ms: 20",
    "X-RateLimit-Reset: 0",
    "X-RateLimit-Reset: epoch+0",
    "X-RateLimit-Reset: epoch-ms+0",
)
"""Every form in which a server says when to come back, as sandbox faults; the waits themselves are short."""
HALF_A_SECOND = "Retry-After-Ms: 500"

KNOWN = (Status.DONE, Status.UNKNOWN)
NOBODY = "http://127.0.0.1:9"
"""Nothing listens on the port of discard."""


def busy(s: Stage) -> None:
    """A write that is refused for now is repeated, whatever the form of the refusal; a read too."""
    specs = [laid(s.base, s.subject.changed), s.base]
    s.begin(s.base)
    for turn, wait in enumerate((*WAITS, *s.system.waits)):
        s.write(specs[turn % 2])
        s.apply(then=s.failing(f"429={wait}:{s.subject.routes.update[0]}"))
        refused, taken = [seen.status for seen in s.written(s.subject.routes.update[0])][:2]
        assert refused in (400, 429)
        assert 200 <= taken < 300
        s.holds(specs[turn % 2])
    s.fail(f"429={WAITS[0]}:{s.subject.routes.list}")
    assert s.plan().operations == ()


def busy_at_first(s: Stage) -> None:
    """A create waits as long as it is asked to, and makes one object."""
    s.write(s.base)
    started = s.system.clock.monotonic()
    s.apply(then=s.failing(f"429={HALF_A_SECOND}:{s.subject.routes.create[0]}"))
    assert s.system.clock.monotonic() - started >= 0.5
    s.holds(s.base)


def failing_reads(s: Stage) -> None:
    """A read that fails is repeated: what cannot be read for a moment is not gone."""
    s.begin()
    s.fail(f"500:{s.subject.routes.list}", f"reset-before:{s.subject.routes.list}")
    plan = s.plan()
    assert plan.complete
    assert plan.operations == ()
    assert [seen.status for seen in s.sent if seen.status in (0, 500)] != []
    s.fail("500")
    assert s.plan().complete


def unreachable(s: Stage) -> None:
    """What cannot be read at all is unknown: neither clean nor gone, and nothing is done."""
    address = s.address
    s.begin()
    s.aim(NOBODY)
    plan = s.plan()
    assert not plan.complete
    assert plan.operations == ()
    assert [diagnostic.code for diagnostic in plan.diagnostics if diagnostic.severity == "error"] == [
        "target.unreachable"
    ]
    assert s.entry() is not None
    s.aim(address)


def answer_lost_on_create(s: Stage) -> None:
    """A create whose answer is lost is looked for by reading, and not sent again; what it had still to do is told."""
    is_whole = len(s.subject.routes.create) == 1
    s.write(s.base)
    applied = s.apply(
        Status.DONE if is_whole else Status.DIVERGED, then=s.failing(f"reset-after:{s.subject.routes.create[0]}")
    )
    assert [seen.status for seen in s.written(s.subject.routes.create[0])] == [0]
    assert is_whole == (s.outcome(applied).left == ())
    s.apply()
    s.holds(s.base)


def answer_lost_on_update(s: Stage) -> None:
    """An update whose answer is lost is done if the server holds what was meant."""
    s.begin()
    s.write(laid(s.base, s.subject.changed))
    s.apply(then=s.failing(f"reset-after:{s.subject.routes.update[0]}"))
    s.holds(laid(s.base, s.subject.changed))


def answer_lost_on_delete(s: Stage) -> None:
    """A delete whose answer is lost is done if the object is gone."""
    s.begin()
    s.remove()
    s.apply(then=s.failing(f"reset-after:{s.subject.routes.delete}"))
    assert s.entry() is None


def not_stored(s: Stage) -> None:
    """Whatever write breaks before it is stored, its end is told, and the next run converges."""
    for fault in ("reset-before", "500"):
        _cut(s, s.base, f"{fault}:{s.subject.routes.create[0]}")
        _cut(s, laid(s.base, s.subject.changed), f"{fault}:{s.subject.routes.update[0]}")
        s.remove()
        s.apply(*KNOWN, then=s.failing(f"{fault}:{s.subject.routes.delete}"))
        s.apply()
        assert s.entry() is None


def cut_between_steps(s: Stage) -> None:
    """A verb of several writes that breaks off at any of them, stored or not, is finished by the next run."""
    for fault in ("reset-before", "reset-after"):
        for route in s.subject.routes.create:
            _cut(s, s.base, f"{fault}:{route}")
            s.remove()
            s.apply()
        for route in s.subject.routes.update:
            s.begin()
            _cut(s, laid(s.base, s.subject.stepped), f"{fault}:{route}")
        s.remove()
        s.apply()


def _cut(s: Stage, spec: Body, fault: str) -> None:
    s.write(spec)
    applied = s.apply(*KNOWN, Status.DIVERGED, Status.FAILED, then=s.failing(fault))
    if s.outcome(applied).status is not Status.DONE:
        s.apply()
    s.holds(spec)


def stale(s: Stage) -> None:
    """Reads that lag behind the writes mislead no run: it tells what it saw, and the next one converges."""
    ends = (*KNOWN, Status.DIVERGED)
    lag = s.failing("stale-read", times=None)
    s.apply()  # what it leans on: a look before a create would else see what was deleted before this case
    s.write(s.base)
    s.apply(*ends, then=lag)
    s.apply()
    s.holds(s.base)
    s.write(laid(s.base, s.subject.stepped))
    s.apply(*ends, then=lag)
    s.apply()
    s.holds(laid(s.base, s.subject.stepped))
    s.remove()
    s.apply(*ends, then=lag)
    s.apply()
    assert s.entry() is None


def stale_and_lost(s: Stage) -> None:
    """A create whose answer is lost while reads lag is unknown, never done, and not made twice."""

    def trouble() -> None:
        s.stumble({"fault": f"reset-after:{s.subject.routes.create[0]}", "times": 1}, {"fault": "stale-read"})

    s.apply()  # what it leans on: nothing else is written then, so that the lagging state is the one before it
    s.write(s.base)
    applied = s.apply(*KNOWN, then=trouble)
    assert s.outcome(applied).status is Status.UNKNOWN
    s.apply()
    s.holds(s.base)


def interrupted(s: Stage) -> None:
    """A run that is stopped before its first write writes nothing, and the next one does it."""
    stop = asyncio.Event()

    def confirm(_: Plan) -> bool:
        stop.set()
        return True

    s.write(s.base)
    applied = s.apply_nothing(stop=stop, confirm=confirm)
    assert {outcome.status for outcome in applied.outcomes} == {Status.SKIPPED}
    assert s.writes == []
    assert s.actions(s.plan())[s.it] is s.first
    s.apply()
    s.holds(s.base)
