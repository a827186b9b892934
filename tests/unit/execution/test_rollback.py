"""A rollback brings things back, and says what moved since: on the tiny system, with the engine in this process."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model import Consent, Request, Selection
from tests.unit.execution.estate import Estate, document, group, item, operations, statuses
from tests.unit.execution.undoing import MANY, by_hand, held, records, refusals, rolling_back, updated

A_PART = document("Part", "p", "item: {ref: one}, key: a, size: 1")
STORIES: dict[str, tuple[tuple[str, ...], tuple[str, ...], list[str]]] = {
    "created": ((item("one"),), (item("one"), item("two")), ["delete two"]),
    "updated": ((item("one", title="A"),), (item("one", title="B"),), ["update one"]),
    "deleted": ((item("one"), item("two")), (item("one"),), ["create two"]),
    "a field came": (
        (document("Item", "one", "title: A"),),
        (document("Item", "one", "title: A, note: N"),),
        ["update one"],
    ),
    "a field went": (
        (document("Item", "one", "title: A, note: N"),),
        (document("Item", "one", "title: A"),),
        ["update one"],
    ),
    "what refers to what is made again follows": (
        (group("g"), document("Item", "one", "group: {ref: g}, title: A"), item("two")),
        (item("two"),),
        ["create g", "create one"],
    ),
    "what lives in another is made again in it": ((item("one"), A_PART), (), ["create one", "create p"]),
    "replaced": (
        (document("Item", "one", "mode: agent"),),
        (document("Item", "one", "mode: completion"),),
        ["replace one"],
    ),
    "a new identity": ((document("Group", "g", "name: old"),), (document("Group", "g", "name: new"),), ["replace g"]),
    "a singleton was set": (
        (item("one"),),
        (item("one"), document("Default", "d", "item: {ref: one}")),
        ["update d"],
    ),
    "a singleton was unset": (
        (item("one"), document("Default", "d", "item: {ref: one}")),
        (item("one"),),
        ["update d"],
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_everything_is_as_it_was_and_the_reverted_manifests_agree(estate: Estate, story: str) -> None:
    before, after, expected = STORIES[story]
    estate.declare(*before)
    estate.apply(MANY)
    was = held(estate)
    estate.declare(*after) if after else (estate.folder / "manifests" / "all.yaml").write_text("")
    estate.apply(replace(MANY, destroy=not after))
    assert held(estate) != was

    plan = estate.plan(rolling_back(estate))
    assert (operations(plan), plan.refused) == (expected, False), plan.diagnostics
    assert statuses(estate.apply(rolling_back(estate))) == ["done"] * len(expected)
    assert held(estate) == was
    estate.declare(*before)
    again = estate.plan()
    assert [o for o in operations(again) if o != "forget d"] == [], "the commit is reverted too"
    estate.apply()
    assert held(estate) == was
    assert records(estate)[0].receipt.rollback or records(estate)[1].receipt.rollback


def test_what_lists_what_is_made_again_follows(estate: Estate) -> None:
    estate.declare(group("g"), document("Item", "one", "grants: [{who: {ref: g}}], tools: [{name: t, weight: 1}]"))
    estate.apply()
    estate.apply(replace(MANY, destroy=True))
    assert statuses(estate.apply(rolling_back(estate))) == ["done", "done"]
    ((group_id, _),) = estate.holds("Group").items()
    (body,) = estate.holds("Item").values()
    assert [grant["who"] for grant in body["grants"]] == [group_id]
    assert body["tools"] == [{"name": "t", "weight": 1}]
    assert estate.plan().operations == ()


# --- what was changed since ---------------------------------------------------------------------


def test_what_the_apply_did_not_change_is_left_alone(estate: Estate) -> None:
    updated(estate)
    by_hand(estate, note="by hand")
    estate.declare(document("Item", "one", "title: B, note: N, price: 7"), item("two"))
    estate.apply(Request(selection=Selection(names=("two",))))
    plan = estate.plan(rolling_back(estate))
    assert [d.code for d in plan.diagnostics] == ["rollback.manifests"]
    assert plan.operations[0].reason == f"as before {plan.rollback}"
    assert [(change.path, change.before, change.after) for change in plan.operations[0].changes] == [
        ("title", "B", "A")
    ]
    estate.apply(rolling_back(estate))
    (body,) = [body for body in estate.holds("Item").values() if body["key"] == "one"]
    assert (body["title"], body["note"], body["price"]) == ("A", "by hand", 1)


def test_a_field_that_moved_since_is_a_conflict_of_its_object(estate: Estate) -> None:
    updated(estate)
    by_hand(estate, title="by hand")
    plan = estate.plan(rolling_back(estate))
    assert refusals(plan) == ["one/Item/one: title changed since"]
    assert estate.apply(rolling_back(estate)).confirmed is False

    left = replace(MANY, selection=Selection(exclude=("Item/one",)))
    assert (operations(estate.plan(rolling_back(estate, left))), refusals(estate.plan(rolling_back(estate, left)))) == (
        [],
        [],
    )
    said = replace(MANY, consent=replace(MANY.consent, overwrite=True))
    plan = estate.plan(rolling_back(estate, said))
    assert [d.summary for d in plan.diagnostics if d.code == "rollback.conflict"] == [
        "one/Item/one: title changed since"
    ]
    assert statuses(estate.apply(rolling_back(estate, said))) == ["done"]
    assert [body["title"] for body in estate.holds("Item").values() if body["key"] == "one"] == ["A"]


def test_what_went_back_by_itself_is_no_conflict_and_nothing_to_do(estate: Estate) -> None:
    updated(estate)
    by_hand(estate, title="A")
    plan = estate.plan(rolling_back(estate))
    assert (operations(plan), refusals(plan)) == ([], [])


@pytest.mark.parametrize(
    ("before", "after", "since", "told"),
    [
        ((item("one"),), (item("one"), item("two")), (item("one"), item("two", title="U")), "title changed since"),
        ((item("one"), item("two")), (item("one"),), (item("one"), item("two", title="U")), "it was made anew since"),
        ((item("one"), item("two")), (item("one"), item("two", title="U")), (item("one"),), "it was deleted since"),
    ],
    ids=["created, then changed", "deleted, then made anew", "changed, then deleted"],
)
def test_a_later_apply_is_a_conflict(
    estate: Estate, before: tuple[str, ...], after: tuple[str, ...], since: tuple[str, ...], told: str
) -> None:
    for documents in (before, after, since):
        estate.declare(*documents)
        estate.apply(MANY)
    assert refusals(estate.plan(rolling_back(estate, of=1))) == [f"one/Item/two: {told}"]
    undone = rolling_back(estate, replace(MANY, consent=replace(MANY.consent, overwrite=True)), of=1)
    assert set(statuses(estate.apply(undone))) == {"done"}


def test_another_object_in_its_place_is_a_conflict(estate: Estate) -> None:
    estate.declare(item("one"), group("g"))
    estate.apply()
    estate.declare(item("one"), document("Group", "g", "note: m"))
    estate.apply()
    estate.server.objects["Group"].clear()
    estate.apply()
    assert refusals(estate.plan(rolling_back(estate, of=1))) == [
        "one/Group/g: another object has taken its place since"
    ]


def test_what_was_adopted_is_let_go_and_stays(estate: Estate) -> None:
    estate.declare(item("one"))
    estate.apply()
    (estate.folder / ".reconciler" / "inventory.json").unlink()
    estate.apply()
    plan = estate.plan(rolling_back(estate))
    assert operations(plan) == ["forget one"]
    estate.apply(rolling_back(estate))
    assert (estate.inventory(), len(estate.holds("Item"))) == ({}, 1)


def test_what_was_taken_over_goes_back_and_is_let_go_with_its_manifest(estate: Estate) -> None:
    estate.declare(item("one", title="A"))
    estate.apply()
    (estate.folder / ".reconciler" / "inventory.json").unlink()
    estate.declare(item("one", title="B"), item("two"))
    estate.apply(Request(consent=Consent(adopt=True)))
    estate.apply(rolling_back(estate))
    assert [body["title"] for body in estate.holds("Item").values()] == ["A"]
    estate.declare(item("three"))
    assert operations(estate.plan()) == ["forget one", "create three"]
