"""Line diffs with changed words marked."""

from __future__ import annotations

import time

import pytest

from reconciler.report import textdiff
from reconciler.report.textdiff import diff_lines


def written(before: str, after: str) -> list[str]:
    rows = diff_lines(before.split("\n") if before else [], after.split("\n") if after else [])
    return [row.sign + "".join(f"<{text}>" if changed else text for text, changed in row.parts) for row in rows]


@pytest.mark.parametrize(
    ("before", "after", "rows"),
    [
        ("same", "same", ["…1 unchanged line"]),
        ("", "a\nb", ["+a", "+b"]),
        ("a\nb", "", ["-a", "-b"]),
        ("Answer in two words.", "Answer in three words.", ["-Answer in <two> words.", "+Answer in <three> words."]),
        ("say a b now please", "say c d now please", ["-say <a b> now please", "+say <c d> now please"]),
        ("one two", "one two three", ["-one two", "+one two< three>"]),
        ("nothing in common", "altogether something else", ["-nothing in common", "+altogether something else"]),
        ("a\n", "a", [" a", "-"]),
        ("", "x", ["+x"]),
        ("a b c\nzzz", "a b d\nyyy\nxxx", ["-a b <c>", "+a b <d>", "-zzz", "+yyy", "+xxx"]),
        ("qqq\na b c", "rrr\na b d", ["-qqq", "+rrr", "-a b <c>", "+a b <d>"]),
        ("a\nb c d\nx", "a\nb c e\nx", [" a", "-b c <d>", "+b c <e>", " x"]),
        ("word\n\n", "word\n\n\n", ["…1 unchanged line", " ", " ", "+"]),
    ],
)
def test_rows(before: str, after: str, rows: list[str]) -> None:
    assert written(before, after) == rows


def test_unchanged_lines_far_from_a_change_are_counted() -> None:
    lines = [f"line {number}" for number in range(20)]
    changed = [*lines[:10], "new", *lines[11:]]
    assert written("\n".join(lines), "\n".join(changed)) == [
        "…8 unchanged lines",
        " line 8",
        " line 9",
        "-line 10",
        "+new",
        " line 11",
        " line 12",
        "…7 unchanged lines",
    ]


def test_two_changes_far_apart_have_a_count_between() -> None:
    lines = [f"row {number}" for number in range(12)]
    changed = ["first", *lines[1:-1], "last"]
    rows = written("\n".join(lines), "\n".join(changed))
    assert rows[:2] == ["-row 0", "+first"]
    assert "…6 unchanged lines" in rows
    assert rows[-2:] == ["-row 11", "+last"]


def test_huge_texts_are_shown_as_replaced() -> None:
    before = [f"a{number}" for number in range(textdiff.COMPARABLE_LINES)]
    after = [f"b{number}" for number in range(10)]
    rows = diff_lines(["same", *before], ["same", *after])
    assert [row.sign for row in rows] == [" "] + ["-"] * len(before) + ["+"] * len(after)


def test_huge_lines_are_not_compared_word_by_word() -> None:
    text = "word " * textdiff.COMPARABLE_WORDS
    assert [row.parts for row in diff_lines([text], [text + "more"])] == [((text, False),), ((text + "more", False),)]


def test_takes_bounded_time() -> None:
    before = [f"{number % 7} words that are often the same" if number % 3 else "" for number in range(1900)]
    after = [f"{number % 11} words that are often equal" if number % 4 else "" for number in range(1900)]
    started = time.perf_counter()
    assert diff_lines(before, after)
    assert time.perf_counter() - started < 10
