"""A saved plan against the plan that the world gives now: the same, or refused with what moved, object by object."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.errors import StalePlan
from reconciler.model import Action, Address, Change, DriftItem, Operation, Plan, Source
from reconciler.planning.saved import require_fresh

NOW = "2026-01-01T00:00:00+00:00"
HERE, OTHER = Address("prod", "Item", "one"), Address("prod", "Item", "other")
CHANGE = Change("title", "a", "b")


def operation(**parts: Any) -> Operation:
    base = {"action": Action.UPDATE, "address": HERE, "reason": "differs", "changes": (CHANGE,), "live_id": "one"}
    return Operation(**{**base, "source": Source("f", 1, 2), "precondition": "digest", **parts})


def plan(*operations: Operation, **parts: Any) -> Plan:
    known = {"manifests_digest": "m", "commit": "c1", "accounts": {"prod": "url account"}, "expires": NOW}
    return Plan(operations, **{**known, **parts})


UPDATE = operation()
DELETE = operation(action=Action.DELETE, reason="not in the manifests", changes=())
NEW = operation(address=OTHER, action=Action.CREATE, reason="not there yet", changes=())


def test_a_fresh_plan_runs_only_what_was_saved() -> None:
    assert require_fresh(plan(UPDATE), plan(UPDATE, NEW, commit="c2"), NOW) == (UPDATE,)


def told(saved: Plan, current: Plan, now: str = NOW) -> list[tuple[str, str, str]]:
    with pytest.raises(StalePlan) as refusal:
        require_fresh(saved, current, now)
    return [(item.code, item.summary, item.detail) for item in refusal.value.diagnostics]


@pytest.mark.parametrize(
    ("current", "code", "summary", "detail"),
    [
        (plan(UPDATE, accounts={"prod": "url foreign"}), "account", "prod is not what was planned",
         "planned for url account, now url foreign"),
        (plan(UPDATE, inventory_id="another"), "inventory", "the inventory is another one", ""),
        (plan(UPDATE, manifests_digest="n", commit="c2"), "manifests",
         "the manifests are not the ones that were planned", "planned at commit c1, now at c2"),
        (plan(UPDATE, manifests_digest="n"), "manifests", "the manifests are not the ones that were planned", ""),
    ],
)  # fmt: skip
def test_what_is_another_one(current: Plan, code: str, summary: str, detail: str) -> None:
    assert told(plan(UPDATE), current) == [(f"stale.{code}", summary, detail)]


def test_an_expired_plan_is_stale() -> None:
    assert told(plan(UPDATE), plan(UPDATE), "2026-01-03T00:00:00+00:00") == [
        ("stale.expired", f"the plan expired at {NOW}", "")
    ]


@pytest.mark.parametrize(
    ("current", "detail"),
    [
        (None, "planned to update it; nothing is left to do"),
        (operation(action=Action.CREATE, reason="not there yet"),
         "planned: update (differs); now it would be: create (not there yet)"),
        (operation(changes=(Change("title", "by hand", "b"), Change("note", 1, None))),
         'note: planned no change; now 1 → unset\ntitle: planned "a" → "b"; now "by hand" → "b"'),
        (operation(changes=()), 'title: planned "a" → "b"; now no change'),
        (operation(changes=(Change("title", "x" * 100, "b"),)),
         f'title: planned "a" → "b"; now "{"x" * 59} … 42 more characters → "b"'),
        (operation(changes=(Change("title", "(sensitive)", "(sensitive, changed)", sensitive=True),)),
         'title: planned "a" → "b"; now "(sensitive)" → "(sensitive, changed)"'),
        (operation(live_id="two"), "the live object is another one: planned for one, now two"),
        (operation(precondition="moved"),
         "what was compared of the live object, or a secret that would be sent, is not what it was"),
    ],
)  # fmt: skip
def test_an_object_that_moved_says_in_what(current: Operation | None, detail: str) -> None:
    now = plan(*([current] if current else []))
    assert told(plan(UPDATE), now) == [("stale.object", "prod/Item/one moved", detail)]


def test_what_a_delete_would_lose_is_named() -> None:
    old, new = (DriftItem(HERE, path, "drift", "x", path, path) for path in ("known", "new"))
    whole = DriftItem(HERE, "", "drift", "x", "gone", "gone")
    elsewhere = DriftItem(OTHER, "title", "drift", "x", "y", "f")
    current = plan(
        operation(action=Action.DELETE, changes=(), precondition="moved"), drift=(old, new, whole, elsewhere)
    )
    assert told(plan(DELETE, drift=(old,)), current) == [
        ("stale.object", "prod/Item/one moved", 'new is now "new"\nthe object is now "gone"')
    ]


def test_manifests_that_moved_say_what_they_would_do_now() -> None:
    assert told(plan(UPDATE), plan(UPDATE, NEW, manifests_digest="n"))[1:] == [
        ("stale.object", "prod/Item/other was not planned", "now it would be: create (not there yet)")
    ]
