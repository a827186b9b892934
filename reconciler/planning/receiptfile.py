"""Writes and reads receipts.

Takes a `Receipt` or an `Ending` and gives JSON bytes, and back; what is not exactly what this format says is refused.
Pure: no I/O.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from reconciler.errors import Unreadable
from reconciler.planning.receipts import Ending, Receipt

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_KINDS = {"reconciler-receipt/1": Receipt, "reconciler-receipt-ending/1": Ending}
_SORTED = orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
_HINT = "another version of reconciler may have written it; the receipts before and after it are not touched by this"

T = TypeVar("T", Receipt, Ending)


def dump(document: Receipt | Ending) -> bytes:
    """Give the bytes of a receipt, or of its ending: sorted, one trailing newline."""
    version = _version(type(document))
    try:  # there and back, as it does not sort the fields of dataclasses
        content = orjson.loads(orjson.dumps(document))
        return orjson.dumps({"format": version, "content": content}, option=_SORTED)
    except TypeError:  # an integer beyond 64 bits
        body = {"format": version, "content": json.loads(_adapter(version).dump_json(document))}
        return (json.dumps(body, sort_keys=True, ensure_ascii=False) + "\n").encode()


def parse(content: bytes, kind: type[T], name: str) -> T:
    """Read what `dump` wrote; raise `Unreadable` naming the receipt and the place where it is wrong."""
    from pydantic import ValidationError

    version = _version(kind)
    try:
        document = json.loads(content.decode("utf-8"))
        if not isinstance(document, dict) or document.get("format") != version or "content" not in document:
            raise Unreadable(f"receipt {name}: not of this version (expected format {version!r})", hint=_HINT)
        found: T = _adapter(version).validate_json(json.dumps(document["content"]), strict=False)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise Unreadable(f"receipt {name}: {place}: {first['msg']}", hint=_HINT) from error
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"receipt {name}: no JSON that can be read", hint=_HINT) from error
    return found


def _version(kind: type) -> str:
    return next(version for version, known in _KINDS.items() if known is kind)


@cache
def _adapter(version: str) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(_KINDS[version])
