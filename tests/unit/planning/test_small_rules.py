"""Selection, references, matching, the inventory's digests and plan files: small tables."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.errors import PlanError
from reconciler.model import (
    KNOWN_AFTER_APPLY,
    Action,
    Address,
    Change,
    Diagnostic,
    DriftItem,
    Entry,
    Live,
    Operation,
    Phase,
    Plan,
    Ref,
    Resource,
    Selection,
    Source,
)
from reconciler.planning import match, planfile, refs
from reconciler.planning.canonical import spec_digest
from reconciler.planning.selection import idle, selects
from tests.tiny.kinds import GROUP, ITEM, PART

HERE = Address("prod", "Item", "one")
SALT = "00ff"


def test_what_limits_a_run_to_nothing_is_named() -> None:
    limits = Selection(
        targets=("prod", "test"), kinds=("Itme",), names=("one", "Item/*", "two"), exclude=("prod/*", "x")
    )
    assert idle(limits, [HERE]) == ("--target test", "--kind Itme", "--name two", "--exclude x")
    assert idle(Selection(), []) == ()


@pytest.mark.parametrize(
    ("selection", "selected"),
    [
        (Selection(), True),
        (Selection(targets=("prod",)), True),
        (Selection(targets=("p*",)), True),
        (Selection(targets=("test",)), False),
        (Selection(kinds=("Group", "Item")), True),
        (Selection(kinds=("Group",)), False),
        (Selection(names=("o*",)), True),
        (Selection(names=("Item/one",)), True),
        (Selection(names=("two",)), False),
        (Selection(labels=("team",)), True),
        (Selection(labels=("team=a",)), True),
        (Selection(labels=("team=b",)), False),
        (Selection(labels=("team=a", "other")), False),
        (Selection(exclude=("one",)), False),
        (Selection(exclude=("prod/Item/*",)), False),
        (Selection(exclude=("two",)), True),
    ],
)
def test_selects(selection: Selection, selected: bool) -> None:
    assert selects(selection, HERE, {"team": "a"}) is selected


def test_what_has_no_manifest_has_no_labels() -> None:
    assert not selects(Selection(labels=("team",)), HERE, None)
    assert selects(Selection(), HERE, None)


def live(**body: Any) -> Live:
    return Live(ITEM, "one", ("one",), {"key": "one", **body}, version="1")


GROUP_HERE = Address("prod", "Group", "devs")
GROUP_RESOURCE = Resource(GROUP_HERE, GROUP, {"name": "devs"}, Source("f"))
GROUP_LIVE = Live(GROUP, "g1", ("devs",), {"id": "g1", "name": "devs"})
ITEM_RESOURCE = Resource(HERE, ITEM, {"key": "one"}, Source("f"))


@pytest.mark.parametrize(
    ("field", "upstream", "found", "action", "expected"),
    [
        ("id", GROUP_RESOURCE, GROUP_LIVE, None, "g1"),
        ("id", GROUP_RESOURCE, GROUP_LIVE, Action.UPDATE, "g1"),
        ("id", GROUP_RESOURCE, GROUP_LIVE, Action.ADOPT, "g1"),
        ("id", GROUP_RESOURCE, GROUP_LIVE, Action.REPLACE, KNOWN_AFTER_APPLY),
        ("id", GROUP_RESOURCE, None, Action.CREATE, KNOWN_AFTER_APPLY),
        ("name", GROUP_RESOURCE, None, Action.CREATE, "devs"),
        ("version", ITEM_RESOURCE, live(version=3), None, 3),
        ("version", ITEM_RESOURCE, live(version=3), Action.UPDATE, KNOWN_AFTER_APPLY),
        ("id", ITEM_RESOURCE, live(), None, "one"),
    ],
)
def test_what_a_reference_stands_for(
    field: str, upstream: Resource, found: Live | None, action: Action | None, expected: Any
) -> None:
    assert refs.value_of(Ref((), upstream.address, field), upstream, found, action) == expected


def test_references_are_replaced_in_a_copy() -> None:
    spec = {"grants": [{"who": {"ref": "devs"}}], "title": "x"}
    resource = Resource(HERE, ITEM, spec, Source("f"), refs=(Ref(("grants", 0, "who"), GROUP_HERE, "id"),))
    assert refs.resolve(resource, lambda ref: "g1") == {"grants": [{"who": "g1"}], "title": "x"}
    assert spec["grants"] == [{"who": {"ref": "devs"}}]


@pytest.mark.parametrize(
    ("spec", "expected"), [({"item": {"ref": "one"}, "key": "k"}, ("one", "k")), ({"item": {"ref": "one"}}, None)]
)
def test_an_identity_follows_references(spec: dict[str, Any], expected: Any) -> None:
    part = Resource(Address("prod", "Part", "p"), PART, spec, Source("f"), refs=(Ref(("item",), HERE, "key"),))
    assert refs.identity_of(part, {HERE: ITEM_RESOURCE}) == expected
    assert refs.identity_of(part, {}) is None


ENTRY = Entry(HERE, "tiny", "one", ("one",))
INDEX = match.index([live()])


@pytest.mark.parametrize(
    ("entry", "owned"),
    [
        (ENTRY, True),
        (None, False),
        (Entry(HERE, "tiny", None, ("one",)), False),
        (Entry(HERE, "tiny", "two", ("one",)), False),
        (Entry(HERE, "tiny", "one", ("renamed",)), False),
    ],
)
def test_an_id_alone_is_no_proof(entry: Entry | None, owned: bool) -> None:
    assert (match.owned(entry, INDEX) is not None) is owned


def test_an_id_that_a_list_repeats_counts_once() -> None:
    assert len(match.claimed(("one",), match.index([live(), live()]))) == 1
    assert match.claimed(None, INDEX) == ()


def intent(phase: Phase = Phase.PENDING, live_id: str | None = None, **applied: str) -> Entry:
    return Entry(HERE, "tiny", live_id, ("one",), phase, applied)


def leaf(value: Any) -> str:
    from reconciler.redact import digest

    return digest(SALT, value)


@pytest.mark.parametrize(
    ("entry", "ours"),
    [
        (intent(title=leaf("a")), True),
        (intent(title=leaf("b")), False),
        (intent(note=leaf("sent by a later step")), True),
        (intent(secret=leaf("never returned")), True),
        (intent(Phase.SETTLED, title=leaf("a")), False),
        (intent(Phase.PENDING, "one", title=leaf("a")), False),
        (None, False),
    ],
)
def test_what_a_create_left_behind_contradicts_nothing(entry: Entry | None, ours: bool) -> None:
    assert match.is_our_creation(entry, live(title="a"), SALT) is ours


def test_a_spec_digest_knows_no_key_order_and_any_integer() -> None:
    assert spec_digest(SALT, {"a": 1, "b": 2}) == spec_digest(SALT, {"b": 2, "a": 1})
    assert spec_digest(SALT, {"a": 2**80}) != spec_digest(SALT, {"a": 2**81})
    assert spec_digest(SALT, {"a": 1}) != spec_digest("ff00", {"a": 1})


# --- plan files ---------------------------------------------------------------------------------

CHANGE = Change("title", "a", "b")
UPDATE = Operation(Action.UPDATE, HERE, "differs", (CHANGE,), (GROUP_HERE,), Source("f", 1, 2), "one", "1", "digest")
PLAN = Plan(
    (UPDATE,),
    3,
    (DriftItem(HERE, "title", "drift", "b", "a", "f1"),),
    (Diagnostic("warning", "careful", address=HERE, source=Source("f")),),
    manifests_digest="m",
    accounts={"prod": "url account"},
    expires="2026-01-02T00:00:00+00:00",
)


def test_a_plan_file_gives_the_plan_back() -> None:
    assert planfile.parse(planfile.dump(PLAN), "f") == PLAN
    assert planfile.dump(PLAN) == planfile.dump(planfile.parse(planfile.dump(PLAN), "f"))


def _changed(**parts: Any) -> bytes:
    return json.dumps({**json.loads(planfile.dump(PLAN)), **parts}).encode()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not a plan file"),
        (b"[]", "not a plan file of this version"),
        (b"{" * 100_000, "not a plan file"),
        (b'{"format":"reconciler-plan/1","digest":"x","plan":{"a":"\\ud800"}}', "not a plan file"),
        (b'{"format":"reconciler-plan/1","digest":"x","plan":' + b"[" * 700 + b"]" * 700 + b"}", "not a plan file"),
        (b'{"format":"reconciler-plan/1","format":"reconciler-plan/1","digest":"x","plan":{}}', "not a plan file"),
        (b"\xff\xfe", "not a plan file"),
        (_changed(format="reconciler-plan/2"), "of this version"),
        (_changed(plan={"operations": []}), "changed after it was written"),
    ],
)
def test_a_broken_plan_file_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(PlanError, match=says):
        planfile.parse(content, "my.plan")


def test_a_plan_file_with_a_wrong_field_names_it() -> None:
    body = {**json.loads(planfile.dump(PLAN))["plan"], "unchanged": "many"}
    from reconciler.redact import digest

    with pytest.raises(PlanError, match=r"unchanged: .*integer"):
        planfile.parse(
            json.dumps({"format": planfile.FORMAT, "digest": digest("00", body), "plan": body}).encode(), "f"
        )
