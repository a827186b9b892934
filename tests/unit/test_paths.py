"""Paths as text and back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.paths import format_path, parse_path, remove_at, replace_at, value_at

TEXTS = [
    ((), ""),
    (("a",), "a"),
    (("a", "b-c", "_d"), "a.b-c._d"),
    (("a", 0, "b"), "a[0].b"),
    (("a", "b.c"), 'a["b.c"]'),
    (("1",), '["1"]'),
    (("a", 'quo"te'), 'a["quo\\"te"]'),
]


@pytest.mark.parametrize(("path", "text"), TEXTS)
def test_format_and_parse(path: tuple[str | int, ...], text: str) -> None:
    assert format_path(path) == text
    assert parse_path(text) == path


@given(st.lists(st.text(max_size=5) | st.integers(0, 99), max_size=5))
def test_every_path_comes_back(path: list[str | int]) -> None:
    assert parse_path(format_path(tuple(path))) == tuple(path)


@pytest.mark.parametrize("text", ["a b", "a[", "a[x]", "[", "a..b"])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a path"):
        parse_path(text)


DOCUMENT: dict[str, Any] = {"a": {"b": [1, {"c": 2}]}, "n": None}


@pytest.mark.parametrize(
    ("path", "value"),
    [(("a", "b", 1, "c"), 2), (("a", "b", 5), None), (("a", "x", "y"), None), (("n", "x"), None), ((), DOCUMENT)],
)
def test_value_at(path: tuple[str | int, ...], value: Any) -> None:
    assert value_at(DOCUMENT, path) == value


def test_replacing_and_removing_leave_the_original_alone() -> None:
    assert replace_at(DOCUMENT, ("a", "b", 1, "c"), 3) == {"a": {"b": [1, {"c": 3}]}, "n": None}
    assert replace_at({}, ("a", "b"), 1) == {"a": {"b": 1}}
    assert replace_at(DOCUMENT, (), 1) == 1
    assert remove_at(DOCUMENT, ("a", "b")) == {"a": {}, "n": None}
    assert remove_at(DOCUMENT, ("a", "nothing")) == DOCUMENT
    assert remove_at(DOCUMENT, ("n", "deep")) == DOCUMENT
    assert DOCUMENT == {"a": {"b": [1, {"c": 2}]}, "n": None}
