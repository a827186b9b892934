"""Writes the moments that servers tell, however they count them, in one form.

Takes a number or a text and its unit, gives an ISO 8601 time in UTC. Pure: no I/O, no clock.
"""

from __future__ import annotations

from datetime import UTC, datetime

from reconciler.model import Json

_PER_SECOND = {"at-seconds": 1, "at-milliseconds": 1000}


def iso(value: Json, unit: str) -> str:
    """Give the moment, to the second; "" where the value is none."""
    try:
        if unit in _PER_SECOND:
            moment = datetime.fromtimestamp(float(value) / _PER_SECOND[unit], UTC)
        else:
            moment = datetime.fromisoformat(value)
    except (ValueError, TypeError, OverflowError, OSError):
        return ""
    zoned = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return zoned.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
