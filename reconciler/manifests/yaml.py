"""Reads YAML files fast where that is safe, and strictly everywhere else.

Takes bytes, gives the same documents, values and lines as `strict`, or its errors. Never trusts the fast parser with
text in which the two could differ: a pattern finds that, generously, beforehand.
"""

from __future__ import annotations

import re

import orjson
from ryaml import loads  # type: ignore[attr-defined]  # its stubs forget to export what it exports

from reconciler.manifests.text import MAX_BYTES, Document

# ryaml stands on a port of libyaml, so both see the same structure. It differs in what plain scalars mean: it takes
# `010` as text, `0b1` and `-0x1` as numbers, drops tags, lets NaN, huge numbers and keys that are no text pass.
# Anchors are left out for the limit on aliases, tabs and carriage returns for the strict check of lines. All of it
# is searched without regard to quotes and comments, in ways that cost next to nothing (each begins with a literal).
_TAG = re.compile(r"!(?<=[\s,\[{:?]!)")
_ANCHOR = re.compile(r"&(?<=[\s,\[{:?]&)[\w-]")
_ZERO = re.compile(r"0[0-9xob](?:(?<=[\s,\[{:?+]0.)|(?<=[\s,\[{:?]-0.))")
_ZERO_FIRST = re.compile(r"(?:^|[-?:,\[{])\s*[-+]?0[0-9xob]", re.MULTILINE)  # a scalar's beginning, not "Phone 007"
_NOT_FINITE = re.compile(r"\.[iInN](?<=[\s,\[{:?+-]..)")
_LONE_RETURN = re.compile(r"\r(?!\n)")
_SHAPE = bytes.maketrans(b"0123456789eE+-", b"0000000000ee--")
_LONG_NUMBER = b"0" * 17
_HUGE = re.compile(r"[\s,\[{:?][-+]?(?:[0-9]{17}|[.0-9]+[eE][-+]?[0-9]{3})")
# What only files of several documents need stays text, which `re` compiles when it is used: it takes 4 ms [measured].
_COMMENT = r"#[ -~\xa0-\ud7ff]*"  # of characters that the strict reader takes, as nobody else looks at it
_SEPARATOR = rf"(?m)^---(?:[ ]+{_COMMENT}|[ ]*)\r?\n"
_DIRECTIVE_OR_END = re.compile(r"^(?:%|\.\.\.)", re.MULTILINE)
_FIRST_KEY = re.compile(r"(?:[ ]*(?:#[^\n]*)?\r?\n)*(?=[A-Za-z])")
_ONLY_COMMENTS = rf"(?:[ ]*(?:{_COMMENT})?\r?\n)*\Z"


def parse(data: bytes, file: str) -> tuple[Document, ...]:
    """Give the documents of a file, without empty ones; raise ManifestError at the first thing that is wrong."""
    if len(data) <= MAX_BYTES:
        documents = _parse_fast(data)
        if documents is not None:
            return documents
    from reconciler.manifests import strict  # 15 ms to import, and most files are read fast

    return strict.parse(data, file)


def _parse_fast(data: bytes) -> tuple[Document, ...] | None:
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        return None
    if _is_doubtful(data, text):
        return None
    if not (text.startswith("---") or "\n---" in text):
        document = _parse_one(text, 0)
        return None if document is None else (document,)
    return None if _DIRECTIVE_OR_END.search(text) else _parse_many(text)


def _is_doubtful(data: bytes, text: str) -> bool:
    # Written out, and with a quick look for the character first: this runs for every file.
    if "\t" in text or ("!" in text and _TAG.search(text)) or ("&" in text and _ANCHOR.search(text)):
        return True
    if (_ZERO.search(text) and _ZERO_FIRST.search(text)) or _NOT_FINITE.search(text):
        return True
    if "\r" in text and _LONE_RETURN.search(text):
        return True
    if not text.isascii() and any(sign in text for sign in "\x85\u2028\u2029\ufeff"):
        return True
    shape = data.translate(_SHAPE)
    if _LONG_NUMBER in shape or b"e000" in shape or b"e-000" in shape:
        return _HUGE.search(text) is not None  # every fourth UUID comes this far
    return False


def _parse_many(text: str) -> tuple[Document, ...] | None:
    documents: list[Document] = []
    start = line = 0
    separators = [found.span() for found in re.finditer(_SEPARATOR, text)]
    for end, following in [*separators, (len(text), len(text))]:
        piece = text[start:end]
        if not re.match(_ONLY_COMMENTS, piece):
            document = _parse_one(piece, line)
            if document is None:
                return None
            documents.append(document)
        line += text.count("\n", start, following)
        start = following
    return tuple(documents)


def _parse_one(text: str, line: int) -> Document | None:
    beginning = _FIRST_KEY.match(text)
    if beginning is None:
        return None
    try:
        # There and back: JSON refuses keys that are no text and integers beyond 64 bits, and its reader gives equal
        # keys as one object, which makes documents a third smaller and looking into them quicker [measured].
        value = orjson.loads(orjson.dumps(loads(text)))
    except (ValueError, TypeError):
        return None  # the strict reader says what is wrong, and where
    return Document(value, line + 1 + text.count("\n", 0, beginning.end()), 1) if type(value) is dict else None
