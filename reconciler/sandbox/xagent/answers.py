"""What the server says: answers, refusals and their texts.

Takes bodies and errors, gives responses.
It never changes what the server holds.
"""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, PlainTextResponse

# The texts are the real server's, word for word: clients match on them.
NOT_AUTHENTICATED = "Not authenticated"
INVALID_TOKEN = "Invalid token"  # noqa: S105 - a text
WRONG_TOKEN_TYPE = "Invalid token type"  # noqa: S105 - a text
TOKEN_EXPIRED = "Token expired"  # noqa: S105 - a text
USER_NOT_FOUND = "User not found"
WRONG_CREDENTIALS = "Incorrect username or password"
TOO_MANY_ATTEMPTS = "Too many authentication attempts. Try again later."
INVALID_REFRESH_TOKEN = "Invalid refresh token"  # noqa: S105 - a text
ADMINS_ONLY = "Admin access required"
NOT_ONESELF = "Cannot delete yourself"

MODEL_NOT_FOUND = "Model not found"
MODEL_DENIED = "Model not found or access denied"
MODEL_ID_TAKEN = "Model ID already exists"
MODEL_ID_RESERVED = "Model IDs beginning with '{prefix}' are reserved"
SHARED_ON_CREATE = "Only administrators can share models with all users"
SHARED_ON_UPDATE = "Only administrators can enable global sharing"
NO_EDIT = "No permission to edit this model"
NO_DELETE = "No permission to delete this model"
INVALID_CATEGORY = "Invalid model category"
ROUTER_MANAGED = "The router provider is managed through the Auto configuration."
UNKNOWN_DEEPSEEK = "Unsupported DeepSeek model '{name}'. Supported models: {known}"
SHARED_LOCKED = "Cannot change {fields} of a shared model. Un-share first."
DELETE_OWN_DEFAULT = "Cannot delete: you have this model as your default. Change default first."
UNSHARE_OWN_DEFAULT = "Cannot un-share: you have this model as your default. Change default first."
DEFAULT_NOT_FOUND = "Default configuration not found"
DEFAULT_MISFIT = "Config type '{config_type}' is incompatible with model category '{category}'"
NO_ROUTER = "Auto model configuration needs xrouter-llm>=0.3.6"

_PAGE = "<!doctype html><title>Sandbox</title><p>Here a real server shows the page of a path that is not there."


class ServerFault(Exception):
    """What a real server fails at: it answers 500, in plain text, and stores nothing."""


def answer(body: Any) -> Response:
    """Give a JSON response."""
    return Response(orjson.dumps(body), media_type="application/json")


def refuse(status: int, detail: str, **headers: str) -> HTTPException:
    """Give the exception that answers `{"detail": ...}`; a header's name has `_` for `-`."""
    return HTTPException(status, detail, {name.replace("_", "-"): value for name, value in headers.items()})


async def fail(_: Request, __: Exception) -> Response:
    """Answer a fault of the server."""
    return PlainTextResponse("Internal Server Error", 500)


async def refuse_body(_: Request, error: Exception) -> Response:
    """Answer 422 as the server does, with what was sent in it: a key too."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - what it is registered for
    return Response(orjson.dumps({"detail": error.errors()}, default=str), 422, media_type="application/json")


async def read_nothing() -> Response:
    """Answer what no route answers."""
    return HTMLResponse(_PAGE, 404)
