"""Decides what may be shown or stored: the only module that reads `Field.sensitive`.

Takes values and texts, gives what a person, a file or a log may see. Keeps the secrets that this process has
resolved, so that a vendor's message that echoes one is cleaned; never writes anything.
"""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from json import dumps
from urllib.parse import quote

import orjson

from reconciler.model import Field, Json

SENSITIVE = "(sensitive)"
CHANGED = "(sensitive, changed)"
UNKNOWN = "(sensitive, unknown)"
NOT_COMPARED = "(sensitive, not compared)"

VENDOR_TEXT_LIMIT = 200
_NO_WORD = 12
"""Characters from which on a secret is no word that stands somewhere by chance."""

UNKEYED = "00"
"""The salt of digests compared on other machines, where the inventory may be a new one; no secret is in them."""

_secrets: set[str] = set()


def is_sensitive(field: Field | None) -> bool:
    """Say whether a field's value may never be shown or stored."""
    return field is not None and field.sensitive


def shown(field: Field | None, value: Json) -> Json:
    """Give the value as a report may show it, whatever it holds inside."""
    if value is None or field is None:
        return value
    if is_sensitive(field):
        return SENSITIVE
    if not holds_secrets(field):
        return value
    if isinstance(value, dict):
        return {key: shown(field.properties.get(key) or field.extra, item) for key, item in value.items()}
    if isinstance(value, list):
        return [shown(field.items, item) for item in value]
    return value


@cache
def holds_secrets(field: Field | None) -> bool:
    """Say whether anything inside a field is sensitive."""
    if field is None:
        return False
    inside = (*field.properties.values(), field.extra, field.items)
    return any(is_sensitive(inner) or holds_secrets(inner) for inner in inside)


def remember(secret: str) -> str:
    """Register a resolved secret, so that `scrub` finds it; gives it back."""
    if secret:
        _secrets.add(secret)
    return secret


def scrub(text: str) -> str:
    """Replace every secret that this process has resolved, however URLs and JSON write it, longest first."""
    forms = {form for secret in _secrets for form in _forms(secret)}
    for form in sorted(forms, key=lambda s: (-len(s), s)):
        text = text.replace(form, SENSITIVE)
    return text


def gives_away(text: str) -> bool:
    """Say whether a secret that this process has resolved stands in a text; one that could be a word is none."""
    return any(len(secret) >= _NO_WORD and secret in text for secret in _secrets)


@cache
def _forms(secret: str) -> frozenset[str]:
    quoted, escaped = quote(secret, safe="", errors="replace"), dumps(secret)[1:-1]
    by_hand = (quote(secret, errors="replace"), quote(secret, safe="").lower() if quoted != secret else quoted)
    return frozenset({secret, quoted, *by_hand, escaped, escaped.replace("/", "\\/"), dumps(escaped)[1:-1]})


def vendor_text(text: str) -> str:
    """Make a server's text fit for a message: one line, printable, without secrets, at most 200 characters."""
    line = scrub("".join(c for c in " ".join(text.split()) if c.isprintable()))
    return line if len(line) <= VENDOR_TEXT_LIMIT else line[: VENDOR_TEXT_LIMIT - 1] + "…"


def digest(salt: str, value: Json) -> str:
    """Give a keyed digest (BLAKE2b, 16 bytes as hex) of a JSON value; key order and 1 or 1.0 make no difference."""
    return keyed_digest(salt, canonical_json(value))


def keyed_digest(salt: str, content: bytes) -> str:
    """Give a keyed digest (BLAKE2b, 16 bytes as hex) of bytes; `salt` is hex."""
    return blake2b(content, digest_size=16, key=bytes.fromhex(salt)).hexdigest()


def canonical_json(value: Json) -> bytes:
    """Give one byte string per JSON value: sorted keys, whole floats as integers."""
    return orjson.dumps(_canonical_numbers(value), option=orjson.OPT_SORT_KEYS)


def _canonical_numbers(value: Json) -> Json:
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**63 else value
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**64:
        return {"$integer": str(value)}
    if isinstance(value, dict):
        # most values are texts, and are spared a call
        return {key: item if type(item) is str else _canonical_numbers(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_canonical_numbers(item) for item in value]
    return value
