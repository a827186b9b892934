"""Names receipts, so that the order of their names is the order of the applies.

Takes a save's number and a moment, gives a name; and refuses what is no name of a receipt. What an apply learns at its
end is kept under a name of its own, since nothing that is kept is ever replaced. Pure: no I/O, no clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from reconciler.errors import NoReceipt

_NAME = re.compile(r"\d{10}-[0-9A-Za-z]{1,40}\Z")
_ENDING = "end"


def name_receipt(serial: int, moment: datetime) -> str:
    """Give the name of the receipt of an apply that began at save `serial`; sorts by save, then by time."""
    return f"{serial:010}-{moment.astimezone(UTC):%Y%m%dT%H%M%S%fZ}"


def require_name(name: str) -> str:
    """Give the name back; raise `NoReceipt` where no receipt is called so."""
    if not _NAME.match(name):
        raise NoReceipt(f"{name!r} is no name of a receipt", hint="a name is like 0000000042-20260131T101112000000Z")
    return name


def is_name(name: str) -> bool:
    """Say whether a receipt may be called so."""
    return _NAME.match(name) is not None


def name_ending(name: str) -> str:
    """Give the name under which the ending of a receipt is kept; it sorts right after it."""
    return name + _ENDING


def beginnings(names: Iterable[str]) -> tuple[str, ...]:
    """Give the names of receipts alone, without those of their endings."""
    return tuple(name for name in names if not name.endswith(_ENDING))
