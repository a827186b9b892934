"""Points at what is wrong in a JSON file, as file:line:column.

Takes the text and a path into it, gives `Unreadable`; runs only once something is wrong, so it may take its time.
Pure: no I/O, no clock.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import orjson

from reconciler.errors import Unreadable
from reconciler.model import Json, Path
from reconciler.paths import format_path

HINT = "restore it from a copy, or move it away: what exists is then proposed for adoption"


class Wrong(Exception):
    """What is wrong, at which path of the document, and what to do about it."""

    def __init__(self, path: Path, problem: str, hint: str = HINT) -> None:
        super().__init__(problem)
        self.path = path
        self.problem = problem
        self.hint = hint


@contextmanager
def positions(data: bytes, name: str, line: int = 1) -> Iterator[None]:
    """Turn what goes wrong inside into `Unreadable`; `data` starts at `line` of the file."""
    try:
        yield
    except orjson.JSONDecodeError as error:
        text = data.decode(errors="replace")
        at = error.pos if data.isascii() else _decodable(data, error.pos)
        _refuse(text, at, name, line, f"not JSON: {error.msg}", HINT)
    except Wrong as wrong:
        text = data.decode()
        where = f"{format_path(wrong.path)}: " if wrong.path else ""
        _refuse(text, _offset(text, wrong.path), name, line, where + wrong.problem, wrong.hint)


def _decodable(data: bytes, position: int) -> int:
    """Give the character where bytes stop to be UTF-8, or else `position`."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return len(data[: error.start].decode())
    return position


def _refuse(text: str, at: int, name: str, line: int, problem: str, hint: str) -> NoReturn:
    before = text[:at]
    row, column = line + before.count("\n"), at - before.rfind("\n")
    raise Unreadable(f"{name}:{row}:{column}: {problem}", hint=hint) from None


_SPACE = re.compile(r"[ \t\n\r]*")
_VALUE = json.JSONDecoder(parse_int=str).raw_decode  # values are skipped, never used


def _offset(text: str, path: Path) -> int:
    """Find the character where the value at `path` starts; where it is missing, that of its parent."""
    at = _skip(text, 0)
    for step in path:
        at = _enter(text, at, step)
    return at


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _enter(text: str, start: int, step: str | int) -> int:
    at, index = _skip(text, start + 1), 0
    while text[at] not in "}]":
        name: Json = index
        if isinstance(step, str):
            name, at = _VALUE(text, at)
            at = _skip(text, _skip(text, at) + 1)
        if name == step:
            return at
        at = _skip(text, _VALUE(text, at)[1])
        at = _skip(text, at + 1) if text[at] == "," else at
        index += 1
    return start
