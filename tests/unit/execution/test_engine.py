"""The story of a run, on the tiny system: what stories in YAML cannot say."""

from __future__ import annotations

import asyncio

import pytest

from reconciler import engine
from reconciler.errors import (
    Incomplete,
    Locked,
    ProviderError,
    Rejected,
    Unauthorized,
    Unavailable,
    Unreadable,
)
from reconciler.inventory import open_store
from reconciler.model import Action, Address, Consent, Live, Outcome, Phase, Request, Status
from tests.tiny import provider as tiny
from tests.tiny.kinds import GROUP
from tests.unit.execution.estate import Estate, group, item, statuses


@pytest.mark.parametrize(
    ("verb", "error", "code"),
    [
        ("identify", Unauthorized("who are you?"), "target.unauthorized"),
        ("identify", Unavailable("nobody is there"), "target.unreachable"),
        ("fetch", Unavailable("gone"), "target.unreachable"),
        ("fetch", Rejected("no lists today"), "target.unreachable"),
    ],
)
def test_a_target_that_cannot_be_read_is_unknown_and_the_others_go_on(
    estate: Estate, verb: str, error: ProviderError, code: str
) -> None:
    estate.declare(item("a", "one"), item("b", "two"))
    estate.servers["one"].odd.errors[verb] = [error]
    applied = estate.apply()
    assert [(str(o.address), o.status) for o in applied.outcomes] == [("two/Item/b", Status.DONE)]
    assert not applied.plan.complete
    assert [diagnostic.code for diagnostic in applied.plan.diagnostics] == [code]
    assert "one: " in applied.plan.diagnostics[0].summary


def test_what_we_own_on_an_unreadable_target_is_not_pruned(estate: Estate) -> None:
    estate.declare(item("a", "one"), item("b", "two"))
    estate.apply()
    estate.declare(item("b", "two"))
    estate.servers["one"].odd.errors["fetch"] = [Unavailable("gone")]
    plan = estate.plan()
    assert plan.operations == ()
    assert not plan.complete
    assert plan.drift == ()


def test_what_needs_something_on_an_unreadable_target_waits(estate: Estate) -> None:
    estate.declare(
        group("g"),
        "kind: Item\nmetadata: {name: a, target: two}\nspec: {group: {ref: one/Group/g}}",
        item("b", "two"),
    )
    estate.servers["one"].odd.errors["fetch"] = [Unavailable("gone")]
    assert [str(operation.address) for operation in estate.plan().operations] == ["two/Item/b"]


def test_a_stop_lets_writes_in_flight_end_and_starts_no_more(estate: Estate) -> None:
    estate.items(30)
    estate.servers["one"].odd.latency = 0.01

    async def run() -> engine.Applied:
        stop = asyncio.Event()

        def seen(outcome: Outcome, done: int, total: int) -> None:
            if done == 3:
                stop.set()

        return await engine.apply_plan(estate.settings, Request(), on_outcome=seen, stop=stop)

    applied = asyncio.run(run())
    assert applied.interrupted
    done = [outcome for outcome in applied.outcomes if outcome.status is Status.DONE]
    skipped = [outcome for outcome in applied.outcomes if outcome.status is Status.SKIPPED]
    assert len(done) + len(skipped) == 30
    assert {outcome.error for outcome in skipped} == {"interrupted before it started"}
    assert len(estate.servers["one"].objects["Item"]) == len(done) == len(estate.inventory())
    assert estate.apply().outcomes != ()
    assert estate.plan().operations == ()


@pytest.mark.parametrize(("parallelism", "most"), [(1, 1), (3, 3), (None, 8)])
def test_so_many_operations_are_in_flight(
    estate: Estate, parallelism: int | None, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    estate.items(20)
    server = estate.servers["one"]
    server.odd.latency = 0.005
    estate.apply(Request(parallelism=parallelism))
    assert server.most_at_once <= most
    assert len(server.objects["Item"]) == 20


def test_a_cut_short_create_keeps_its_id(estate: Estate) -> None:
    estate.declare(group("g"))
    server = estate.servers["one"]
    made = Live(GROUP, "g1", ("g",), {"id": "g1", "name": "g"})
    server.odd.after["create"] = [Incomplete("members could not be added", made)]
    applied = estate.apply()
    assert statuses(applied) == ["failed"]
    assert estate.inventory() == {"one/Group/g": Phase.PENDING}
    server.odd = tiny.Oddities()
    server.objects["Group"]["g1"].pop("note")
    (operation,) = estate.plan().operations
    assert operation.action is Action.UPDATE
    assert statuses(estate.apply()) == ["done"]
    assert len(server.objects["Group"]) == 1


def test_a_cut_short_update_is_finished_by_the_next_run(estate: Estate) -> None:
    estate.declare(item("a"))
    estate.apply()
    server = estate.servers["one"]
    estate.declare(item("a", title="New"))
    live = Live(GROUP, "a", ("a",), {})
    server.odd.errors["update"] = [Incomplete("half of it", live)]
    assert statuses(estate.apply()) == ["failed"]
    assert estate.inventory() == {"one/Item/a": Phase.PENDING}
    assert statuses(estate.apply()) == ["done"]
    assert estate.plan().operations == ()


def test_a_lost_answer_that_cannot_be_looked_up_is_unknown(estate: Estate) -> None:
    estate.declare(item("a"))
    server = estate.servers["one"]
    server.odd.after["create"] = [tiny.lost_answer("create")]
    server.odd.fetches_before_errors = 1
    server.odd.errors["fetch"] = [Unavailable("down"), Unavailable("down")]
    assert statuses(estate.apply()) == ["unknown"]
    server.odd = tiny.Oddities()
    assert statuses(estate.apply()) == []
    assert estate.inventory() == {"one/Item/a": Phase.SETTLED}


def test_a_delete_that_cannot_be_checked_is_unknown(estate: Estate) -> None:
    estate.declare(item("a"), item("b"))
    estate.apply()
    estate.declare(item("b"))
    server = estate.servers["one"]
    server.odd.fetches_before_errors = 1
    server.odd.errors["fetch"] = [Unavailable("down")]
    applied = estate.apply()
    assert statuses(applied) == ["unknown"]
    assert "could not be checked" in applied.outcomes[0].error
    server.odd = tiny.Oddities()
    assert [o.action for o in estate.apply().outcomes] == [Action.FORGET]
    assert list(estate.inventory()) == ["one/Item/b"]


@pytest.mark.parametrize("number", [1, 6])
def test_a_fault_of_ours_does_not_cut_writes_off(estate: Estate, number: int) -> None:
    estate.items(number)
    server = estate.servers["one"]
    server.odd.latency = 0.01

    def fails(outcome: Outcome, done: int, total: int) -> None:
        raise RuntimeError("a bug in a report")

    with pytest.raises(RuntimeError, match="a bug in a report"):
        estate.apply(on_outcome=fails)
    held = len(server.objects["Item"])
    assert held == len(estate.inventory())
    assert set(estate.inventory().values()) == {Phase.SETTLED}


def test_a_refused_or_declined_plan_writes_nothing(estate: Estate) -> None:
    estate.declare(item("a"))
    applied = estate.apply(confirm=lambda plan: False)
    assert (applied.confirmed, applied.outcomes) == (False, ())
    assert estate.servers["one"].objects.get("Item", {}) == {}
    assert not (estate.folder / ".reconciler" / "inventory.json").exists()


def test_read_only_verbs_write_no_file_and_no_object(estate: Estate) -> None:
    estate.declare(item("a"))
    before = sorted(estate.folder.rglob("*"))
    estate.plan()
    asyncio.run(engine.find_drift(estate.settings, Request()))
    engine.check(estate.settings)
    assert sorted(estate.folder.rglob("*")) == before
    assert [call for call in estate.servers["one"].calls if not call.startswith("fetch")] == []


def test_drift_is_a_plan_without_operations(estate: Estate) -> None:
    estate.items(3)
    estate.apply()
    estate.declare(item("i000"))
    plan = asyncio.run(engine.find_drift(estate.settings, Request()))
    assert (plan.operations, plan.diagnostics) == ((), ())


def test_another_account_is_refused(estate: Estate) -> None:
    estate.declare(item("a"))
    text = (estate.folder / "reconciler.yaml").read_text()
    (estate.folder / "reconciler.yaml").write_text(text.replace("one: {", "one: {account: {id: somebody-else}, "))
    plan = estate.plan()
    assert [diagnostic.code for diagnostic in plan.diagnostics] == ["guard.account"]
    assert "somebody-else" in plan.diagnostics[0].detail


@pytest.mark.parametrize(("changed", "refused"), [(10, False), (11, True)])
def test_updates_have_a_limit(estate: Estate, changed: int, refused: bool) -> None:
    estate.items(20)
    estate.apply()
    estate.declare(*(item(f"i{n:03}", title="N" if n < changed else "T") for n in range(20)))
    assert estate.plan().refused is refused
    assert not estate.plan(Request(consent=Consent(updates=11))).refused


# --- inventory ----------------------------------------------------------------------------------


def test_two_runs_do_not_write_at_once(estate: Estate) -> None:
    estate.declare(item("a"))
    store = open_store("file", ".reconciler/inventory.json", estate.folder)
    with store.lock(0), pytest.raises(Locked):
        estate.apply()


def test_a_broken_inventory_stops_before_anything_is_sent(estate: Estate) -> None:
    estate.declare(item("a"))
    (estate.folder / ".reconciler").mkdir()
    (estate.folder / ".reconciler" / "inventory.json").write_text("{broken")
    with pytest.raises(Unreadable):
        estate.plan()
    with pytest.raises(Unreadable):
        estate.apply()
    assert estate.servers["one"].calls == []


def test_an_entry_of_an_edit_that_came_true_by_hand_is_brought_up_to_date(estate: Estate) -> None:
    estate.declare(item("a"))
    estate.apply()
    estate.servers["one"].objects["Item"]["a"]["title"] = "New"
    estate.declare(item("a", title="New"))
    assert estate.plan().operations == ()
    assert estate.apply().outcomes == ()
    estate.servers["one"].objects["Item"]["a"]["title"] = "By hand"
    (moved,) = asyncio.run(engine.find_drift(estate.settings, Request())).drift
    assert (moved.classification, moved.address) == ("drift", Address("one", "Item", "a"))
