"""Plans that are saved, carried elsewhere and applied later: exactly those, or nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reconciler import engine
from reconciler.cli.exits import UNREACHABLE, exit_code
from reconciler.errors import PlanError, StalePlan, Unavailable
from reconciler.model import Plan, Request, Selection
from tests.unit.execution.estate import PLAIN, Estate, item, statuses


def saved(estate: Estate, request: Request = PLAIN) -> Plan:
    path = estate.folder / "my.plan"
    engine.save_plan(estate.plan(request), path)
    return engine.open_plan(path)


def test_a_saved_plan_does_exactly_what_it_says(estate: Estate) -> None:
    estate.declare(item("a"), item("b", "two"))
    plan = saved(estate, Request(selection=Selection(targets=("one",))))
    applied = estate.apply(saved=plan)
    assert [str(outcome.address) for outcome in applied.outcomes] == ["one/Item/a"]
    assert estate.servers["two"].objects.get("Item", {}) == {}


def test_a_saved_plan_of_an_inventory_that_does_not_exist_yet_holds(estate: Estate) -> None:
    estate.declare(item("a"))
    plan = saved(estate)
    assert plan.inventory_id == ""
    assert statuses(estate.apply(saved=plan)) == ["done"]


@pytest.mark.parametrize(
    ("move", "code"),
    [
        (lambda estate: estate.declare(item("a", title="X")), "stale.manifests"),
        (lambda estate: estate.servers["one"].put("Item", {"key": "a", "title": "T"}), "stale.object"),
    ],
)
def test_a_stale_plan_writes_nothing(estate: Estate, move: Callable[[Estate], object], code: str) -> None:
    estate.declare(item("a"))
    plan = saved(estate)
    move(estate)
    with pytest.raises(StalePlan) as refusal:
        estate.apply(saved=plan)
    assert code in [diagnostic.code for diagnostic in refusal.value.diagnostics]
    assert not (estate.folder / ".reconciler" / "inventory.json").exists()


def test_a_saved_plan_of_a_target_that_cannot_be_read_is_not_stale_and_not_half_done(estate: Estate) -> None:
    estate.declare(item("a"), item("b", "two"))
    plan = saved(estate)
    estate.servers["two"].odd.errors["fetch"] = [Unavailable("down")]
    applied = estate.apply(saved=plan)
    assert (applied.outcomes, applied.plan.complete) == ((), False)
    assert [found.code for found in applied.plan.diagnostics] == ["target.unreachable"]
    assert exit_code(applied.plan, applied.outcomes) == UNREACHABLE
    assert statuses(estate.apply(saved=plan)) == ["done", "done"]


def test_an_expired_plan_is_stale(estate: Estate) -> None:
    estate.declare(item("a"))
    with pytest.raises(StalePlan, match="stale"):
        estate.apply(saved=saved(estate, Request(expires_hours=-1)))


def test_a_plan_file_that_cannot_be_written_or_read_is_named(estate: Estate) -> None:
    with pytest.raises(PlanError, match="no-such-folder"):
        engine.save_plan(Plan(), estate.folder / "no-such-folder" / "my.plan")
    with pytest.raises(PlanError, match=r"missing\.plan"):
        engine.open_plan(estate.folder / "missing.plan")
    (estate.folder / "a-folder").mkdir()
    with pytest.raises(PlanError, match="a-folder"):
        engine.save_plan(Plan(), estate.folder / "a-folder")
    assert not list(estate.folder.glob("*.part")), "half a plan was left"
