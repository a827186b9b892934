"""What differs, field by field."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from reconciler.planning.canonical import matches
from reconciler.planning.diff import Removal, compare, creation, leaf_of, without
from tests.tiny.kinds import ITEM
from tests.unit.planning.test_canonical import bodies

CHANGES: list[tuple[str, dict[str, Any], dict[str, Any], list[tuple[str, Any, Any]]]] = [
    ("equal", {"title": "a"}, {"title": "a"}, []),
    ("a scalar", {"title": "a"}, {"title": "b"}, [("title", "b", "a")]),
    (
        "true and 1, which deepdiff takes for equal",
        {"params": {"x": True}},
        {"params": {"x": 1}},
        [("params.x", 1, True)],
    ),
    ("an absent object", {"params": {"x": 1, "y": 2}}, {}, [("params.x", None, 1), ("params.y", None, 2)]),
    (
        "few common keys",
        {"params": {"a": 1, "b": 2, "c": 3}},
        {"params": {"a": 0, "p": 1, "q": 2, "r": 3}},
        [("params.a", 0, 1), ("params.b", None, 2), ("params.c", None, 3)],
    ),
    ("a default is shown", {"enabled": False}, {}, [("enabled", True, False)]),
    ("an item of a list", {"steps": ["a", "c"]}, {"steps": ["a", "b"]}, [("steps[1]", "b", "c")]),
    ("a longer list", {"steps": ["a", "b"]}, {"steps": ["a"]}, [("steps", ["a"], ["a", "b"])]),
    (
        "an item of a map",
        {"tools": [{"name": "a", "weight": 1}, {"name": "b"}]},
        {"tools": [{"name": "b"}, {"name": "a", "weight": 2}]},
        [("tools.a.weight", 2, 1)],
    ),
    (
        "a new and a lost item of a map",
        {"tools": [{"name": "a"}]},
        {"tools": [{"name": "b"}]},
        [("tools.a", None, {"name": "a"}), ("tools.b", {"name": "b"}, None)],
    ),
    (
        "a set is shown whole, without the server's fields",
        {"grants": [{"who": "a", "may": "read"}]},
        {"grants": [{"who": "b", "may": "read", "id": "1"}]},
        [("grants", [{"who": "b", "may": "read"}], [{"who": "a", "may": "read"}])],
    ),
    ("a list where an object was", {"params": {"x": [1]}}, {"params": {"x": {"y": 1}}}, [("params.x", {"y": 1}, [1])]),
    ("cleared", {"note": None}, {"note": "x"}, [("note", "x", None)]),
]


@pytest.mark.parametrize(("want", "have", "expected"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_compare(want: dict[str, Any], have: dict[str, Any], expected: list[tuple[str, Any, Any]]) -> None:
    assert [(change.path, change.before, change.after) for change in compare(ITEM, want, have)] == expected


@settings(max_examples=300, deadline=None)
@given(bodies, bodies)
def test_there_are_changes_exactly_where_it_does_not_match(want: dict[str, Any], have: dict[str, Any]) -> None:
    assert bool(compare(ITEM, want, have)) != matches(want, have, ITEM.root)


@pytest.mark.parametrize(
    ("path", "replaces"), [("mode", True), ("key", True), ("title", False), ("params", False), ("version", False)]
)
def test_an_immutable_field_replaces(path: str, replaces: bool) -> None:
    (change,) = compare(ITEM, {path: "new"}, {path: "old"})
    assert change.replaces is replaces


def test_a_sensitive_field_is_never_shown() -> None:
    (change,) = compare(ITEM, {"token": "new-canary"}, {"token": "old-canary"})
    assert change.sensitive
    assert "canary" not in repr(change)


def test_a_removed_field_goes_back() -> None:
    removals = (Removal(("enabled",), True, omitted=False), Removal(("params", "x"), None, omitted=True))
    changes = compare(ITEM, {}, {"enabled": False, "params": {"x": 1, "y": 2}}, removals)
    assert [(c.path, c.before, c.after, c.removed) for c in changes] == [
        ("enabled", False, True, True),
        ("params.x", 1, None, True),
    ]
    assert compare(ITEM, {}, {"params": {"y": 2}}, removals) == ()


@pytest.mark.parametrize(
    ("have", "changes"), [({"window": 7}, [("window", 7, None)]), ({}, []), ({"window": None}, [])]
)
def test_an_inherited_field_is_back_only_where_nothing_is_shown(have: dict[str, Any], changes: list[Any]) -> None:
    found = compare(ITEM, {}, have, (Removal(("window",), None, omitted=True),))
    assert [(change.path, change.before, change.after) for change in found] == changes


def test_a_creation_shows_everything_but_secrets_and_nulls() -> None:
    want = {"title": "a", "note": None, "secret": {"env": "X"}, "params": {"temperature": 1}}
    changes = creation(ITEM, want, (("secret",),))
    assert [(c.path, c.after, c.sensitive) for c in changes] == [
        ("params.temperature", 1, False),
        ("secret", "(sensitive)", True),
        ("title", "a", False),
    ]


def test_without() -> None:
    spec = {"a": {"b": 1, "c": 2}, "d": 3}
    assert without(spec, (("a", "b"), ("d",), ("x", "y"))) == {"a": {"c": 2}}
    assert spec == {"a": {"b": 1, "c": 2}, "d": 3}


@pytest.mark.parametrize(
    ("path", "leaf"),
    [(("title",), ("title",)), (("grants", 0, "who"), ("grants",)), (("tools", "a", "weight"), ("tools",))],
)
def test_leaf_of(path: tuple[str | int, ...], leaf: tuple[str | int, ...]) -> None:
    assert leaf_of(path, ITEM.root) == leaf
