"""What the server says: answers, refusals and their texts, and how a body is read.

Takes bodies and rows, gives responses or raises the refusal.
It never changes what the server holds.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, TypeAlias, TypeVar

import orjson
from fastapi import Body, HTTPException, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

Form = TypeVar("Form", bound=BaseModel)

RawBody: TypeAlias = Annotated[Any, Body()]
"""A JSON body that is yet to be read with `parse`."""

# The texts are the real server's, word for word: clients match on them.
NOT_AUTHENTICATED = "Not authenticated"
UNAUTHORIZED = "401 Unauthorized"
INVALID_TOKEN = "Your session has expired or the token is invalid. Please sign in again."  # noqa: S105 - a text
ACCESS_PROHIBITED = (
    "You do not have permission to access this resource. Please contact your administrator for assistance."
)
NOT_FOUND = "We could not find what you're looking for :/"
HUMAN_SESSION = "A human session is required."
INVALID_AUTH = "Invalid authentication request."
INVALID_CREDENTIALS = "The email or password provided is incorrect. Please check for typos and try logging in again."
INVALID_EMAIL = (
    "The email format you entered is invalid. Please double-check and make sure you're using a valid email address"
    " (e.g., yourname@example.com)."
)
EMAIL_TAKEN = (
    "Uh-oh! This email is already registered. Sign in with your existing account or choose another email to start anew."
)
PASSWORD_TOO_LONG = (
    "Uh-oh! The password you entered is too long. Please make sure your password is less than 72 bytes long."  # noqa: S105
)
KEY_NOT_ALLOWED = "Use of API key is not enabled in the environment."
KEY_CREATION_NOT_ALLOWED = "API key creation is not allowed in the environment."
KEY_MISSING = (
    "Oops! It looks like there's a hiccup. The API key is missing. Please make sure to provide a valid API key to"
    " access this feature."
)
RATE_LIMITED = "API rate limit exceeded"
MODEL_ID_TAKEN = "Uh-oh! This model id is already registered. Please choose another model id string."
MODEL_ID_TOO_LONG = "The model id is too long. Please make sure your model id is less than 256 characters long."
VERSION_NOT_FOUND = "Model version not found"
AUDIENCE_REFUSED = "You do not have permission to share with the requested audience"
COMMAND_TAKEN = "Uh-oh! This command is already registered. Please choose another command string."
ID_TAKEN = "Uh-oh! This id is already registered. Please choose another id string."
GROUP_NOT_FOUND = "Group not found."
PARENT_NOT_FOUND = "Parent group not found."
PARENT_EMPTY = "Parent group must be a group ID or null."
PARENT_CYCLE = "A group cannot be its own parent or a descendant of itself."


def answer(body: Any, status: int = 200) -> Response:
    """Give a JSON response."""
    return Response(orjson.dumps(body), status, media_type="application/json")


def refuse(status: int, detail: Any) -> HTTPException:
    """Give the exception that answers `{"detail": ...}`."""
    return HTTPException(status, detail)


def parse(form: type[Form], body: Any) -> Form:
    """Read a body; raise what answers 422, with the places that do not fit, where it is no such form."""
    try:
        return form.model_validate(body)
    except ValidationError as error:
        errors = [{**detail, "loc": ("body", *detail["loc"])} for detail in error.errors(include_url=False)]
        for detail in errors:
            if detail["type"] == "model_type":  # FastAPI reads forms from attributes, which has another name
                detail["type"] = "model_attributes_type"
                detail["msg"] = "Input should be a valid dictionary or object to extract fields from"
                detail.pop("ctx", None)
        raise RequestValidationError(errors, body=body) from error


def kept_if_equal(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Give the new row as it is stored: what Python calls equal is not written, so `true` never replaces 1."""
    return {key: old[key] if key in old and old[key] == value else value for key, value in new.items()}


def storable(value: Any) -> Any:
    """Give the value as the database would give it back: no NaN, no infinity, no integer beyond 64 bits."""
    if isinstance(value, dict):
        return {key: storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return float(value)
    return value
