"""Makes text from manifests and servers harmless for a terminal.

Takes any text, gives it with every character that does not print (control characters, escape sequences, invisible
and direction-changing ones, lone surrogates) written as its escape, so that nothing hides. Pure: no I/O, no clock.
"""

from __future__ import annotations

import json
import re


def one_line(text: str) -> str:
    """Give the text on one line: a line break becomes `\\n`, an escape character `\\x1b`."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def many_lines(text: str) -> list[str]:
    """Give the lines of a text, each made harmless; an empty text has none."""
    return [one_line(line) for line in text.split("\n")] if text else []


def no_command(text: str) -> str:
    """Give a text in which GitHub's runner finds no command: it carries out lines that begin with `::` or hold `##[`.

    These signs are written as their escapes.
    """
    if "::" not in text and "##[" not in text:
        return text
    return _COMMAND.sub(r"\1\\x3a:", text).replace("##[", "#\\x23[")


_COMMAND = re.compile(r"^(\s*)::", re.MULTILINE)


def json_text(text: str) -> str:
    """Give a JSON document with what does not print as JSON escapes; it stays the same document."""
    return "\n".join(line if line.isprintable() else _escape_json(line) for line in text.split("\n"))


def _escape_json(line: str) -> str:
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)
