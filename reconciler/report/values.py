"""How a JSON value reads in a report.

Takes a value, gives one line that cannot be mistaken for another value, or several lines where one would be too long.
Pure: no I/O, no clock.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal

from reconciler.model import Json
from reconciler.report.escape import many_lines, one_line

UNSET = "(unset)"
SMALLEST_PLAIN = 1e-4
"""Python writes smaller numbers with an exponent, and prices per token are smaller."""
INLINE_WIDTH = 60
"""A longer value is shown below its path, not beside it."""

_encode = json.JSONEncoder(ensure_ascii=False).encode
"""`json.dumps` would make an encoder for every value: a sixth of the time of showing a long plan [measured]."""

_MARKER = re.compile(r"\([a-z, ]+\)\Z")
"""`(sensitive)`, `(known after apply)`: said by us, not by a manifest."""
_LOOKS_LIKE_JSON = re.compile(r"""(?:true|false|null|-?\d[\d.eE+-]*|["\[{(].*)\Z""", re.DOTALL)


def inline(value: Json) -> str:
    """Give the value on one line; text stands without quotes unless that could be misread."""
    if value is None:
        return UNSET
    if isinstance(value, int):  # true and false too; an encoder would take ten times as long
        return str(value).lower()
    if isinstance(value, float) and 0 < abs(value) < SMALLEST_PLAIN:
        return f"{Decimal(repr(value)):f}"
    if isinstance(value, str) and _reads_as_itself(value):
        return one_line(value)
    return one_line(_encode(value))


def cell(value: Json) -> str:
    """Give the value for a cell of a table: text as it is, nothing for null."""
    if isinstance(value, str):
        return one_line(value)
    return "" if value is None else inline(value)


def is_block(value: Json) -> bool:
    """Say whether a value needs lines of its own."""
    if value is None or isinstance(value, (bool, float)):
        return False
    if isinstance(value, str) and "\n" in value:
        return True
    return len(inline(value)) > INLINE_WIDTH


def block(value: Json) -> list[str]:
    """Give the value as lines: text as it is, a line per item of a list or key of an object, nothing for null."""
    if value is None:
        return []
    if isinstance(value, str):
        return many_lines(value)
    if isinstance(value, list) and value:
        return [inline(item) for item in value]
    if isinstance(value, dict) and value:
        return [f"{one_line(key)}: {inline(item)}" for key, item in value.items()]
    return [inline(value)]


def _reads_as_itself(text: str) -> bool:
    if _MARKER.match(text):
        return text != UNSET
    return bool(text) and text == text.strip() and " → " not in text and not _LOOKS_LIKE_JSON.match(text)
