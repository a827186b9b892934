"""Says what each key of an inventory file may hold.

Takes keys and values, gives yes or no, and in words what was expected. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from reconciler.inventory.locate import Wrong
from reconciler.model import Json, Path, Phase

MAX_SALT_BYTES = 64
"""What BLAKE2b takes as a key."""


def _is_text(value: Json) -> bool:
    return type(value) is str


def _is_text_or_null(value: Json) -> bool:
    return value is None or type(value) is str


def _is_address(value: Json) -> bool:
    return type(value) is str and value.count("/") >= 2


def _is_texts(value: Json) -> bool:
    return type(value) is list and all(type(item) is str for item in value)


def _is_digests(value: Json) -> bool:
    try:
        "".join(value.values())  # the quickest way to ask whether all of them are texts
    except (AttributeError, TypeError):
        return False
    return True


def _is_salt(value: Json) -> bool:
    try:
        return 0 < len(bytes.fromhex(value)) <= MAX_SALT_BYTES
    except (TypeError, ValueError):
        return False


PHASES = {phase.value: phase for phase in Phase}
"""How a phase is spelt in a file."""

PLAIN = ("address", "applied", "commit", "digest", "id", "identity", "phase", "system")
"""The keys that every entry has, as they are sorted."""

Check: TypeAlias = tuple[Callable[[Json], bool], str]
"""Whether a value will do, and what a message says was expected."""

HEAD: Mapping[str, Check] = {
    "id": (lambda value: _is_text(value) and bool(value), "a text"),
    "salt": (_is_salt, f"up to {MAX_SALT_BYTES} bytes as hexadecimal digits"),
    "serial": (lambda value: type(value) is int and value >= 0, "a whole number from 0"),
}
"""The keys of an inventory and of the first line of a journal, beside `format_version`."""

ENTRY: Mapping[str, Check] = {
    "address": (_is_address, "target/Kind/name"),
    "applied": (_is_digests, "an object of path: digest"),
    "commit": (_is_text, "a text"),
    "digest": (_is_text, "a text"),
    "id": (_is_text_or_null, "a text or null"),
    "identity": (_is_texts, "a list of texts"),
    "needs": (lambda value: type(value) is list and all(map(_is_address, value)), "a list of target/Kind/name"),
    "on_remove": (lambda value: value in ("delete", "orphan"), "delete or orphan"),
    "parent": (_is_address, "target/Kind/name"),
    "phase": (lambda value: type(value) is str and value in PHASES, " or ".join(PHASES)),
    "protect": (lambda value: type(value) is bool, "true or false"),
    "system": (_is_text, "a text"),
}
"""The keys of an entry."""


def check_key(path: Path, checks: Mapping[str, Check], key: str, value: Json) -> None:
    """Raise `Wrong` where `value` is not what `key` holds."""
    if key not in checks:
        raise Wrong(path, "a key that this version does not know")
    holds, expected = checks[key]
    if not holds(value):
        raise Wrong(path, f"expected {expected}")
