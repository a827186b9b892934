"""What an apply must never do: overwrite somebody's work, or take for done what a server did not do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reconciler.errors import Malformed, StalePlan, Unavailable
from reconciler.model import Consent, Phase, Plan, Request, Status
from tests.tiny import provider as tiny
from tests.unit.execution.estate import REPLACED, Estate, document, group, item, operations, statuses

ADOPT = Request(consent=Consent(adopt=True))


# --- what others did ------------------------------------------------------------------------------


def test_what_moves_while_a_person_is_asked_is_not_overwritten(estate: Estate) -> None:
    estate.declare(item("a"))
    estate.apply()
    estate.declare(item("a", title="New"))

    def typing(plan: Plan) -> bool:
        estate.holds("Item")["a"]["title"] = "typed by hand while the question stood"
        return True

    with pytest.raises(StalePlan):
        estate.apply(confirm=typing, asks=True)
    assert estate.holds("Item")["a"]["title"].startswith("typed")
    assert estate.apply(confirm=lambda plan: True, asks=True).confirmed


def test_a_saved_delete_is_stale_where_the_object_got_another_use(estate: Estate) -> None:
    estate.declare(item("a"), item("b"))
    estate.apply()
    estate.declare(item("b"))
    plan = estate.plan()
    estate.holds("Item")["a"]["title"] = "important work by hand"
    with pytest.raises(StalePlan) as refusal:
        estate.apply(saved=plan)
    assert [item.detail for item in refusal.value.diagnostics] == ['title is now "important work by hand"']
    assert "a" in estate.holds("Item")


def test_a_saved_plan_is_stale_where_a_secret_moved(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "canary-one")
    estate.declare(document("Item", "a", "secret: {env: SECRET}"))
    estate.apply()
    monkeypatch.setenv("SECRET", "canary-two")
    plan = estate.plan()
    monkeypatch.setenv("SECRET", "canary-three")
    with pytest.raises(StalePlan):
        estate.apply(saved=plan)
    assert estate.holds("Item")["a"]["secret"] == "canary-one"


def test_adopting_never_replaces_what_is_not_ours(estate: Estate) -> None:
    """To take over is one thing; to delete somebody's object and make another is not what --adopt says."""
    estate.server.put("Item", {"key": "a", "mode": "agent", "note": "hand made", "version": 1})
    estate.declare(document("Item", "a", "mode: completion"))
    assert not estate.apply(ADOPT).confirmed
    assert estate.holds("Item")["a"]["note"] == "hand made"


def test_what_a_colleague_made_after_a_lost_create_is_left_alone(estate: Estate) -> None:
    """The create never arrived; what bears its name now does not hold what we meant, so it is not deleted."""
    estate.declare(item("a"), group("g"))
    estate.server.odd.errors["create"] = [tiny.lost_answer("create")]
    assert sorted(statuses(estate.apply())) == ["done", "unknown"]
    assert estate.inventory()["one/Group/g"] is Phase.PENDING
    estate.server.put("Group", {"name": "g"})
    estate.declare(item("a"))
    plan = estate.apply().plan
    assert (plan.operations, [d.code for d in plan.diagnostics]) == ((), ["prune.uncertain"])
    assert len(estate.holds("Group")) == 1


IGNORE = "lifecycle: {ignore: [{path: %s, reason: others care for it}]}"


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("token", "token: {env: SECRET}, title: A", "token: {env: SECRET}, title: B"),
        ("note", "note: N, title: A", "title: B"),
        ("note", "note: N, title: A", "note: M, title: B"),
    ],
    ids=["a secret", "a removed field", "a changed field"],
)
def test_what_an_ignore_rule_covers_is_never_written(
    estate: Estate, monkeypatch: pytest.MonkeyPatch, path: str, before: str, after: str
) -> None:
    monkeypatch.setenv("SECRET", "canary-ours")
    estate.declare(document("Item", "a", before))
    estate.apply()
    estate.holds("Item")["a"][path] = "theirs"
    estate.declare(document("Item", "a", after, IGNORE % path))
    monkeypatch.delenv("SECRET")
    assert statuses(estate.apply()) == ["done"]
    assert (estate.holds("Item")["a"]["title"], estate.holds("Item")["a"][path]) == ("B", "theirs")
    assert estate.plan().operations == ()


# --- what a server did not do ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "ignored"),
    [
        (("note: N, title: A",), ("title: A",), "note"),
        (("title: A, price: 3",), ("title: A",), "price"),
    ],
)
def test_a_removal_that_the_server_ignores_stays_due(
    estate: Estate, before: tuple[str], after: tuple[str], ignored: str
) -> None:
    """A field that did not go back is still ours: else nobody would ever say so again."""
    estate.declare(document("Item", "a", *before))
    estate.apply()
    estate.declare(document("Item", "a", *after))
    estate.server.odd.ignores = (ignored,)
    (outcome,) = estate.apply().outcomes
    assert (outcome.status, [change.path for change in outcome.left]) == (Status.DIVERGED, [ignored])
    estate.server.odd = tiny.Oddities()
    assert operations(estate.plan()) == ["update a"]
    assert statuses(estate.apply()) == ["done"]
    assert estate.plan().operations == ()


def _ignores(server: tiny.Server) -> None:
    server.odd.ignores = ("item",)


def _loses(server: tiny.Server) -> None:
    server.odd.errors["update"] = [tiny.lost_answer("update")]


def _loses_and_fails(server: tiny.Server) -> None:
    server.odd.after["update"] = [tiny.lost_answer("update")]
    server.odd.fetches_before_errors = 2
    server.odd.errors["fetch"] = [Unavailable("down")]


@pytest.mark.parametrize(
    ("misbehave", "status"),
    [(_ignores, Status.DIVERGED), (_loses, Status.UNKNOWN), (_loses_and_fails, Status.UNKNOWN)],
)
def test_a_singleton_that_is_not_unset_stays_ours(
    estate: Estate, misbehave: Callable[[tiny.Server], None], status: Status
) -> None:
    estate.declare(item("a"), document("Default", "d", "item: {ref: a}"))
    estate.apply()
    estate.declare(item("a"))
    misbehave(estate.server)
    (outcome,) = estate.apply().outcomes
    assert outcome.status is status
    estate.server.odd = tiny.Oddities()
    assert operations(estate.plan()) == ["delete d"]
    assert statuses(estate.apply()) == ["done"]
    assert (estate.holds("Default"), list(estate.inventory())) == ({"default": {"item": None}}, ["one/Item/a"])


def test_a_singleton_whose_lost_answer_was_stored_is_unset(estate: Estate) -> None:
    estate.declare(item("a"), document("Default", "d", "item: {ref: a}"))
    estate.apply()
    estate.declare(item("a"))
    estate.server.odd.after["update"] = [tiny.lost_answer("update")]
    assert statuses(estate.apply()) == ["done"]
    assert list(estate.inventory()) == ["one/Item/a"]


@pytest.mark.parametrize(("before", "after"), REPLACED, ids=["identity", "delete first", "create first"])
def test_a_replace_whose_old_object_stays_is_not_done(estate: Estate, before: str, after: str) -> None:
    """Accepted is not gone; the next run deletes what is left, and is not kept off by it."""
    estate.declare(item("p"), before)
    estate.apply()
    estate.declare(item("p"), after)
    estate.server.odd.keeps_deleted = True
    (outcome,) = estate.apply().outcomes
    assert (outcome.status, "still has the object" in outcome.error) == (Status.UNKNOWN, True)
    estate.server.odd = tiny.Oddities()
    assert not estate.plan().refused
    assert set(statuses(estate.apply())) == {"done"}
    assert estate.plan().operations == ()


@pytest.mark.parametrize("error", [Unavailable("down"), Malformed("no JSON"), tiny.lost_answer("update")])
def test_a_secret_whose_update_was_lost_is_sent_again(
    estate: Estate, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Nothing shows whether a server holds a secret, so a lost answer never counts as done."""
    monkeypatch.setenv("SECRET", "canary-one")
    estate.declare(document("Item", "a", "secret: {env: SECRET}, title: A"))
    estate.apply()
    monkeypatch.setenv("SECRET", "canary-two")
    estate.server.odd.errors["update"] = [error]  # type: ignore[list-item]
    assert statuses(estate.apply()) == ["unknown"]
    assert statuses(estate.apply()) == ["done"]
    assert estate.holds("Item")["a"]["secret"] == "canary-two"


# --- what is no trouble ---------------------------------------------------------------------------


def test_the_right_account_is_not_refused_nor_one_that_nobody_asked(estate: Estate) -> None:
    estate.declare(item("a"))
    text = (estate.folder / "reconciler.yaml").read_text()
    pinned = text.replace("one: {", "one: {account: {id: account-1}, ").replace("two: {", "two: {account: {id: x}, ")
    (estate.folder / "reconciler.yaml").write_text(pinned)
    assert estate.plan().diagnostics == ()


def test_a_name_that_the_system_knows_is_sent_as_its_id(estate: Estate) -> None:
    estate.declare(document("Item", "a", "group: first"))
    assert statuses(estate.apply()) == ["done"]
    assert estate.holds("Item")["a"]["group"] == "g1"
    assert estate.plan().operations == ()
