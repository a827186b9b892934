"""What a system's own rules may say of a plan, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from reconciler.cli import exits
from reconciler.errors import Unavailable
from reconciler.model import Action, Address, Consent, Diagnostic, Move, Plan, Request, Review, Status
from tests.unit.execution.estate import Estate, document, item, operations

A, B = (Address("one", "Item", name) for name in "ab")

Rules = Callable[[Sequence[Move]], Review]


def needs(plan: Plan) -> dict[str, list[str]]:
    """Give what each operation waits for, by name."""
    return {op.address.name: [need.name for need in op.needs] for op in plan.operations}


def after(second: Address, first: Address) -> Rules:
    return lambda moves: Review(needs={second: (first,)})


def test_rules_see_what_would_be_sent_and_nothing_else(estate: Estate) -> None:
    estate.declare(item("a"), item("b"), document("Group", "g", "note: N"))
    estate.apply()
    estate.server.put("Item", {"key": "adopted", "title": "T"})
    estate.declare(item("a", title="New"), item("c"), item("adopted"), document("Group", "g", "note: N"))
    seen: list[Move] = []
    estate.server.rules = lambda moves: seen.extend(moves) or Review()  # type: ignore[func-returns-value]
    estate.plan()
    told = [(m.address.name, m.action, m.before and m.before.body["title"], m.after and m.after["title"]) for m in seen]
    assert told == [
        ("a", Action.UPDATE, "T", "New"),
        ("b", Action.DELETE, "T", None),
        ("c", Action.CREATE, None, "T"),
    ]
    assert [[change.path for change in m.changes] for m in seen[:2]] == [["title"], []]
    assert [m.source is not None for m in seen] == [True, False, True]


def test_an_order_that_only_the_system_knows(estate: Estate) -> None:
    estate.declare(item("a"), item("b"))
    estate.server.rules = after(A, B)
    assert needs(estate.plan()) == {"a": ["b"], "b": []}
    estate.apply()
    written = [call for call in estate.server.calls if call.startswith("create")]
    assert written == ["create Item b", "create Item a"]


def test_an_order_between_a_create_and_a_delete(estate: Estate) -> None:
    estate.declare(item("b"))
    estate.apply()
    estate.declare(item("a"))
    estate.server.rules = after(A, B)
    assert needs(estate.plan()) == {"a": ["b"], "b": []}
    estate.apply()
    written = [call for call in estate.server.calls if not call.startswith("fetch")]
    assert written == ["create Item b", "delete Item b", "create Item a"]


def test_an_order_comes_beside_that_of_references_and_not_in_its_place(estate: Estate) -> None:
    estate.declare(document("Item", "a", "pins: {ref: c}, title: T"), item("b"), item("c"))
    estate.server.rules = after(A, B)
    assert needs(estate.plan())["a"] == ["b", "c"]


def test_what_does_not_move_orders_nothing(estate: Estate) -> None:
    estate.declare(item("a"), item("b"))
    estate.apply()
    estate.server.rules = after(A, B)
    assert estate.plan().operations == ()
    estate.declare(item("a", title="New"), item("b"))
    assert needs(estate.plan()) == {"a": []}


def test_an_order_that_the_references_contradict_is_refused(estate: Estate) -> None:
    estate.declare(document("Item", "a", "pins: {ref: b}, title: T"), item("b"))
    estate.server.rules = after(B, A)
    plan = estate.plan()
    (refusal,) = plan.diagnostics
    assert refusal.code == "guard.order"
    assert "one/Item/a → one/Item/b → one/Item/a" in refusal.summary
    assert "--exclude" in refusal.hint
    assert plan.refused
    assert needs(plan) == {"a": ["b"], "b": []}
    assert estate.apply().outcomes == ()


def test_an_update_that_this_server_can_only_do_as_a_replace(estate: Estate) -> None:
    estate.declare(item("a"), item("b"), item("c"))
    estate.apply()
    estate.declare(item("a", title="New"), item("b"), item("c"))
    estate.server.rules = lambda moves: Review(replaces={move.address: "this server has no update" for move in moves})
    plan = estate.plan()
    (operation,) = plan.operations
    assert (operation.action, operation.reason) == (Action.REPLACE, "this server has no update")
    assert [(change.path, change.replaces) for change in operation.changes] == [("title", True)]
    assert {outcome.status for outcome in estate.apply().outcomes} == {Status.DONE}
    assert estate.holds("Item")["a"]["title"] == "New"


def test_what_refers_to_something_follows_where_it_is_replaced_and_not_updated(estate: Estate) -> None:
    estate.declare(document("Group", "g", "note: old"), document("Item", "a", "title: T, group: {ref: g}"))
    estate.apply()
    (before,) = estate.holds("Group")
    estate.declare(document("Group", "g", "note: new"), document("Item", "a", "title: T, group: {ref: g}"))
    estate.server.rules = lambda moves: Review(replaces={m.address: "no update here" for m in moves})
    assert operations(estate.plan()) == ["replace g", "update a"]
    estate.apply(Request(consent=Consent(deletes=1)))
    (after_it,) = estate.holds("Group")
    assert after_it != before
    assert estate.holds("Item")["a"]["group"] == after_it
    assert estate.plan().operations == ()


def test_what_is_not_ours_is_not_replaced_whoever_says_adopt(estate: Estate) -> None:
    estate.server.put("Item", {"key": "a", "title": "By hand"})
    estate.declare(item("a"))
    estate.server.rules = lambda moves: Review(replaces={move.address: "no update here" for move in moves})
    plan = estate.plan(Request(consent=Consent(adopt=True)))
    assert [diagnostic.code for diagnostic in plan.diagnostics] == ["guard.ownership"]
    assert plan.operations == ()


def test_a_refusal_and_a_warning(estate: Estate) -> None:
    found = (
        Diagnostic("error", "it is in use", code="guard.in-use"),
        Diagnostic("warning", "others lose something", code="plan.others"),
    )
    estate.declare(item("a"))
    estate.server.rules = lambda moves: Review(diagnostics=found)
    plan = estate.plan()
    assert plan.diagnostics == found
    assert exits.exit_code(plan, detailed=False) == exits.REFUSED
    assert not estate.apply().confirmed


def test_rules_that_cannot_be_asked_make_the_target_unknown(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    estate.declare(item("a"), item("b", target="two"))

    def fail(moves: Sequence[Move]) -> Review:
        raise Unavailable("the server is down")

    estate.server.rules = fail
    plan = estate.plan()
    assert operations(plan) == ["create b"]
    assert [diagnostic.code for diagnostic in plan.diagnostics] == ["target.unreachable"]
    assert not plan.complete
