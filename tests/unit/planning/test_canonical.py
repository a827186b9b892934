"""One meaning of "equal"."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model import Field, ListType
from reconciler.planning.canonical import leaves, matches, restrict, same
from tests.tiny.kinds import GROUP, ITEM

MATCHES: list[tuple[str, dict[str, Any], dict[str, Any], bool]] = [
    ("only what is declared counts", {"title": "a"}, {"title": "a", "note": "b"}, True),
    ("another value", {"title": "a"}, {"title": "b"}, False),
    ("1 is 1.0", {"price": 1}, {"price": 1.0}, True),
    ("true is not 1", {"params": {"x": True}}, {"params": {"x": 1}}, False),
    ("1 is not true", {"params": {"x": 1}}, {"params": {"x": True}}, False),
    ("a number is not its text", {"params": {"x": 1}}, {"params": {"x": "1"}}, False),
    ("null is absent", {"note": None}, {}, True),
    ("absent is null", {"params": {"x": None}}, {"params": {}}, True),
    ("null clears", {"note": None}, {"note": "x"}, False),
    ("absent is the default", {"enabled": True}, {}, True),
    ("null is the default", {"enabled": True}, {"enabled": None}, True),
    ("absent is not another value", {"enabled": False}, {}, False),
    ("null wants the default", {"enabled": None}, {"enabled": True}, True),
    ("an empty list is an absent one with that default", {"grants": []}, {}, True),
    ("an empty list is not a full one", {"grants": []}, {"grants": [{"who": "g"}]}, False),
    ("null clears a list", {"grants": None}, {"grants": [{"who": "g"}]}, False),
    ("sets have no order", {"grants": [{"who": "a"}, {"who": "b"}]}, {"grants": [{"who": "b"}, {"who": "a"}]}, True),
    ("sets count once", {"grants": [{"who": "a"}]}, {"grants": [{"who": "a"}, {"who": "a"}]}, True),
    ("a set's server fields do not count", {"grants": [{"who": "a"}]}, {"grants": [{"who": "a", "id": "7"}]}, True),
    ("a set's other fields count", {"grants": [{"who": "a"}]}, {"grants": [{"who": "a", "may": "read"}]}, False),
    ("lists have an order", {"steps": ["a", "b"]}, {"steps": ["b", "a"]}, False),
    ("lists have a length", {"steps": ["a"]}, {"steps": ["a", "a"]}, False),
    ("maps have no order", {"tools": [{"name": "a"}, {"name": "b"}]}, {"tools": [{"name": "b"}, {"name": "a"}]}, True),
    ("items of maps may know more", {"tools": [{"name": "a"}]}, {"tools": [{"name": "a", "weight": 2}]}, True),
    ("maps hold no more items", {"tools": [{"name": "a"}]}, {"tools": [{"name": "a"}, {"name": "b"}]}, False),
    ("a map is authoritative", {"tools": []}, {"tools": [{"name": "b"}]}, False),
    ("objects are open", {"params": {}}, {"params": {"x": 1}}, True),
    ("null empties an object", {"params": None}, {"params": {"x": 1}}, False),
    ("an object is not a text", {"params": {"x": 1}}, {"params": "x"}, False),
    ("a list is not a text", {"steps": ["a"]}, {"steps": "a"}, False),
    ("a text is not a list", {"params": {"x": "a"}}, {"params": {"x": ["a"]}}, False),
    ("integers beyond 64 bit", {"params": {"x": 2**80}}, {"params": {"x": 2**80}}, True),
    ("their neighbours", {"params": {"x": [2**80]}}, {"params": {"x": [2**80 + 1]}}, False),
]


@pytest.mark.parametrize(("want", "have", "expected"), [row[1:] for row in MATCHES], ids=[row[0] for row in MATCHES])
def test_matches(want: dict[str, Any], have: dict[str, Any], expected: bool) -> None:
    assert matches(want, have, ITEM.root) is expected
    assert same(restrict(want, want, ITEM.root), restrict(have, want, ITEM.root)) is expected


@pytest.mark.parametrize(
    ("have", "expected"), [({"a": 1}, True), ({"a": 1, "b": 2}, True), ({"b": 1}, False), ({"a": 2}, False)]
)
def test_items_of_a_set_without_a_schema_count_as_far_as_declared(have: dict[str, Any], expected: bool) -> None:
    field = Field(list=ListType.SET, items=Field())
    assert matches([{"a": 1}], [have], field) is expected


def test_leaves_stop_at_lists_and_empty_objects() -> None:
    spec = {"title": "a", "params": {"b": {"c": 1}, "d": {}}, "tools": [{"name": "x"}]}
    assert [path for path, _, _ in leaves(spec, ITEM.root)] == [
        ("title",),
        ("params", "b", "c"),
        ("params", "d"),
        ("tools",),
    ]


def test_leaves_of_nothing() -> None:
    assert list(leaves({}, GROUP.root)) == []


scalars = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.5, 1.0, 2.0]) | st.sampled_from("ab")
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=8,
)
named = st.fixed_dictionaries({"name": st.sampled_from("abc")}, optional={"weight": st.integers(0, 2)})
granted = st.fixed_dictionaries({"who": st.sampled_from("abc")}, optional={"id": st.sampled_from("12")})
bodies = st.fixed_dictionaries(
    {},
    optional={
        "title": scalars,
        "note": scalars,
        "enabled": scalars,
        "price": scalars,
        "params": st.dictionaries(st.sampled_from(["x", "temperature", "kept"]), values, max_size=3),
        "tools": st.none() | st.lists(named, max_size=3, unique_by=lambda item: item["name"]),
        "grants": st.none() | st.lists(granted, max_size=3),
        "steps": st.none() | st.lists(scalars, max_size=3),
    },
)


@settings(max_examples=300, deadline=None)
@given(bodies, bodies)
def test_the_quick_yes_and_the_canonical_forms_agree(want: dict[str, Any], have: dict[str, Any]) -> None:
    assert matches(want, have, ITEM.root) == same(restrict(want, want, ITEM.root), restrict(have, want, ITEM.root))


@settings(max_examples=200, deadline=None)
@given(bodies)
def test_everything_matches_itself(body: dict[str, Any]) -> None:
    assert matches(body, body, ITEM.root)


@settings(max_examples=200, deadline=None)
@given(bodies)
def test_a_canonical_form_is_its_own_canonical_form(body: dict[str, Any]) -> None:
    """Map lists become objects, so only what holds none is tried again."""
    plain = {key: value for key, value in body.items() if key != "tools"}
    once = restrict(plain, plain, ITEM.root)
    assert restrict(once, once, ITEM.root) == once
