"""How much of a change is shown, and that the rest is counted."""

from __future__ import annotations

import pytest

from reconciler.model import Change
from reconciler.report.changes import COMPARED_LINES, SHOWN_LINE, after_text, before_text, diff


def test_a_line_of_many_changes_is_cut() -> None:
    before = " ".join(f"{'a' * 40}{n} one{n} two{n} three{n}" for n in range(60))
    shown = diff(f"{before}\n-", f"{before.replace('a' * 40, 'b' * 40)}\n-")
    assert [row.sign for row in shown.rows] == ["-", "+", " "]
    for row in shown.rows[:2]:
        whole = sum(len(text) for text, _ in row.parts[:-1])
        assert SHOWN_LINE <= whole < SHOWN_LINE + 500
        assert row.parts[-1][0] == f" … {len(before) - whole:,} more characters"


@pytest.mark.parametrize(
    ("before", "lines", "shown", "left_out"),
    [(None, 20, 12, 8), ("other", 100, 60, 41), (None, COMPARED_LINES + 7, 12, COMPARED_LINES - 5)],
)
def test_lines_that_are_not_shown_are_counted(before: str | None, lines: int, shown: int, left_out: int) -> None:
    found = diff(before, "\n".join(f"line {number}" for number in range(lines)))
    assert (len(found.rows), found.left_out) == (shown, left_out)


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (Change("p", 1, 2), "1", "2"),
        (Change("p", None, 2), None, "2"),
        (Change("p", 1, None), "1", "(unset)"),
        (Change("p", "(sensitive)", "(sensitive, changed)", sensitive=True), None, "(sensitive, changed)"),
        (Change("p", "(sensitive)", None, sensitive=True), "(sensitive)", "(unset)"),
        (Change("p", 1, None, removed=True), "1", "(default)"),
        (Change("p", 1, 2, removed=True), "1", "2 (default)"),
    ],
)
def test_values_on_one_line(change: Change, before: str | None, after: str) -> None:
    assert (before_text(change), after_text(change)) == (before, after)
