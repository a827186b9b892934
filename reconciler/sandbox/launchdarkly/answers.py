"""What the server says: refusals in its one form, links, and what it tells a caller that asks too often.

Takes statuses, texts and paths, gives bodies and responses. It never changes what the server holds.
"""

from __future__ import annotations

import uuid
from typing import Any

import orjson
from starlette.responses import Response

from reconciler.sandbox import faults
from reconciler.sandbox.store import Row

JSON = "application/json"

CODES = {
    400: "invalid_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "optimistic_locking_error",
    422: "patch_failed",
    429: "rate_limited",
}
"""What `code` says for a status, as the REST overview lists them."""

# Clients match on these three: the vendor's Terraform provider does.
STILL_IN_USE = "model config is still in use"
LAST_VARIATION = "Cannot delete the last variation"
CANNOT_DELETE_CONFIG = "could not delete AI Config"
DUPLICATE_CONFIG = 'invalid variation "default"'

TOO_MANY = "You've exceeded the API rate limit. Try again later."
TOO_MANY_INSIDE = f"could not create the flag: rate limited: {TOO_MANY}"

_RESETS = {
    "x-ratelimit-reset": {
        "X-Ratelimit-Global-Limit": "300",
        "X-Ratelimit-Global-Remaining": "120",
        "X-Ratelimit-Route-Limit": "10",
        "X-Ratelimit-Route-Remaining": "0",
    },
    "x-ratelimit-auth-token-reset": {"X-Ratelimit-Auth-Token-Limit": "100", "X-Ratelimit-Auth-Token-Remaining": "0"},
}
"""What stands beside each of the two headers that say when a window ends; both count milliseconds."""


class Refusal(Exception):
    """A request that is not carried out."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    def response(self) -> Response:
        """Give the answer in the form that every error has."""
        return answer(error(self.status, self.message), self.status)


def error(status: int, message: str) -> Row:
    """Give the body of an error."""
    return {"code": CODES[status], "message": message, "id": str(uuid.uuid4())}


def answer(body: Any, status: int = 200) -> Response:
    """Give a JSON response."""
    return Response(orjson.dumps(body), status, media_type=JSON)


def link(href: str) -> Row:
    """Give a link to another resource."""
    return {"href": href, "type": JSON}


def site(href: str) -> Row:
    """Give a link to a page of the user interface."""
    return {"href": href, "type": "text/html"}


def access(action: str) -> Row:
    """Give `_access` of a caller that may do everything."""
    nothing: dict[str, list[str]] = {"notResources": [], "notActions": []}
    reason = {"effect": "allow", "resources": ["*"], "actions": ["*"], **nothing, "role_name": "Admin"}
    return {"denied": [], "allowed": [{"action": action, "reason": reason}]}


def too_many(value: str, now: float) -> Response:
    """Give the refusal of a request too many; disguised, it is the 400 that older servers made of an inner 429."""
    if faults.is_disguised(value):
        return answer(error(400, TOO_MANY_INSIDE), 400)
    told = f"{value}: epoch-ms+1" if value.lower() in _RESETS else value
    refusal = faults.busy(error(429, TOO_MANY), told, now)
    for name, _ in faults.retry_headers(told, now):
        refusal.headers.update(_RESETS.get(name.lower(), {}))
    return refusal
