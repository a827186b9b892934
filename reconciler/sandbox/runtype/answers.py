"""What the API says: refusals, and how a body is read.

Takes bodies, gives them checked or raises the refusal.
It never changes what the server holds.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from fastapi import Body, HTTPException
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from reconciler.sandbox.runtype.forms import Form
from reconciler.sandbox.store import Row

RawBody: TypeAlias = Annotated[Any, Body()]
"""A JSON body that is yet to be read with `parse`."""

INVALID_BODY = "Invalid request body"
UNKNOWN_ROUTE = "Not found"

_CODES = {"missing": "MISSING_REQUIRED_FIELD", "literal_error": "INVALID_ENUM"}
"""The stable codes that the vendor's client documents, by the checking library's word."""


def refuse(status: int, error: str, **more: Any) -> HTTPException:
    """Give the exception that answers `{"error": ...}`, and what else is told."""
    return HTTPException(status, {"error": error, **more})


def parse(form: Form, body: Any, *, at: str | None = None) -> Row:
    """Read a body, or the part of one that stands at `at`; raise what answers 400 and names every place."""
    try:
        row: Row = as_numbers(form.validate_python(as_numbers(body), strict=True))
    except ValidationError as error:
        around = () if at is None else (at,)
        details = [_detail(found, around) for found in error.errors(include_url=False)]
        raise refuse(400, INVALID_BODY, details=details) from error
    return row


def as_numbers(value: Any) -> Any:
    """Give a JSON value with its numbers as JavaScript writes them: 1.0 is 1, beyond 2^53 digits are lost, infinity is
    null."""
    if isinstance(value, dict):
        return {key: as_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_numbers(item) for item in value]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    if not abs(value) < 2**1024:  # NaN is not smaller either
        return None
    number = float(value)
    return int(number) if number.is_integer() and abs(number) < 2**63 else number


def _detail(error: ErrorDetails, around: tuple[str, ...]) -> dict[str, str]:
    kind = error["type"]
    detail = {
        "message": error["msg"],
        "code": _CODES.get(kind, "INVALID_TYPE" if kind.endswith("_type") else "INVALID_VALUE"),
        "path": ".".join(map(str, (*around, *error["loc"]))),
    }
    expected = error.get("ctx", {}).get("expected")
    return detail if expected is None else {**detail, "suggestion": f"Use {expected}"}
