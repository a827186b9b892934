"""What does not print never reaches a terminal."""

from __future__ import annotations

import json

import pytest

from reconciler.report.escape import json_text, many_lines, no_command, one_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain — with dashes, ±, 模型, 🙂", "plain — with dashes, ±, 模型, 🙂"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\x1b[2J\x07\x9b", r"\x1b[2J\x07\x9b"),
        ("zero\u200bwidth \u202eright to left", r"zero\u200bwidth \u202eright to left"),
        ("half \ud83d", r"half \ud83d"),
        ("no-break\u00a0space", r"no-break\xa0space"),
        ("", ""),
    ],
)
def test_one_line(text: str, shown: str) -> None:
    assert one_line(text) == shown


def test_many_lines() -> None:
    assert many_lines("a\r\n\x1b\n") == ["a\\r", "\\x1b", ""]
    assert many_lines("") == []


def test_json_stays_the_same_document() -> None:
    document = {"a\x9b": ["\x7f\u202e", "half \ud83d", "tag \U000e0041", "模型 🙂"], "b": {"c": "\n"}}
    text = json_text(json.dumps(document, ensure_ascii=False, indent=2))
    assert json.loads(text) == document
    assert "模型 🙂" in text
    assert all(line.isprintable() for line in text.split("\n"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("::error::x", "\\x3a:error::x"),
        ("a\n  ::add-mask::x\n", "a\n  \\x3a:add-mask::x\n"),
        ("a ##[group]x", "a #\\x23[group]x"),
        ("std::string in a line", "std::string in a line"),
        ("", ""),
    ],
)
def test_no_line_is_a_command_of_a_workflow(text: str, expected: str) -> None:
    assert no_command(text) == expected
