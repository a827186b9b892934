"""Writes and reads paths as text: `meta.tags[chat].name`, `params["a.b"]`, `access_grants[0]`.

Takes and gives tuples of keys and indexes. Pure: no I/O, no clock.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache

from reconciler.errors import NotAPath
from reconciler.model import Json, Path

_PLAIN = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]*\Z")
_STEP = re.compile(r"""\.?(?P<plain>[A-Za-z_$][A-Za-z0-9_$-]*)|\[(?P<index>\d+)\]|\[(?P<quoted>"(?:[^"\\]|\\.)*")\]""")


@lru_cache(maxsize=65536)
def format_path(path: Path) -> str:
    """Give the text of a path; `parse_path` is its inverse."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN.match(step):
            text += f".{step}" if text else step
        else:
            text += f"[{json.dumps(step, ensure_ascii=False)}]"
    return text


@lru_cache(maxsize=65536)
def parse_path(text: str) -> Path:
    """Read a path's text; raise `NotAPath`, a ValueError, where it is not one."""
    steps: list[str | int] = []
    position = 0
    while position < len(text):
        match = _STEP.match(text, position)
        if match is None:
            raise NotAPath(f"not a path: {text!r} (at character {position + 1})")
        steps.append(_step(match, text))
        position = match.end()
    return tuple(steps)


def _step(match: re.Match[str], text: str) -> str | int:
    try:
        if match["index"] is not None:
            return int(match["index"])
        return match["plain"] if match["plain"] is not None else str(json.loads(match["quoted"]))
    except ValueError as error:  # an index of thousands of digits, an escape that JSON does not know
        raise NotAPath(f"not a path: {text!r} (at character {match.start() + 1})") from error


def value_at(document: Json, path: Path) -> Json:
    """Give the value at `path`, or None where a step is missing."""
    for step in path:
        if isinstance(document, dict) and isinstance(step, str):
            document = document.get(step)
        elif isinstance(document, list) and isinstance(step, int) and step < len(document):
            document = document[step]
        else:
            return None
    return document


def replace_at(document: Json, path: Path, value: Json) -> Json:
    """Give a copy of `document` with `value` at `path`; siblings are shared, missing objects are made."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        items = list(document)
        items[step] = replace_at(items[step], rest, value)
        return items
    inner = document if isinstance(document, dict) else {}
    return {**inner, step: replace_at(inner.get(step), rest, value)}


def remove_at(document: Json, path: Path) -> Json:
    """Give a copy of `document` without the key at `path`; a missing one is no error."""
    step, rest = path[0], path[1:]
    if not isinstance(document, dict) or step not in document:
        return document
    if rest:
        return {**document, step: remove_at(document[step], rest)}
    return {key: value for key, value in document.items() if key != step}
