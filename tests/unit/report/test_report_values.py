"""How values read in a report."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.report.values import block, inline, is_block


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "(unset)"),
        (True, "true"),
        (1, "1"),
        (1.0, "1.0"),
        (1e-06, "0.000001"),
        (-1.5e-7, "-0.00000015"),
        (0.0001, "0.0001"),
        (0.0, "0.0"),
        ("gpt-4o", "gpt-4o"),
        ("Support bot", "Support bot"),
        ("true", '"true"'),
        ("null", '"null"'),
        ("10", '"10"'),
        ("1e3", '"1e3"'),
        ("10 apples", "10 apples"),
        ("", '""'),
        (" edge ", '" edge "'),
        ("a → b", '"a → b"'),
        ("[x]", '"[x]"'),
        ('"quoted"', '"\\"quoted\\""'),
        ("(sensitive, changed)", "(sensitive, changed)"),
        ("(unset)", '"(unset)"'),
        ("(Unusual)", '"(Unusual)"'),
        ("\x1b[31mred", "\\x1b[31mred"),
        ([], "[]"),
        ({}, "{}"),
        ([1, "a", None], '[1, "a", null]'),
        ({"k": "ü"}, '{"k": "ü"}'),
    ],
)
def test_inline(value: Any, text: str) -> None:
    assert inline(value) == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [("short", False), ("two\nlines", True), ("x" * 61, True), (["x" * 30, "y" * 30], True), (None, False), (1, False)],
)
def test_is_block(value: Any, expected: bool) -> None:
    assert is_block(value) is expected


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        (None, []),
        ("a\nb", ["a", "b"]),
        ([{"a": 1}, "b"], ['{"a": 1}', "b"]),
        ({"a": [1], "b": "text"}, ["a: [1]", "b: text"]),
        ([], ["[]"]),
        ({}, ["{}"]),
        (3, ["3"]),
    ],
)
def test_block(value: Any, lines: list[str]) -> None:
    assert block(value) == lines
