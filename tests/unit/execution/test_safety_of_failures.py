"""What fails on the way: nothing that was done is hidden or forgotten, and the next run does the rest."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from reconciler.errors import Incomplete, InventoryError, Malformed, NotFound, Rejected, Unavailable
from reconciler.execution.surroundings import Surroundings, Unbound, want_of
from reconciler.inventory import open_store
from reconciler.model import (
    Address,
    Consent,
    Desired,
    Live,
    Outcome,
    Phase,
    Ref,
    Request,
    Resource,
    Source,
)
from tests.tiny import provider as tiny
from tests.tiny.kinds import GROUP, ITEM, PART
from tests.unit.execution.estate import REPLACED, Estate, document, group, item, operations, statuses


def test_a_bug_in_one_operation_does_not_cut_the_others_off(estate: Estate) -> None:
    estate.declare(item("a"), item("b"), group("g"))
    estate.server.odd.latency = 0.01

    def fails(moment: str) -> None:
        if moment == "before create Group g":
            raise KeyError("email")

    estate.server.watch = fails
    with pytest.raises(KeyError, match="email"):
        estate.apply()
    assert sorted(estate.holds("Item")) == ["a", "b"]
    assert estate.inventory() == {
        "one/Group/g": Phase.PENDING,
        "one/Item/a": Phase.SETTLED,
        "one/Item/b": Phase.SETTLED,
    }


def test_an_inventory_that_cannot_be_saved_does_not_hide_what_was_done(estate: Estate) -> None:
    """The outcomes are told, and the journal stays: the next run replays it."""
    estate.declare(item("a"))

    def unlock(outcome: Outcome, done: int, total: int) -> None:
        (estate.folder / ".reconciler" / "inventory.json.lock").unlink()

    applied = estate.apply(on_outcome=unlock)
    assert statuses(applied) == ["done"]
    assert [d.code for d in applied.plan.diagnostics] == ["inventory.not-saved"]
    assert estate.inventory() == {"one/Item/a": Phase.SETTLED}
    assert estate.plan().operations == ()


def test_what_was_sent_and_could_not_be_recorded_is_unknown(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Failed would say that it is not there."""
    estate.declare(item("a"))
    sync = os.fsync

    def full(file: int) -> None:
        if estate.holds("Item"):
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(file)

    monkeypatch.setattr(os, "fsync", full)
    (outcome,) = estate.apply().outcomes
    assert outcome.status.value == "unknown"
    assert "it was sent, and could not be recorded" in outcome.error
    monkeypatch.setattr(os, "fsync", sync)
    estate.apply()
    assert estate.inventory() == {"one/Item/a": Phase.SETTLED}
    assert estate.plan().operations == ()


def refuse_to_unlock(monkeypatch: pytest.MonkeyPatch) -> None:
    remove = Path.unlink

    def unlink(path: Path, *args: bool) -> None:
        if path.suffix == ".lock":
            raise OSError(errno.EROFS, "Read-only file system")
        remove(path, *args)

    monkeypatch.setattr(Path, "unlink", unlink)


def test_a_lock_that_cannot_be_given_back_does_not_hide_what_was_done(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    estate.declare(item("a"))
    refuse_to_unlock(monkeypatch)
    applied = estate.apply()
    assert statuses(applied) == ["done"]
    (left,) = applied.plan.diagnostics
    assert (left.code, left.severity) == ("inventory.still-locked", "error")
    assert left.summary.endswith(".reconciler/inventory.json.lock: Read-only file system")
    assert "inventory unlock" in left.hint
    assert estate.inventory() == {"one/Item/a": Phase.SETTLED}


def test_a_lock_that_cannot_be_given_back_is_an_error_where_nothing_was_done(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    estate.declare(item("a"))
    refuse_to_unlock(monkeypatch)
    with pytest.raises(InventoryError, match="cannot unlock"):
        estate.apply(confirm=lambda plan: False)


def test_a_create_first_replace_that_is_cut_short_leaves_one_object(estate: Estate) -> None:
    estate.declare(item("p"), document("Part", "g", "item: {ref: p}, key: a, size: 1"))
    estate.apply()
    estate.declare(item("p"), document("Part", "g", "item: {ref: p}, key: a, size: 2"))
    parent = Live(ITEM, "p", ("p",), {"key": "p"})
    made = Live(PART, "p3", ("p", "a"), {"item": "p", "key": "a", "size": 2}, parent)
    estate.server.odd.after["create"] = [Incomplete("step two failed", made)]
    assert statuses(estate.apply()) == ["failed"]
    assert sorted(estate.holds("Part")) == ["p2", "p3"]
    assert set(statuses(estate.apply())) == {"done"}
    assert sorted(estate.holds("Part")) == ["p3"]
    assert estate.plan().operations == ()


def test_a_create_first_replace_that_is_refused_keeps_the_old_object(estate: Estate) -> None:
    estate.declare(item("p"), document("Part", "g", "item: {ref: p}, key: a, size: 1"))
    estate.apply()
    before = estate.entries()
    estate.declare(item("p"), document("Part", "g", "item: {ref: p}, key: a, size: 2"))
    estate.server.odd.errors["create"] = [Rejected("too large")]
    assert statuses(estate.apply()) == ["failed"]
    assert (estate.entries(), sorted(estate.holds("Part"))) == (before, ["p2"])


@pytest.mark.parametrize(
    ("verb", "error", "status"),
    [
        ("update", Rejected("no"), "failed"),
        ("update", Incomplete("half of it", Live(GROUP, "g", ("g",), {})), "failed"),
        ("update", NotFound("gone"), "failed"),
        ("delete", Rejected("no"), "failed"),
        ("delete", Malformed("no JSON"), "unknown"),
        ("delete", NotFound("gone"), "diverged"),
        ("create", Rejected("no"), "failed"),
        ("create", Malformed("no JSON"), "unknown"),
        ("create", Unavailable("down"), "unknown"),
    ],
)
def test_after_any_error_the_next_run_does_the_rest(estate: Estate, verb: str, error: Exception, status: str) -> None:
    estate.declare(item("updated"), item("deleted"))
    estate.apply()
    estate.declare(item("updated", title="New"), item("created"))
    estate.server.odd.errors[verb] = [error]  # type: ignore[list-item]
    ends = {outcome.action.value: outcome.status.value for outcome in estate.apply().outcomes}
    assert ends == {"create": "done", "update": "done", "delete": "done", verb: status}
    assert {outcome.action.value: outcome.status.value for outcome in estate.apply().outcomes} == {verb: "done"}
    assert sorted(estate.holds("Item")) == ["created", "updated"]
    assert sorted(estate.inventory()) == ["one/Item/created", "one/Item/updated"]
    assert estate.plan().operations == ()


def test_a_refused_step_of_a_new_address_leaves_the_rest_for_the_next_run(estate: Estate) -> None:
    """The old address is forgotten only when the new one holds the object."""
    estate.declare(document("Item", "a", "key: k, title: A"), group("g"))
    estate.apply()
    estate.declare(document("Item", "b", "key: k, title: B, group: {ref: g}"), document("Group", "g", "note: other"))
    estate.server.odd.errors["update"] = [Rejected("no")]
    assert sorted(statuses(estate.apply())) == ["failed", "skipped", "skipped"]
    assert operations(estate.plan()) == ["update g", "forget a", "update b"]
    assert set(statuses(estate.apply())) == {"done"}
    assert list(estate.inventory()) == ["one/Group/g", "one/Item/b"]


def test_a_secret_that_is_not_set_for_once_is_not_forgotten(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "canary-one")
    estate.declare(document("Item", "a", "token: {env: SECRET}, title: A"))
    estate.apply()
    known = estate.entries()
    monkeypatch.delenv("SECRET")
    assert estate.apply().outcomes == ()
    assert estate.entries() == known
    monkeypatch.setenv("SECRET", "canary-one")
    assert estate.plan().operations == ()
    monkeypatch.setenv("SECRET", "canary-two")
    assert operations(estate.plan()) == ["update a"]


@pytest.mark.parametrize("verb", ["update", "delete"])
def test_a_lost_answer_that_cannot_be_looked_up_is_finished_by_the_next_run(estate: Estate, verb: str) -> None:
    estate.declare(item("a"), item("b"))
    estate.apply()
    estate.declare(item("a", title="New"), item("b")) if verb == "update" else estate.declare(item("b"))
    estate.server.odd.after[verb] = [tiny.lost_answer(verb)]
    estate.server.odd.fetches_before_errors = 1
    estate.server.odd.errors["fetch"] = [Unavailable("down"), Unavailable("down")]
    assert statuses(estate.apply()) == ["unknown"]
    assert estate.inventory()["one/Item/a"] is Phase.PENDING
    estate.server.odd = tiny.Oddities()
    estate.apply()
    assert set(estate.inventory().values()) == {Phase.SETTLED}
    assert estate.plan().operations == ()


@pytest.mark.parametrize(("before", "after"), REPLACED, ids=["identity", "delete first", "create first"])
def test_a_replace_whose_delete_is_refused_is_finished_by_the_next_run(estate: Estate, before: str, after: str) -> None:
    estate.declare(item("p"), before)
    estate.apply()
    estate.declare(item("p"), after)
    estate.server.odd.errors["delete"] = [Rejected("in use")]
    assert statuses(estate.apply()) == ["failed"]
    assert set(statuses(estate.apply())) == {"done"}
    assert estate.plan().operations == ()
    assert sum(len(bodies) for bodies in estate.server.objects.values()) == 2


def test_a_secret_that_is_gone_midway_fails_its_operation_alone(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "canary-one")
    estate.declare(document("Item", "a", "title: A"), document("Item", "b", "secret: {env: SECRET}"))
    estate.server.watch = lambda moment: monkeypatch.delenv("SECRET", raising=False)
    applied = estate.apply(Request(parallelism=1))
    assert statuses(applied) == ["done", "failed"]
    assert "SECRET is not set" in applied.outcomes[1].error
    monkeypatch.setenv("SECRET", "canary-two")
    estate.server.watch = lambda moment: None
    assert statuses(estate.apply()) == ["done"]


def test_what_needs_two_that_fail_is_skipped_once(estate: Estate) -> None:
    estate.declare(
        group("g"),
        group("h"),
        document("Item", "a", "grants: [{who: {ref: g}}, {who: {ref: h}}]"),
    )
    estate.server.odd.errors["create"] = [Rejected("no"), Rejected("no")]
    told: list[tuple[str, int, int]] = []
    estate.apply(on_outcome=lambda outcome, done, total: told.append((outcome.address.name, done, total)))
    assert sorted(name for name, _, _ in told) == ["a", "g", "h"]
    assert [(done, total) for _, done, total in told] == [(1, 3), (2, 3), (3, 3)]


def test_a_part_is_gone_where_its_parent_is(estate: Estate) -> None:
    """To read the parts of an object that was deleted is a 404: that says gone, not unreadable."""
    estate.declare(item("a"), item("p"), document("Part", "g", "item: {ref: p}, key: a"))
    estate.apply()
    estate.declare(item("a"))
    estate.server.odd.fetches_before_errors = 4
    estate.server.odd.errors["fetch"] = [NotFound("no such item")]
    assert statuses(estate.apply(Request(consent=Consent(deletes=2)))) == ["done", "done"]
    assert list(estate.inventory()) == ["one/Item/a"]


def test_what_refers_to_nothing_is_not_sent(tmp_path: Path) -> None:
    """The graph has the resource, but nothing of it is live: a placeholder must never reach a server."""
    group_, user = Address("one", "Group", "g"), Address("one", "Item", "a")
    ref = Ref(("group",), group_, "id")
    resources = {
        group_: Resource(group_, GROUP, {"name": "g"}, Source("f")),
        user: Resource(user, ITEM, {"key": "a", "group": {"ref": "g"}}, Source("f"), refs=(ref,)),
    }
    journal = open_store("file", "inventory.json", tmp_path)
    with journal.lock(0):
        around = Surroundings(Desired(resources, {}), {}, {}, journal.begin(journal.load()), "00ff", tmp_path)
        with pytest.raises(Unbound, match="one/Item/a needs one/Group/g, which is not there"):
            want_of(resources[user], around)
