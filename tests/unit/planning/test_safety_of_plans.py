"""What a plan must never do: forget a wish, or hide what would happen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from reconciler import engine
from reconciler.cli import exits
from reconciler.errors import Unavailable
from reconciler.model import (
    Action,
    Address,
    Body,
    Consent,
    Desired,
    Entry,
    Field,
    Inventory,
    Kind,
    Limits,
    ListType,
    Live,
    Observed,
    Request,
    Resource,
    Selection,
    Source,
)
from reconciler.planning import match, seal
from reconciler.planning.canonical import digest_leaf, field_at
from reconciler.planning.circumstances import Circumstances
from reconciler.planning.decide import decide
from reconciler.planning.diff import compare
from reconciler.planning.work import Decision, Facts
from tests.tiny import provider as tiny
from tests.unit.execution.estate import Estate, document, item, operations, statuses


def only(*names: str) -> Request:
    return Request(selection=Selection(names=names))


# --- what is not selected -------------------------------------------------------------------------


def _new_secret(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "canary-two")


def _removed_field(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    estate.declare(document("Item", "a", "token: {env: SECRET}, title: A"), item("b"))


def _drift(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    estate.holds("Item")["a"]["title"] = "by hand"


@pytest.mark.parametrize("move", [_new_secret, _removed_field, _drift])
def test_what_is_not_selected_stays_due(
    estate: Estate, monkeypatch: pytest.MonkeyPatch, move: Callable[[Estate, pytest.MonkeyPatch], None]
) -> None:
    """A run that may not touch an object does not remember it anew either: the next plan says what this one said."""
    monkeypatch.setenv("SECRET", "canary-one")
    estate.declare(document("Item", "a", "token: {env: SECRET}, title: A, note: N"), item("b"))
    estate.apply()
    move(estate, monkeypatch)
    due = estate.plan()
    assert operations(due) == ["update a"]
    assert estate.plan(only("b")).drift == ()
    assert estate.apply(only("b")).outcomes == ()
    again = estate.plan()
    assert (again.operations, again.drift) == (due.operations, due.drift)


def test_what_is_not_selected_is_not_counted_as_declared(estate: Estate) -> None:
    estate.declare(item("a"), item("b"))
    estate.apply()
    estate.declare(item("a", title="New"), item("b"))
    assert estate.plan(only("b")).unchanged == 1


@pytest.mark.parametrize("exists", [True, False])
def test_a_selection_never_points_at_what_is_not_there(estate: Estate, exists: bool) -> None:
    """What is selected may refer to an unselected object whose identity is about to change: the live one counts."""
    default = document("Default", "d", "item: {ref: a}")
    estate.declare(document("Item", "a", "key: old"), *([default] if exists else []))
    estate.apply()
    estate.declare(document("Item", "a", "key: new"), default)
    assert set(statuses(estate.apply(Request(selection=Selection(kinds=("Default",)))))) <= {"done"}
    assert estate.holds("Default")["default"]["item"] == "old"
    estate.apply()
    assert estate.holds("Default")["default"]["item"] == "new"


# --- what a plan must still say -------------------------------------------------------------------


def test_a_rename_shows_what_else_changes(estate: Estate) -> None:
    estate.declare(document("Group", "g", "name: old, note: a"))
    estate.apply()
    estate.declare(document("Group", "g", "name: new, note: b"))
    (operation,) = estate.plan().operations
    assert [change.path for change in operation.changes] == ["name", "note"]


def test_broken_manifests_do_not_stand_in_the_way_of_destroy(estate: Estate) -> None:
    estate.declare(item("a"))
    estate.apply()
    estate.declare(document("Item", "a", "titel: A"))
    assert operations(estate.plan(Request(destroy=True))) == ["delete a"]


def test_references_that_were_turned_round_do_not_block_destroy(estate: Estate) -> None:
    """An unselected object keeps its old edge; with the new one of the other they make a circle."""
    estate.declare(document("Item", "a", "pins: {ref: b}"), item("b"))
    estate.apply()
    estate.declare(item("a"), document("Item", "b", "title: T, pins: {ref: a}"))
    estate.apply(only("b"))
    plan = estate.plan(Request(destroy=True, consent=Consent(deletes=2)))
    assert (operations(plan), plan.refused) == (["delete a", "delete b"], False)


def test_a_target_that_is_no_longer_configured_is_unknown(estate: Estate) -> None:
    estate.declare(item("a"), item("b", "two"))
    estate.apply()
    path = estate.folder / "reconciler.yaml"
    path.write_text("".join(line for line in path.read_text().splitlines(True) if not line.startswith("  one:")))
    estate.declare(item("b", "two"))
    plan = estate.plan()
    assert (plan.operations, plan.complete) == ((), False)
    assert [d.code for d in plan.diagnostics] == ["target.unreachable"]


def test_names_that_cannot_be_looked_up_make_a_target_unreadable(estate: Estate) -> None:
    estate.declare(item("a"), item("b", "two"))
    estate.server.odd.errors["resolve_names"] = [Unavailable("the list of users is down")]
    plan = estate.plan()
    assert (operations(plan), plan.complete) == (["create b"], False)


def test_what_an_unreadable_target_may_need_is_not_deleted(estate: Estate) -> None:
    estate.declare(item("a"), document("Item", "b", "title: T", "dependsOn: [one/Item/a]", target="two"))
    estate.apply()
    estate.declare(item("b", "two"))
    estate.servers["two"].odd.errors["identify"] = [Unavailable("down")]
    assert estate.plan().operations == ()
    assert operations(estate.plan()) == ["delete a"]


def test_drift_of_many_objects_is_drift_and_not_refused(estate: Estate) -> None:
    """Guards speak about writes; drift writes nothing, and its exit code says drift."""
    estate.items(12)
    estate.apply()
    for body in estate.holds("Item").values():
        body["title"] = "by hand"
    assert estate.plan().refused
    found = estate.drift()
    assert (len(found.drift), exits.exit_code(found, drift=True)) == (12, exits.CHANGES)


def test_drift_is_seen_while_a_write_is_unsettled(estate: Estate) -> None:
    estate.declare(item("a"))
    estate.apply()
    estate.declare(item("a", title="New"))
    estate.server.odd.errors["update"] = [tiny.lost_answer("update")]
    estate.apply()
    estate.holds("Item")["a"]["title"] = "by hand"
    assert [(moved.path, moved.live) for moved in estate.drift().drift] == [("title", "by hand")]


def test_a_stop_before_the_first_write_skips_everything(estate: Estate) -> None:
    estate.declare(item("a"))

    async def run() -> engine.Applied:
        stop = asyncio.Event()
        stop.set()
        return await engine.apply_plan(estate.settings, Request(), stop=stop)

    assert statuses(asyncio.run(run())) == ["skipped"]
    assert (estate.holds("Item"), estate.inventory()) == ({}, {})


def test_a_part_of_what_is_not_declared_is_found(estate: Estate) -> None:
    """Its parent is listed too, though nobody names the parent's kind."""
    estate.server.put("Item", {"key": "theirs"})
    estate.declare(document("Part", "p", "item: theirs, key: a"))
    assert operations(estate.plan()) == ["create p"]
    estate.apply()
    assert estate.plan().operations == ()


def test_an_identity_that_only_a_server_can_tell_is_not_guessed(estate: Estate) -> None:
    estate.declare(item("a"), document("Part", "p", "item: {ref: a, field: version}, key: a"))
    assert operations(estate.plan()) == ["create a", "create p"]


# --- what a plan may show ------------------------------------------------------------------------

PASSWORD = Field("password", ("string",), sensitive=True, nullable=True)
HOOK = Field("hook", ("object",), properties={"url": Field("url", ("string",)), "password": PASSWORD})
ROOT = Field(
    types=("object",),
    properties={
        "key": Field("key", ("string",), identity=True),
        "auth": Field("auth", ("object",), nullable=True, properties={"password": PASSWORD}),
        "hooks": Field("hooks", ("array",), list=ListType.SET, items=HOOK),
        "password": PASSWORD,
        "override": Field("override", ("object",), write_only=True, nullable=True),
    },
)
THING = Kind("lab", "Thing", "", {}, ROOT, ("key",))
HERE = Address("one", "Thing", "k")
RESOURCE = Resource(HERE, THING, {"key": "k"}, Source("f"))
SALT = "00ff"


def thing(**body: Any) -> Live:
    return Live(THING, "k", ("k",), {"key": "k", **body})


def entry(**applied: Any) -> Entry:
    digests = {name: digest_leaf(SALT, value, value, field_at(ROOT, (name,))) for name, value in applied.items()}
    return Entry(HERE, "lab", "k", ("k",), applied=digests, digest="another")


def decided(live: Live, owned: Entry) -> Decision:
    around = Circumstances(SALT, "2026-01-01", adopt=False, secrets={}, held={})
    return decide(RESOURCE, {"key": "k"}, ("k",), match.index([live]), owned, around)


@pytest.mark.parametrize(
    ("want", "have"),
    [
        ({"auth": None}, {"auth": {"password": "canary"}}),
        ({"hooks": [{"url": "a"}]}, {"hooks": [{"url": "a", "password": "canary"}, {"url": "b"}]}),
        ({"hooks": []}, {"hooks": [{"url": "a", "password": "canary"}]}),
    ],
    ids=["a cleared object", "an item that is cut down", "an item that goes"],
)
def test_a_secret_inside_what_goes_is_not_shown(want: Body, have: Body) -> None:
    """The manifest does not declare it, but the server returns it, and the plan shows what was there before."""
    changes = compare(THING, want, have)
    assert changes
    assert "canary" not in repr(changes)


def test_a_removed_field_that_is_never_read_is_still_sent() -> None:
    """Nothing shows whether it went back, so the plan may not take it for done."""
    decision = decided(thing(), entry(key="k", override={"a": 1}))
    assert decision.action is Action.UPDATE
    assert [(change.path, change.removed) for change in decision.changes] == [("override", True)]


def test_a_plan_file_tells_nothing_about_a_secret_that_is_removed() -> None:
    """A short secret can be guessed from an unkeyed digest, so none of it goes into a precondition."""
    seals = set()
    for password in ("1234", "5678"):
        live = thing(password=password)
        decision = decided(live, entry(key="k", password="1234"))
        assert [change.path for change in decision.changes] == ["password"]
        facts = Facts(
            Desired({HERE: RESOURCE}, {}),
            Observed({("one", "Thing"): (live,)}, {}, {}),
            Inventory("id", SALT, 1, {}),
            Request(),
            Limits(),
            {},
            lambda system, name: THING,
            "2026-01-01",
        )
        seals.add(seal.operation(HERE, decision, (), facts).precondition)
    assert len(seals) == 1
