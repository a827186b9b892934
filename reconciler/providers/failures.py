"""Turns an answer that is no success into the exception that says what, where and what to do.

Takes a status and a decoded body, gives a `ProviderError`. Never puts a request or response body into a message: of
a vendor's text at most 200 characters, cleaned by `redact`, and of a validation error its place and words alone,
since some servers echo the input (Xagent 0.8.4, observed).
"""

from __future__ import annotations

from reconciler import redact
from reconciler.errors import (
    Ambiguous,
    Conflict,
    NotFound,
    ProviderError,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
)
from reconciler.model import Json

_ERRORS: dict[int, tuple[type[ProviderError], str]] = {
    401: (Unauthorized, "check the credential of the target, and what it may do"),
    402: (Rejected, "the account's plan does not include this"),
    403: (Unauthorized, "the credential may not do this"),
    404: (NotFound, ""),
    405: (Rejected, "check `url` and `prefix` of the target: this address does not take the request"),
    409: (Conflict, "plan again: somebody else changed it"),
    410: (NotFound, ""),
    412: (Conflict, "plan again: somebody else changed it"),
    413: (Rejected, "the object is larger than the server accepts"),
    423: (Conflict, "it is locked; try again later"),
}
_TEXT_KEYS = ("detail", "message", "error", "errors", "msg", "details")


def failure(what: str, status: int, text: str, *, reads: bool, retry_after: float | None = None) -> ProviderError:
    """Give the error for a status outside 200..299; `what` names the target and the request."""
    said = f"{what}: HTTP {status}" + (f": {text}" if text else "")
    if status == 429:
        return RateLimited(
            said, retry_after=retry_after, hint="lower `concurrency` or set `requests_per_second` on the target"
        )
    if status >= 500:
        return _server_error(said, reads=reads)
    if 300 <= status < 400:
        return Unavailable(said, hint="set `url` of the target to the address that it redirects to")
    error, hint = _ERRORS.get(status, (Rejected, ""))
    return error(said, hint=hint)


def _server_error(said: str, *, reads: bool) -> ProviderError:
    if reads:
        return Unavailable(said, hint="look at the server's log, and try again")
    return Ambiguous(f"{said}; whether it was stored is unknown", hint="plan again: it reads what the server holds")


def vendor_text(body: Json) -> str:
    """Give what a decoded error body says, in one line."""
    return redact.vendor_text("; ".join(_texts(body)))


def _texts(body: Json) -> list[str]:
    if isinstance(body, str):
        return [body] if body else []
    if isinstance(body, list):
        return [text for item in body for text in _texts(item)]
    if not isinstance(body, dict):
        return []
    if isinstance(body.get("msg"), str) and isinstance(body.get("loc"), list):
        return [f"{'.'.join(str(step) for step in body['loc'])}: {body['msg']}"]
    if isinstance(body.get("message"), str) and isinstance(body.get("path"), str):
        return [f"{body['path']}: {body['message']}"]
    found = [text for key in _TEXT_KEYS if key in body for text in _texts(body[key])]
    return found or _fields(body)


def _fields(body: dict[str, Json]) -> list[str]:
    """Read a map of field → complaints, or a code that stands alone."""
    code = body.get("code")
    if isinstance(code, str):
        return [code]
    return [
        f"{key}: {complaint}"
        for key, complaints in body.items()
        if isinstance(complaints, list)
        for complaint in complaints
        if isinstance(complaint, str)
    ]
