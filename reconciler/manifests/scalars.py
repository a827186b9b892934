"""Writes values as YAML, in the way in which their place was written before.

Takes values, gives text; what is not surely plain is quoted. Pure: no I/O, no clock.
"""

from __future__ import annotations

import json
import re

from reconciler.model import Json

_PLAIN = re.compile(r"[^\W\d_](?:[\w ./@+$()-]*[\w./@+$()-])?\Z")
"""What can stand without quotes anywhere: begins with a letter, and holds no sign that means something."""
_UNPRINTABLE = re.compile("[^\x20-\x7e\xa1-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\uffef]")
"""What is escaped: some of it cannot stand in YAML, and nobody sees the rest."""
_WORDS = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n"))
"""Some readers of YAML take these for no text."""


def scalar(value: Json, style: str | None = None, in_flow: bool = False) -> str:  # noqa: ARG001 (plain is safe in both)
    """Give one value on one line; `style` is the quote that stood there, or None."""
    if not isinstance(value, str):
        return json.dumps(value)
    if style == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    if style is None and _PLAIN.match(value) and value.lower() not in _WORDS:
        return value
    return _UNPRINTABLE.sub(lambda found: f"\\U{ord(found[0]):08x}", json.dumps(value, ensure_ascii=False))


def flow(value: Json) -> str:
    """Give a value on one line, with brackets."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value)


def literal(text: str, indent: int, line_break: str) -> str | None:
    """Give a text as a block, line by line; None where a block cannot hold it."""
    lines = text.split("\n")
    content = lines[:-1] if lines[-1] == "" else lines
    if not content or content[0][:1] in ("", " ") or content[-1] == "" or not all(map(_is_harmless, content)):
        return None
    chomping = "" if lines[-1] == "" else "-"
    rows = [" " * indent + line if line else "" for line in content]
    return line_break.join(["|" + chomping, *rows])


def _is_harmless(text: str) -> bool:
    return all(character.isprintable() for character in text.replace("\n", "").replace("\t", ""))
