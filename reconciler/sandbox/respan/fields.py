"""Reads the fields of request bodies as a Django REST framework serializer does.

Takes parsed JSON, gives values, or the message for each field that does not fit; keys that no reader is named after
are not looked at.
It never looks at what is stored.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from reconciler.sandbox.respan.answers import REQUIRED, invalid
from reconciler.sandbox.respan.dialect import Dialect
from reconciler.sandbox.store import Row

Reader: TypeAlias = Callable[[Any], Any]
"""Gives the value that a field stands for; raises `Unfit` with the server's message where it stands for none."""


class Unfit(Exception):
    """Raised with the server's message where a value does not fit its field."""


_WHOLE = re.compile(r"(?P<whole>-?\d{1,300})(\.0*)?\Z")
_LARGEST = 2**31 - 1
"""What a column of whole numbers holds."""


def read(readers: Mapping[str, Reader], body: Mapping[str, Any], dialect: Dialect, required: Iterable[str]) -> Row:
    """Give the fields that the body has; raise the refusal that names every one that does not fit or is missing."""
    values: Row = {}
    errors = {name: [REQUIRED] for name in required if name not in body}
    for name, reader in readers.items():
        if name in body:
            try:
                values[name] = _given(reader, body[name])
            except Unfit as error:
                errors[name] = [str(error)]
    if errors:
        raise invalid(dialect, errors)
    return values


def text(value: Any) -> str:
    """Read a text that is not blank; numbers are texts too."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise Unfit("Not a valid string.")
    if not str(value).strip():
        raise Unfit("This field may not be blank.")
    return str(value).strip()


def number(value: Any) -> float:
    """Read a number."""
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise Unfit("A valid number is required.")
    return found


def whole(value: Any) -> int:
    """Read a whole number."""
    match = _WHOLE.match(str(value))
    if match is None:
        raise Unfit("A valid integer is required.")
    found = int(match["whole"])
    if found > _LARGEST:
        raise Unfit(f"Ensure this value is less than or equal to {_LARGEST}.")
    return found


def flag(value: Any) -> int:
    """Read 0 or 1; true and false are neither."""
    if str(value) not in {"0", "1"}:
        raise Unfit(f'"{value}" is not a valid choice.')
    return int(value)


def mapping(value: Any) -> dict[str, Any]:
    """Read a mapping."""
    if not isinstance(value, dict):
        raise Unfit(f'Expected a dictionary of items but got type "{type(value).__name__}".')
    return value


def overrides(value: Any) -> dict[str, Any]:
    """Read overrides of parameters, a mapping each."""
    for definition in mapping(value).values():
        mapping(definition)
    return dict(value)


def overrides_or_nulls(value: Any) -> dict[str, Any]:
    """Read overrides of parameters, where null drops a parameter."""
    overrides({name: definition for name, definition in mapping(value).items() if definition is not None})
    return dict(value)


def _given(reader: Reader, value: Any) -> Any:
    if value is None:
        raise Unfit("This field may not be null.")
    return reader(value)
