"""Cases: what a server holds is written down, and taken over as it is.

Each takes a stage, gives what its last plan is expected to say (nothing: an empty plan). None knows of any system.
"""

from __future__ import annotations

import asyncio

from reconciler import engine, estate
from reconciler.model import Action, Request
from tests.conformance.stage import Stage


def exported(s: Stage) -> None:
    """All that the server holds becomes manifests; they only adopt, and then there is nothing to do."""
    s.begin()
    held, ours = s.row(), s.files()
    elsewhere, connect = s.elsewhere("exported")
    found = asyncio.run(estate.export_live(elsewhere, Request(), elsewhere.root / "exported", connect=connect))
    assert found.diagnostics == ()
    assert {row.address.kind for row in found.rows} >= {s.subject.kind, *(one.kind for one in s.subject.support)}
    assert {name: text for name, text in s.files().items() if name in ours} == ours
    assert s.row() == held

    plan = asyncio.run(engine.make_plan(elsewhere, Request(), connect=connect))
    assert {(op.address, op.action) for op in plan.operations} == {(row.address, Action.ADOPT) for row in found.rows}
    taken = asyncio.run(estate.adopt(elsewhere, Request(), ["*"], connect=connect))
    assert taken.refusals == ()
    plan = asyncio.run(engine.make_plan(elsewhere, Request(), connect=connect))
    assert plan.operations == ()
    assert plan.unchanged == found.written
    assert s.row() == held
