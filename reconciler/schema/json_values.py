"""Finds in a document what JSON cannot hold.

Takes any Python value, gives problems: keys that are no text, NaN, infinity, half of a surrogate pair, other types.
Validators fail on such values, each in its own way, so this comes before them. Pure: no I/O.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from reconciler.model import Json, Path
from reconciler.schema import words
from reconciler.schema.spelling import Problem


def not_json(document: Json) -> Iterator[Problem]:
    """Yield a problem for every value that JSON has no word for."""
    waiting: list[tuple[Path, Json]] = [((), document)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            for key, item in value.items():
                if not isinstance(key, str):
                    yield path, f"a key must be text, got {words.code(key)}", "put it in quotes"
                elif not _is_text(key):
                    yield path, "a key holds half of a surrogate pair", "write the character itself"
                else:
                    waiting.append(((*path, key), item))
        elif isinstance(value, list):
            waiting += [((*path, index), item) for index, item in enumerate(value)]
        else:
            yield from _scalar(path, value)


def _scalar(path: Path, value: Json) -> Iterator[Problem]:
    if isinstance(value, str):
        if not _is_text(value):
            yield path, "expected text, got half of a surrogate pair", "write the character itself"
    elif isinstance(value, float):
        if not isfinite(value):
            yield path, f"expected a finite number, got {value}", ""
    elif value is not None and not isinstance(value, int):
        yield path, f"expected a JSON value, got a Python {type(value).__name__}", ""


def _is_text(value: str) -> bool:
    return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)
