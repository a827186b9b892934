"""Reads YAML 1.2 (core schema) strictly, with the position of every key and value.

Takes bytes, gives documents as JSON values, or a `ManifestError` that says where and why not. Never guesses: what
two readers of YAML could understand in two ways is an error here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NoReturn

import yaml

from reconciler.manifests.text import Document, Marks, Position, decode, refusal
from reconciler.model import Body, Json, Path

MAX_DEPTH = 128
MAX_ALIASED = 100_000
"""How many values all aliases of a file together may stand for."""

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where PyYAML was built with it; only its events are used, no constructor."""

_TAG = "tag:yaml.org,2002:"
_REFUSED_CHARACTER = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"  # YAML's, without its line breaks
)
_LINE_BREAKS = {"\x85": r"\N", "\u2028": r"\L", "\u2029": r"\P"}
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGERS = (
    (re.compile(r"[-+]?[0-9]+\Z"), 10),
    (re.compile(r"0o[0-7]+\Z"), 8),
    (re.compile(r"0x[0-9a-fA-F]+\Z"), 16),
)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")
_MAYBE_NOT_TEXT = frozenset("-+.0123456789~nNtTfF")

# What libyaml says → what a person can do about it.
_ADVICE = (
    ("tab character", "a tab as indentation", "indent with spaces"),
    ("mapping values are not allowed", "a second `: ` on one line", "put quotes around text that holds `: `"),
    ("could not find expected ':'", "a line that is no `key: value`", "indent or quote text that runs over lines"),
    ("did not find expected node content", "a value was expected", "close the bracket, or quote the text"),
    ("did not find expected key", "a key was expected", "check the indentation of this and the lines above"),
    ("block sequence entries are not allowed", "a list item where none can stand", "start the list on its own line"),
    ("unexpected end of stream", "the file ends inside a quoted text", "close the quote"),
    ("expected ',' or", "`,` or the closing bracket was expected", "close the bracket, or quote the text"),
    ("expected alphabetic or numeric", "`*` and `&` begin aliases and anchors", "put quotes around the text"),
    ("undefined tag handle", "an unknown tag", "remove the tag"),
    ("incompatible YAML document", "a version of YAML that is not known", "remove the %YAML line"),
)

_TOO_DEEP = "maximum nesting depth"
"""Said by libyaml of brackets more than a thousand deep (PyYAML 6.0.4)."""


def _unknown(tag: str) -> str:
    """Name a tag of YAML's own; any other may be the beginning of a secret that nobody has quoted."""
    return f"unknown tag {tag.removeprefix(_TAG)!r}" if tag.startswith(_TAG) else "an unknown tag"


def parse(data: bytes, file: str, loader: Any = LOADER) -> tuple[Document, ...]:
    """Give the documents of a file, without empty ones; raise ManifestError at the first thing that is wrong."""
    return tuple(document for document, _ in _Reader(decode(data, file), file, loader, marked=False).documents())


def parse_marked(data: bytes, file: str, loader: Any = LOADER) -> tuple[tuple[Document, Marks], ...]:
    """Give the documents of a file, each with the position of everything in it."""
    return tuple(_Reader(decode(data, file), file, loader, marked=True).documents())


class _Reader:
    """Makes values of libyaml's events."""

    def __init__(self, text: str, file: str, loader: Any, *, marked: bool) -> None:
        self._text = text
        self._file = file
        self._marked = marked
        self._events: Iterator[Any] = yaml.parse(text, Loader=loader)
        self._indents = text.splitlines() if "\t" in text else []
        self._marks = Marks()
        self._first: Position | None = None
        self._anchors: dict[str, tuple[Json, int]] = {}
        self._size = 0
        self._aliased = 0

    def documents(self) -> Iterator[tuple[Document, Marks]]:
        """Yield every document that is not empty."""
        self._check_characters()
        try:
            for event in self._events:
                if type(event) is yaml.DocumentStartEvent and (found := self._document()) is not None:
                    yield found, self._marks
        except yaml.MarkedYAMLError as error:
            self._explain(error)

    def _document(self) -> Document | None:
        self._marks, self._anchors, self._first = Marks(), {}, None
        event = next(self._events)
        if type(event) is yaml.ScalarEvent and event.value == "" and event.implicit[0] and event.tag is None:
            return None
        if type(event) is not yaml.MappingStartEvent:
            self._refuse(event, "a document that is no mapping", "begin it with `apiVersion:`")
        value = self._node(event, (), 1)
        first = self._first or _position(event)
        self._marks.values[()] = first
        return Document(value, *first)

    def _node(self, event: Any, path: Path, depth: int) -> Json:
        self._check_indent(event)
        if self._marked:
            self._marks.values[path] = _position(event)
        size_before = self._size
        self._size += 1
        if type(event) is yaml.ScalarEvent:
            value = self._scalar(event)
        elif type(event) is yaml.AliasEvent:
            return self._alias(event)
        else:
            if depth > MAX_DEPTH:
                self._refuse(event, f"nested more than {MAX_DEPTH} deep", "flatten it")
            if type(event) is yaml.MappingStartEvent:
                value = self._mapping(event, path, depth)
            else:
                value = self._sequence(event, path, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, self._size - size_before)
        return value

    def _mapping(self, event: Any, path: Path, depth: int) -> Body:
        self._check_tag(event, "map")
        result: Body = {}
        while type(event := next(self._events)) is not yaml.MappingEndEvent:
            key = self._key(event)
            if key in result:
                self._refuse(event, f"duplicate key {key!r}", "keep one of them")
            below = (*path, key) if self._marked else path
            if self._marked:
                self._marks.keys[below] = _position(event)
            result[key] = self._node(next(self._events), below, depth + 1)
        self._check_indent(event)
        return result

    def _sequence(self, event: Any, path: Path, depth: int) -> list[Json]:
        self._check_tag(event, "seq")
        result: list[Json] = []
        while type(event := next(self._events)) is not yaml.SequenceEndEvent:
            result.append(self._node(event, (*path, len(result)) if self._marked else path, depth + 1))
        self._check_indent(event)
        return result

    def _key(self, event: Any) -> str:
        self._check_indent(event)
        if self._first is None:
            self._first = _position(event)
        self._size += 1
        key = self._alias(event) if type(event) is yaml.AliasEvent else None
        if type(event) is yaml.ScalarEvent:
            key = self._scalar(event)
            if not isinstance(key, str):
                shown = event.value or "an empty key"
                self._refuse(event, f"the key {shown} is no text", f'write "{event.value}":')
            if event.anchor is not None:
                self._anchors[event.anchor] = (key, 1)
        if not isinstance(key, str):
            self._refuse(event, "a key that is no text", "write `key: value`")
        return key

    def _alias(self, event: Any) -> Json:
        if event.anchor not in self._anchors:
            self._refuse(event, "an alias without an anchor before it", "put quotes around the text")
        value, size = self._anchors[event.anchor]
        self._size += size
        self._aliased += size
        if self._aliased > MAX_ALIASED:
            self._refuse(event, f"aliases that stand for more than {MAX_ALIASED:,} values", "write the values out")
        return value

    def _scalar(self, event: Any) -> Json:
        tag, text = event.tag, event.value
        if tag is None:
            if not event.implicit[0] or (text and text[0] not in _MAYBE_NOT_TEXT):
                return text
            return self._resolve(event)
        if tag in ("!", _TAG + "str"):
            return text
        types = _TAGGED_TYPES.get(tag)
        if types is None:
            self._refuse(event, _unknown(tag), "remove the tag, or quote the text")
        value = self._resolve(event)
        if type(value) not in types:
            self._refuse(event, f"this is no {tag.removeprefix(_TAG)}", "remove the tag")
        return float(value) if tag == _TAG + "float" else value

    def _resolve(self, event: Any) -> Json:
        text: str = event.value
        if text in _WORDS:
            return _WORDS[text]
        for pattern, base in _INTEGERS:
            if pattern.match(text):
                return self._integer(event, base, text.lstrip("+-0ox"))
        if _FLOAT.match(text):
            number = float(text)
            if number in (float("inf"), float("-inf")):
                self._refuse(event, "a number too large", "quote it where it is text")
            return number
        if _NOT_FINITE.match(text):
            self._refuse(event, f"{text} is no number in JSON", "quote it where it is text")
        return text

    def _integer(self, event: Any, base: int, digits: str) -> int:
        # Python refuses to read very long numbers, and JSON's readers lose digits beyond 64 bits.
        number = int(digits[:30] or "0", base)
        number = -number if event.value[0] == "-" else number
        if not -(2**63) <= number < 2**64:
            self._refuse(event, "an integer beyond 64 bits", "quote it where it is text")
        return number

    def _check_tag(self, event: Any, name: str) -> None:
        if event.tag not in (None, "!", _TAG + name):
            self._refuse(event, _unknown(event.tag), "remove the tag")

    def _check_indent(self, event: Any) -> None:
        if self._indents:
            line, column = event.start_mark.line, event.start_mark.column
            before = self._indents[line][:column] if line < len(self._indents) else ""
            if "\t" in before and not before.strip():
                self._refuse(event, "a tab as indentation", "indent with spaces")

    def _check_characters(self) -> None:
        found = _REFUSED_CHARACTER.search(self._text)
        if found is not None:
            before, character = self._text[: found.start()], found.group()
            position = (before.count("\n") + 1, len(before) - before.rfind("\n"))
            hint = f'write "{_LINE_BREAKS.get(character, f"{chr(92)}x{ord(character):02x}")}" in double quotes'
            summary = f"the character U+{ord(character):04X} cannot stand here"
            raise refusal(self._file, position, summary, f"{hint}, or remove it")

    def _explain(self, error: yaml.MarkedYAMLError) -> NoReturn:
        mark: Any = error.problem_mark or error.context_mark
        problem = error.problem or "not YAML"
        if _TOO_DEEP in problem:  # libyaml gives up before it tells of the node that is too deep
            list(_Reader(self._text, self._file, yaml.SafeLoader, marked=False).documents())
        if self._text[mark.index : mark.index + 1] == "\t":
            problem = "tab character"
        summary, hint = next((row[1:] for row in _ADVICE if row[0] in problem), (problem, "put quotes around the text"))
        raise refusal(self._file, (mark.line + 1, mark.column + 1), summary, hint) from error

    def _refuse(self, event: Any, summary: str, hint: str) -> NoReturn:
        raise refusal(self._file, _position(event), summary, hint)


_TAGGED_TYPES: dict[str, tuple[type, ...]] = {
    _TAG + "int": (int,),
    _TAG + "float": (float, int),
    _TAG + "bool": (bool,),
    _TAG + "null": (type(None),),
}


def _position(event: Any) -> Position:
    return event.start_mark.line + 1, event.start_mark.column + 1
