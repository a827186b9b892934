"""How one value, one change and one drifted field read in text, and where long ones are cut."""

from __future__ import annotations

import pytest

from reconciler.model import Change
from reconciler.report import view
from reconciler.report.blocks import change_lines, drift_lines
from reconciler.report.lines import plain_text


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (Change("a", None, None), "a   (unset)"),
        (Change("a", 1, None), "a   1 → (unset)"),
        (Change("a", None, "(sensitive)", sensitive=True), "a   (sensitive)"),
        (Change("a", "(sensitive)", None, sensitive=True), "a   (sensitive) → (unset)"),
        (Change("a", None, "(sensitive, unknown)", sensitive=True), "a   (sensitive, unknown)"),
        (Change("a", None, "(known after apply)"), "a   (known after apply)"),
        (Change("a", "one\ntwo\n", "one\n"), "a\n          one\n        - two"),
        (Change("a", None, "one\ntwo\n"), "a\n        + one\n        + two"),
        (Change("a", "one\ntwo", "one\ntwo\n"), "a\n          one\n          two\n        +"),
        (Change("a", [], ["b"]), 'a   [] → ["b"]'),
        (
            Change("a", ["x" * 40, "y" * 40], ["x" * 40], replaces=True),
            f"a  (cannot be changed in place)\n          {'x' * 40}\n        - {'y' * 40}",
        ),
        (
            Change("a", "x" * 70, None, removed=True),
            f"a  → (default)\n        - {'x' * 70}",
        ),
        (
            Change("a", {"k": "x" * 70}, {}, removed=True),
            f"a  → {{}} (default)\n        - k: {'x' * 70}\n        + {{}}",
        ),
    ],
)
def test_one_change(change: Change, expected: str) -> None:
    assert plain_text(list(change_lines([change]))) == f"      {expected}\n"


def test_a_long_new_text_is_cut_and_says_by_how_much() -> None:
    shown = plain_text(list(change_lines([Change("a", None, "\n".join(str(n) for n in range(200)))])))
    assert shown.splitlines()[1:3] == ["        + 0", "        + 1"]
    assert shown.splitlines()[-1] == "        … 188 more lines"


def test_long_lines_keep_their_ends() -> None:
    picture = "data:image/png;base64," + "A" * 5000
    (line, cut) = plain_text(list(change_lines([Change("a", None, picture)]))).splitlines()
    assert line.strip() == "a"
    assert "4,942 characters" in cut
    assert len(cut) < 200


def test_long_values_beside_their_path_are_cut() -> None:
    row = view.DriftRow("t/K/n", "a", "drift", "w" * 1000, "short", "f")
    first = plain_text(list(drift_lines([row]))).splitlines()[0]
    assert first == f"~ t/K/n   a   wanted {'w' * 60} … 940 more characters   live short"
