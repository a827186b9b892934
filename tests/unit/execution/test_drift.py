"""Drift as a run finds it: classes, fingerprints, baselines, readings, rules, and putting it back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler import engine
from reconciler.errors import Unavailable
from reconciler.model import KnownDrift, Plan, Request, Selection
from tests.tiny.provider import Server
from tests.unit.execution.estate import PLAIN, Estate, document, group, statuses

TWO = document("Item", "i", "title: T, price: 1, steps: [a, b]")


@pytest.fixture
def applied(estate: Estate) -> Estate:
    """One item, applied."""
    estate.declare(TWO)
    assert statuses(estate.apply()) == ["done"]
    return estate


def words(plan: Plan) -> list[str]:
    return [f"{item.path} {item.classification} {item.standing}".strip() for item in plan.drift]


def test_every_field_is_counted_once(applied: Estate) -> None:
    applied.holds("Item")["i"].update(title="by hand", price=7)
    applied.declare(document("Item", "i", "title: T, price: 2, steps: [a]"))
    plan = applied.drift()
    assert words(plan) == ["price conflict", "title drift"]
    assert plan.fields == {"pending": 1, "drift": 1, "conflict": 1, "converged": 1, "unseen": 0}


def test_both_moved_to_the_same_is_converged(applied: Estate) -> None:
    applied.holds("Item")["i"].update(title="new")
    applied.declare(document("Item", "i", "title: new, price: 1, steps: [a, b]"))
    plan = applied.drift()
    assert (plan.drift, plan.fields["converged"]) == ((), 4)


def test_what_no_read_shows_is_unseen(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S", "s3cret-canary")
    estate.declare(document("Item", "i", "title: T, secret: {env: S}"))
    estate.apply()
    plan = estate.drift()
    assert plan.fields == {"pending": 0, "drift": 0, "conflict": 0, "converged": 2, "unseen": 1}


def test_a_deleted_object_counts_once(applied: Estate) -> None:
    del applied.holds("Item")["i"]
    assert applied.drift().fields["drift"] == 1


def test_a_fingerprint_follows_the_object_and_its_values(applied: Estate) -> None:
    def mark() -> str:
        (item,) = applied.drift().drift
        return item.fingerprint

    applied.holds("Item")["i"].update(title="x")
    first = mark()
    assert mark() == first
    applied.declare(document("Item", "renamed", "key: i, title: T, price: 1, steps: [a, b]"))
    applied.apply(replace(PLAIN, selection=Selection(names=("nothing",))))
    applied.declare(TWO)
    assert mark() == first
    applied.holds("Item")["i"].update(title="y")
    assert mark() != first
    applied.holds("Item")["i"].update(title="x")
    assert mark() == first


def test_who_and_when_are_told(applied: Estate) -> None:
    applied.holds("Item")["i"].update(title="x", editor="mallory", edited=1795175049)
    (item,) = applied.drift().drift
    assert (item.changed_at, item.changed_by) == ("2026-11-20T11:44:09Z", "mallory")
    assert str(item.source).endswith("manifests/all.yaml:1:1")


def known_of(plan: Plan) -> tuple[KnownDrift, ...]:
    return tuple(KnownDrift(str(item.address), item.path, item.fingerprint) for item in plan.drift)


def drift(estate: Estate, request: Request = PLAIN, **options: object) -> Plan:
    return asyncio.run(engine.find_drift(estate.settings, request, **options))  # type: ignore[arg-type]


def test_a_baseline_tells_new_known_and_resolved(applied: Estate) -> None:
    applied.holds("Item")["i"].update(title="by hand", price=7)
    known = known_of(applied.drift())
    applied.holds("Item")["i"].update(price=1, steps=["z"])
    plan = drift(applied, known=known)
    assert words(plan) == ["steps drift new", "title drift known"]
    assert [item.path for item in plan.resolved] == ["price"]


def test_what_was_not_looked_at_is_not_resolved(applied: Estate) -> None:
    applied.holds("Item")["i"].update(title="by hand")
    known = known_of(applied.drift())
    outside = drift(applied, Request(Selection(names=("other",))), known=known)
    assert (outside.drift, outside.resolved) == ((), ())
    applied.server.odd.errors["fetch"] = [Unavailable("it is down")]
    unread = drift(applied, known=known)
    assert (unread.complete, unread.resolved) == (False, ())


def test_a_baseline_knows_what_is_forgotten_as_resolved(applied: Estate) -> None:
    gone = KnownDrift("one/Item/gone", "title", "0" * 16)
    assert drift(applied, known=(gone,)).resolved == (gone,)


class Pauses:
    """A clock that only a test moves: what happens in each pause."""

    def __init__(self, *acts: object) -> None:
        self.acts = list(acts)
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        act = self.acts.pop(0) if self.acts else None
        if callable(act):
            act()


def test_only_what_every_reading_shows_counts(applied: Estate) -> None:
    held = applied.holds("Item")["i"]
    held.update(title="by hand", price=7)
    pauses = Pauses(lambda: held.update(price=1), lambda: held.update(steps=["z"]))
    plan = drift(applied, confirm=2, pause=pauses)
    assert words(plan) == ["title drift"]
    assert pauses.seconds == [engine.CONFIRM_PAUSE] * 2


def test_nothing_is_read_again_where_nothing_moved(applied: Estate) -> None:
    pauses = Pauses()
    assert not drift(applied, confirm=3, pause=pauses).drift
    assert not pauses.seconds


def test_an_incomplete_reading_stays_incomplete(applied: Estate) -> None:
    applied.holds("Item")["i"].update(title="by hand")
    down = lambda: applied.server.odd.errors.update(fetch=[Unavailable("it is down")])  # noqa: E731
    plan = drift(applied, confirm=2, pause=Pauses(down))
    assert not plan.complete
    assert [d.code for d in plan.diagnostics] == ["target.unreachable"]


def rule(path: str, until: str = "") -> str:
    more = f', until: "{until}"' if until else ""
    return f"lifecycle: {{ignore: [{{path: {path}, reason: the UI{more}}}]}}"


@pytest.mark.parametrize(
    ("meta", "live", "codes"),
    [
        (rule("title"), {"title": "by hand"}, []),
        (rule("title"), {}, ["ignore.unused"]),
        (rule("note"), {"title": "by hand"}, ["ignore.unused"]),
        (rule("title", "2001-01-01"), {"title": "by hand"}, ["ignore.expired"]),
        (rule("title", "2999-01-01"), {"title": "by hand"}, []),
    ],
)
def test_a_rule_that_has_outlived_its_use_is_a_warning(
    estate: Estate, meta: str, live: dict[str, str], codes: list[str]
) -> None:
    estate.declare(document("Item", "i", "title: T", meta))
    estate.apply()
    estate.holds("Item")["i"].update(live)
    plan = estate.drift()
    assert [d.code for d in plan.diagnostics] == codes
    assert all("the UI" in d.detail for d in plan.diagnostics)


# --- putting it back ----------------------------------------------------------------------------

ONLY_DRIFT = Request(only_drift=True)


def operations(plan: Plan) -> list[str]:
    return [f"{op.action.value} {op.address.name} {','.join(c.path for c in op.changes)}" for op in plan.operations]


def test_only_drifted_fields_are_put_back(applied: Estate) -> None:
    applied.holds("Item")["i"].update(title="by hand")
    applied.declare(document("Item", "i", "title: T, price: 2, steps: [a, b]"), group("new"))
    plan = applied.plan(ONLY_DRIFT)
    assert operations(plan) == ["update i title"]
    assert plan.unchanged == 0
    assert statuses(applied.apply(ONLY_DRIFT)) == ["done"]
    held = applied.holds("Item")["i"]
    assert (held["title"], held["price"], applied.holds("Group")) == ("T", 1, {})
    after = applied.plan()
    assert [(op.action.value, op.reason) for op in after.operations] == [
        ("create", "not there yet"),
        ("update", "manifest changed"),
    ]
    assert operations(after)[1] == "update i price"
    assert not applied.plan(ONLY_DRIFT).operations
    applied.apply()
    assert not applied.plan().operations


def test_what_is_spared_can_still_drift(applied: Estate) -> None:
    applied.holds("Item")["i"].update(title="by hand")
    applied.declare(document("Item", "i", "title: T, price: 2, steps: [a, b]"))
    applied.apply(ONLY_DRIFT)
    applied.holds("Item")["i"].update(price=9)
    assert words(applied.drift()) == ["price conflict"]


def test_a_conflict_is_put_to_what_git_says(applied: Estate) -> None:
    applied.holds("Item")["i"].update(price=9)
    applied.declare(document("Item", "i", "title: U, price: 2, steps: [a, b]"))
    assert operations(applied.plan(ONLY_DRIFT)) == ["update i price"]


def test_a_deleted_object_is_made_anew(applied: Estate) -> None:
    del applied.holds("Item")["i"]
    assert operations(applied.plan(ONLY_DRIFT)) == ["create i key,price,steps,title"]


def test_nothing_is_pruned(applied: Estate) -> None:
    applied.declare(group("g"))
    assert not applied.plan(ONLY_DRIFT).operations


def test_a_new_secret_is_not_sent(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S", "old")
    estate.declare(document("Item", "i", "title: T, secret: {env: S}"))
    estate.apply()
    monkeypatch.setenv("S", "new")
    estate.holds("Item")["i"].update(title="by hand")
    assert operations(estate.plan(ONLY_DRIFT)) == ["update i title"]
    estate.apply(ONLY_DRIFT)
    assert [change.path for op in estate.plan().operations for change in op.changes] == ["secret"]


def test_a_saved_plan_stays_limited(applied: Estate, tmp_path: Path) -> None:
    applied.holds("Item")["i"].update(title="by hand")
    applied.declare(document("Item", "i", "title: T, price: 2, steps: [a, b]"))
    engine.save_plan(applied.plan(ONLY_DRIFT), tmp_path / "p.plan")
    saved = engine.open_plan(tmp_path / "p.plan")
    assert statuses(applied.apply(saved=saved)) == ["done"]
    held = applied.holds("Item")["i"]
    assert (held["title"], held["price"]) == ("T", 1)


def test_lists_are_told_apart_too(applied: Estate) -> None:
    applied.holds("Item")["i"].update(title="by hand", steps=["z"])
    applied.declare(document("Item", "i", "title: T, price: 1, steps: [a, b], grants: [{who: x}]"))
    assert operations(applied.plan(ONLY_DRIFT)) == ["update i steps,title"]
    applied.apply(ONLY_DRIFT)
    assert "grants" not in applied.holds("Item")["i"]


def test_what_only_a_replace_puts_right_is_replaced_whole(estate: Estate) -> None:
    estate.declare(document("Item", "i", "title: T, mode: agent"))
    estate.apply()
    estate.holds("Item")["i"].update(mode="completion")
    estate.declare(document("Item", "i", "title: U, mode: agent"))
    plan = estate.plan(replace(ONLY_DRIFT, consent=replace(PLAIN.consent, deletes=5)))
    assert operations(plan) == ["replace i mode,title"]


def test_a_replace_that_git_asks_for_waits(estate: Estate) -> None:
    estate.declare(document("Item", "i", "title: T, mode: agent"))
    estate.apply()
    estate.holds("Item")["i"].update(title="by hand")
    estate.declare(document("Item", "i", "title: T, mode: completion"))
    assert operations(estate.plan(ONLY_DRIFT)) == ["update i title"]
    estate.apply(ONLY_DRIFT)
    assert estate.holds("Item")["i"]["mode"] == "agent"
    assert [op.action.value for op in estate.plan().operations] == ["replace"]


def test_what_needs_something_new_is_refused(estate: Estate) -> None:
    estate.declare(document("Item", "i", "title: T, group: x"))
    estate.apply()
    estate.holds("Item")["i"].update(group="y")
    estate.declare(document("Item", "i", "title: T, group: {ref: g}"), group("g"))
    plan = estate.plan(ONLY_DRIFT)
    assert [d.code for d in plan.diagnostics] == ["guard.selection"]
    assert "--only-drift does not make it" in plan.diagnostics[0].summary


def test_a_server_is_only_read(applied: Estate) -> None:
    server: Server = applied.server
    applied.holds("Item")["i"].update(title="by hand")
    server.calls.clear()
    drift(applied, confirm=1, pause=Pauses())
    assert {call.split()[0] for call in server.calls} == {"fetch"}
