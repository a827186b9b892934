"""Changes inputs by what they mean, so that they get past the parser and into what stands behind it.

Takes bytes and a source of chance, gives bytes that are nearly as good. Random bytes alone seldom get that far.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any, TypeAlias

import yaml

from tests.unit.manifests.test_manifest_fast_yaml import ATOMS

SECRET = "canary0d7f5e21"
"""Every credential and every secret of a manifest is this; a hostile server sends it back."""

Json: TypeAlias = Any
Mutate: TypeAlias = Callable[[bytes, Random], bytes]
Place: TypeAlias = tuple[Any, Any]
"""A list or a mapping, and the index or key in it."""

_ODD: Sequence[Callable[[], Json]] = [
    *(lambda value=value: value for value in (None, True, False, 0, -1, 1, 2, 1.5, -0.0, 1e308, 2**31, 2**53)),
    *(lambda value=value: value for value in (2**63, 2**64, -(2**63) - 1, 10**40, float("nan"), float("inf"))),
    *(
        lambda text=text: text
        for text in ("", " ", "0", "x", "null", "a/b", "../..", "%2F", "é", "\x00", "\n", "\x1b[2J")
    ),
    *(lambda text=text: text for text in ("\ud800", "\u202e", "{}", "a.b[0]", "[", "x" * 3000, "2026-01-01", "*", ".")),
    *(
        lambda text=text: text
        for text in (SECRET, f"it was {SECRET}", "9" * 5000, "1e999", "-", "{{x}}", "$ref", "#/$defs/x")
    ),
    *(list, dict, lambda: [None], lambda: [[]], lambda: [{}], lambda: {"": None}, lambda: {"a": {"b": [1]}}),
    *(
        lambda: [1, "x", None, {}, []],
        lambda: ["x", "x"],
        lambda: {"ref": "x"},
        lambda: {"env": "X"},
        lambda: {"file": ".."},
    ),
    *(
        lambda: _nested(60),
        lambda: _nested(300),
        lambda: _nested(3000),
        lambda: [{"id": "x"}] * 60,
        lambda: list(range(400)),
    ),
]
_BYTES = [
    b"\x00",
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"\n",
    b"\r",
    b"\t",
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b",",
    b":",
]


def _nested(depth: int) -> Json:
    value: Json = "x"
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


def as_json(data: bytes, chance: Random) -> bytes:
    """Change a JSON document, or now and then its bytes."""
    if chance.randrange(8) == 0:
        return as_bytes(data, chance)
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return as_bytes(data, chance)
    return written(changed(document, chance), chance)


def as_lines(data: bytes, chance: Random) -> bytes:
    """Change one line of a file of JSON lines, or their order."""
    lines = data.split(b"\n")
    at = chance.randrange(len(lines))
    act = chance.randrange(8)
    if act == 0:
        del lines[at]
    elif act == 1:
        lines.insert(chance.randrange(len(lines) + 1), lines[at])
    else:
        lines[at] = as_json(lines[at].rstrip(b","), chance)
    return b"\n".join(lines)


def of_parts(separator: bytes) -> Mutate:
    """Change one of the documents that an input holds."""

    def mutate(data: bytes, chance: Random) -> bytes:
        parts = data.split(separator)
        at = chance.randrange(len(parts))
        parts[at] = as_json(parts[at], chance)
        return separator.join(parts)

    return mutate


def as_yaml(data: bytes, chance: Random) -> bytes:
    """Change a YAML document by its values or by its signs."""
    if chance.randrange(3):
        return as_text(data, chance)
    try:
        document = yaml.load(data, yaml.CSafeLoader)
        new = changed(document, chance)
        return (
            yaml.dump(new, Dumper=yaml.CSafeDumper, allow_unicode=True).encode()
            if chance.randrange(3)
            else written(new, chance)
        )
    except (yaml.YAMLError, ValueError, RecursionError, TypeError, AttributeError):
        return as_text(data, chance)


def as_text(data: bytes, chance: Random) -> bytes:
    """Put a sign of YAML somewhere, take something out, or move a line."""
    act = chance.randrange(6)
    if act == 0 or not data:
        return as_bytes(data, chance)
    at = chance.randrange(len(data) + 1)
    if act <= 3:
        return data[:at] + chance.choice(ATOMS).encode("utf-8", "replace") + data[at + chance.choice((0, 0, 1, 3)) :]
    lines = data.split(b"\n")
    line = lines.pop(chance.randrange(len(lines)))
    if act == 4:
        lines.insert(chance.randrange(len(lines) + 1), b" " * chance.randrange(3) + line)
    return b"\n".join(lines)


def as_bytes(data: bytes, chance: Random) -> bytes:
    """Cut, double or replace bytes."""
    act, at = chance.randrange(4), chance.randrange(len(data) + 1)
    until = min(len(data), at + chance.choice((1, 2, 8, 64)))
    if act == 0:
        return data[:at] + data[until:]
    if act == 1:
        return data[:at] + data[at:until] * 2 + data[until:]
    return data[:at] + chance.choice(_BYTES) + data[at + (act == 2) :]


def changed(document: Json, chance: Random) -> Json:
    """Give the document with one to three of its values changed; it may change the one that was given."""
    root = [document]
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        _change(list(_places(root)), chance)
    return root[0]


def _change(places: list[Place], chance: Random) -> None:
    holder, key = chance.choice(places)
    act = chance.randrange(9)
    if act <= 3:
        holder[key] = chance.choice(_ODD)()
    elif act == 4 and isinstance(holder, dict):
        del holder[key]
    elif act == 5 and isinstance(holder, dict):
        holder[chance.choice(("", "x", "id", "$ref", "é", key + "s", "a.b"))] = holder.pop(key)
    elif act == 6:
        other, there = chance.choice(places)
        holder[key] = _copied(other[there])
    elif act == 7:
        holder[key] = chance.choice(
            (
                [holder[key]],
                {"x": holder[key]},
                [holder[key]] * 2,
                repr(holder[key])[:200] if not isinstance(holder[key], (dict, list)) else "x",
            )
        )
    elif isinstance(holder, list) and len(holder) > 1:
        del holder[key]


def _places(value: Json, depth: int = 0) -> Iterator[Place]:
    if depth > 30:
        return
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], (dict, list)):
            yield from _places(value[key], depth + 1)


def _copied(value: Json) -> Json:
    try:
        return json.loads(json.dumps(value))
    except RecursionError:
        return []


def written(document: Json, chance: Random) -> bytes:
    """Give the text of a document; now and then a key of it stands twice."""
    try:
        text = json.dumps(document, ensure_ascii=bool(chance.randrange(4)))
    except (ValueError, RecursionError):
        text = "[" * 3000 + "]" * 3000
    if chance.randrange(30) == 0 and isinstance(document, dict) and document:
        text = "{" + json.dumps(next(iter(document))) + ": 1, " + text[1:]
    return text.encode("utf-8", "surrogatepass")
