"""A value is changed where it stands, and no other byte."""

# ruff: noqa: E501 - a table of lines

from __future__ import annotations

import difflib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.manifests.edit import REMOVED, Uneditable, documents, edit
from reconciler.model import Json, Path
from reconciler.paths import value_at

TEXT = """\
# first comment
kind: Model   # beside
metadata: {name:  one , labels: {"a" : 'b'}}

spec:
  title:   Plain title    # kept
  single: 'it''s'
  double: "tab\\t"
  empty:
  number: 1.50
  on: yes
  text: |
    first
      indented

    last

  # a comment between
  folded: >-
    one
    two
  flow: [a, 'b', {k: v}]   # after
  nested:
    deep:
      - name: x   # of x
        weight: 1
      # of y
      - name: y
        weight: 2
  tail: end
---
spec: {a: 1}
"""


def changed(before: str, after: str) -> list[str]:
    """The lines that differ."""
    return [row for row in difflib.ndiff(before.split("\n"), after.split("\n")) if row[0] in "+-"]


@pytest.mark.parametrize(
    ("path", "value", "lines"),
    [
        (("spec", "title"), "New one", ["-   title:   Plain title    # kept", "+   title:   New one    # kept"]),
        (("spec", "title"), "a: b # c", ["-   title:   Plain title    # kept", '+   title:   "a: b # c"    # kept']),
        (("spec", "title"), "no", ["-   title:   Plain title    # kept", '+   title:   "no"    # kept']),
        (("spec", "title"), "a\nb", ["-   title:   Plain title    # kept", '+   title:   "a\\nb"    # kept']),
        (("spec", "title"), 7, ["-   title:   Plain title    # kept", "+   title:   7    # kept"]),
        (("spec", "title"), None, ["-   title:   Plain title    # kept", "+   title:   null    # kept"]),
        (("spec", "title"), REMOVED, ["-   title:   Plain title    # kept"]),
        (("spec", "single"), "isn't", ["-   single: 'it''s'", "+   single: 'isn''t'"]),
        (("spec", "double"), "x\ty", ['-   double: "tab\\t"', '+   double: "x\\ty"']),
        (("spec", "empty"), True, ["-   empty:", "+   empty: true"]),
        (("spec", "number"), 2, ["-   number: 1.50", "+   number: 2"]),
        (("spec", "on"), False, ["-   on: yes", "+   on: false"]),
        (("spec", "text"), "first\n  indented\n\nmore\nlast\n", ["+     more"]),
        (("spec", "text"), "first\n", ["-       indented", "- ", "-     last"]),
        (("spec", "text"), "one\n\n\n", ['+   text: "one\\n\\n\\n"', "-   text: |", "-     first", "-       indented", "- ", "-     last"]),
        (("spec", "folded"), "one\ntwo\nthree", ["-   folded: >-", "+   folded: |-", "+     three"]),
        (("spec", "flow"), ["a", "c", {"k": "v"}], ["-   flow: [a, 'b', {k: v}]   # after", "+   flow: [a, 'c', {k: v}]   # after"]),
        (("spec", "flow"), ["a"], ["-   flow: [a, 'b', {k: v}]   # after", "+   flow: [a]   # after"]),
        (("spec", "flow"), [], ["-   flow: [a, 'b', {k: v}]   # after", "+   flow: []   # after"]),
        (("spec", "nested", "deep"), [{"name": "x", "weight": 5}, {"name": "y", "weight": 2}], ["-         weight: 1", "+         weight: 5"]),
        (("spec", "nested", "deep"), [{"name": "x", "weight": 1}], ["-       - name: y", "-         weight: 2"]),
        (("spec", "nested", "deep"), [{"name": "y", "weight": 2}], ["-       - name: x   # of x", "-         weight: 1"]),
        (
            ("spec", "nested", "deep"),
            [{"name": "x", "weight": 1}, {"name": "y", "weight": 2}, {"name": "z: 1", "weight": 3}],
            ['+       - {name: "z: 1", weight: 3}'],
        ),
        (
            ("spec", "nested", "deep"),
            [{"name": "w"}, {"name": "x", "weight": 1}, {"name": "y", "weight": 2}],
            ["+       - {name: w}"],
        ),
        (("spec", "nested", "deep"), [{"name": "x", "weight": 1}, {"name": "y"}], ["-         weight: 2"]),
        (("spec", "nested", "more"), "x", ["+     more: x"]),
        (("spec", "fresh"), ["a", 1], ["+   fresh: [a, 1]"]),
        (("spec", "fresh"), "a\nb\n", ["+   fresh: |", "+     a", "+     b"]),
        (("spec", "deeper", "still"), 1, ["+   deeper: {still: 1}"]),
        (("metadata", "labels", "a"), "c", ["- metadata: {name:  one , labels: {\"a\" : 'b'}}", "+ metadata: {name:  one , labels: {\"a\" : 'c'}}"]),
    ],
)  # fmt: skip
def test_only_the_lines_that_are_meant_change(path: Path, value: Json, lines: list[str]) -> None:
    for text in (TEXT, TEXT.replace("\n", "\r\n")):
        after = edit(text, 0, path, value)
        assert [row.rstrip("\r") for row in changed(text, after)] == lines
        assert value_at(documents(after)[0], path) == (None if value is REMOVED else value)
        assert documents(after)[1] == {"spec": {"a": 1}}


def test_the_second_document_and_a_last_line_without_a_break() -> None:
    assert edit(TEXT.rstrip("\n"), 1, ("spec", "a"), 2) == TEXT.replace("{a: 1}", "{a: 2}").rstrip("\n")
    assert edit("a: 1\nb: 2", 0, ("c",), 3) == "a: 1\nb: 2\nc: 3"
    assert edit("\ufeffa: 1\n", 0, ("a",), 3) == "\ufeffa: 3\n"


@pytest.mark.parametrize(
    "value", ["[How many days, of holiday are left?]", "{q: why? so}", "{a?: b}", "[{u: http://x/?y=1}]", "a\tb"]
)
def test_whatever_can_be_read_can_be_edited_around(value: str) -> None:
    text = f"# top\na: {value}  # side\nb: 1\n"
    assert edit(text, 0, ("b",), 2) == text.replace("b: 1", "b: 2")
    assert edit(text, 0, ("c",), "x") == text + "c: x\n"


def test_an_anchor_that_others_use_is_left_alone() -> None:
    text = "a: &x one\nb: *x\n"
    with pytest.raises(Uneditable):
        edit(text, 0, ("b",), "two")
    with pytest.raises(Uneditable):
        edit(text, 0, ("a",), "two")


def test_the_last_key_and_the_last_item_leave_something_empty() -> None:
    assert edit("a:\n  b: 1\nc: 2\n", 0, ("a", "b"), REMOVED) == "a: {}\nc: 2\n"
    assert edit("a:\n  - 1\nc: 2\n", 0, ("a",), []) == "a: []\nc: 2\n"


def test_a_key_beside_its_dash_goes_too() -> None:
    text = "a:\n  - b: 1\n    c: 2\n  - d: 3\n"
    assert documents(edit(text, 0, ("a",), [{"c": 2}, {"d": 3}])) == [{"a": [{"c": 2}, {"d": 3}]}]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1, max_size=5), inner, max_size=4),
    max_leaves=8,
)
PLACES = [("spec", name) for name in ("title", "text", "folded", "flow", "nested", "fresh", "tail", "empty")]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PLACES), VALUES)
def test_any_value_arrives(path: Path, value: Json) -> None:
    after = edit(TEXT, 0, path, value)
    assert value_at(documents(after)[0], path) == value
    comments = [line.partition("#")[2] for line in TEXT.split("\n") if "#" in line]
    kept = [comment for comment in comments if comment not in (" of x", " of y")]
    assert all(comment in after for comment in kept if path[1] != "nested" or comment)
