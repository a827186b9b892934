"""What the server says: answers, refusals and their texts.

Takes bodies, gives responses, or the exceptions that become one.
It never changes what the server holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from starlette.responses import Response

from reconciler.sandbox.respan.dialect import Dialect

# The texts are the vendor's own where its documentation has them: clients match on them.
NO_CREDENTIALS = "Authentication credentials were not provided."
INVALID_KEY = (
    "Your API key is invalid or expired, please check your API key at https://platform.respan.ai/platform/api/api-keys"
)
RATE_LIMITED = "Rate limit exceeded"
NOT_FOUND = "Not found."
INVALID_PAGE = "Invalid page."
BASE_NOT_FOUND = "Base model not found"
PROVIDER_NOT_FOUND = "Custom provider not found"
PROVIDER_REQUIRED = "custom_provider_id is required unless base_model_name is set"
HARDCODED_KEPT = (
    "Cannot modify hardcoded models. They are synced from code and will be overwritten on next deployment. Only"
    " database-only models can be modified."
)
HARDCODED_STAYS = (
    "Cannot delete hardcoded models. They are synced from code and will be recreated on next deployment. Only"
    " database-only models can be deleted."
)
MANAGED_KEPT = "Cannot modify managed provider. This provider is managed by Respan and cannot be modified."
MANAGED_STAYS = "Cannot delete managed provider. This provider is managed by Respan and cannot be deleted."
PROVIDER_TAKEN = "custom provider with this provider id already exists."
REQUIRED = "This field is required."


class Refusal(Exception):
    """Raised where a request is refused; becomes the answer."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(status)
        self.response = answer(body, status)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as the routes see it."""

    name: str = ""
    """The model or provider that the path names."""
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    address: str = ""
    """The whole address, without its query."""
    member: bool = False
    """Whether a valid key came with it."""


def answer(body: Any, status: int = 200) -> Response:
    """Give a JSON response."""
    return Response(orjson.dumps(body), status, media_type="application/json")


def gone() -> Response:
    """Give the answer to a delete."""
    return Response(status_code=204)


def wrong(text: str, status: int = 400) -> Refusal:
    """Give a refusal in the words of `{"error": ..}`."""
    return Refusal(status, {"error": text})


def refused(status: int, text: str) -> Refusal:
    """Give a refusal in the words of `{"detail": ..}`."""
    return Refusal(status, {"detail": text})


def invalid(dialect: Dialect, errors: Mapping[str, list[str]]) -> Refusal:
    """Give the refusal of fields that do not fit."""
    wrapped = {"detail": "Validation error", "errors": errors}
    return Refusal(dialect.invalid, wrapped if dialect.invalid == 422 else errors)


def moment(seconds: float) -> str:
    """Give a time as the server writes it."""
    return datetime.fromtimestamp(int(seconds), UTC).isoformat().replace("+00:00", "Z")
