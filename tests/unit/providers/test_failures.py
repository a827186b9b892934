from __future__ import annotations

from typing import Any

import pytest

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
from reconciler.providers.failures import failure, vendor_text


@pytest.mark.parametrize(
    ("status", "reads", "error"),
    [
        (301, True, Unavailable),
        (400, False, Rejected),
        (401, True, Unauthorized),
        (402, False, Rejected),
        (403, False, Unauthorized),
        (404, True, NotFound),
        (405, True, Rejected),
        (409, False, Conflict),
        (410, False, NotFound),
        (412, False, Conflict),
        (413, False, Rejected),
        (418, False, Rejected),
        (422, False, Rejected),
        (423, False, Conflict),
        (429, False, RateLimited),
        (500, True, Unavailable),
        (500, False, Ambiguous),
        (503, False, Ambiguous),
    ],
)
def test_what_a_status_means(status: int, reads: bool, error: type[ProviderError]) -> None:
    made = failure("t: GET http://h/x", status, "because", reads=reads)
    assert type(made) is error
    assert made.message.startswith(f"t: GET http://h/x: HTTP {status}: because")


def test_a_limit_keeps_its_wait() -> None:
    made = failure("t", 429, "", reads=False, retry_after=899.0)
    assert isinstance(made, RateLimited)
    assert (made.message, made.retry_after) == ("t: HTTP 429", 899.0)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (None, ""),
        ("", ""),
        ("plain", "plain"),
        (7, ""),
        ({}, ""),
        ({"detail": "401 Unauthorized"}, "401 Unauthorized"),
        ({"detail": {"code": "version_conflict"}}, "version_conflict"),
        ({"code": "invalid_request", "message": "bad key"}, "bad key"),
        ({"error": "Base model not found"}, "Base model not found"),
        ({"error": "x", "details": [{"message": "y"}]}, "x; y"),
        ({"error": "x", "details": "why"}, "x; why"),
        (
            {
                "error": "bad",
                "details": [{"message": "no number", "code": "INVALID_TYPE", "path": "settings.maxTokens"}],
            },
            "bad; settings.maxTokens: no number",
        ),
        ({"model_name": ["This field is required."], "n": 1, "m": [2]}, "model_name: This field is required."),
        ({"detail": "bad", "errors": {"name": ["too long"]}}, "bad; name: too long"),
        (
            {
                "detail": [
                    {"type": "missing", "loc": ["body", "model_name"], "msg": "Field required", "input": "canary"}
                ]
            },
            "body.model_name: Field required",
        ),
        ({"detail": "line one\nline two\x1b[31m"}, "line one line two[31m"),
        ({"detail": "x" * 300}, "x" * 199 + "…"),
    ],
)
def test_what_a_vendor_says(body: Any, text: str) -> None:
    assert vendor_text(body) == text


def test_a_vendor_that_echoes_a_secret_is_cleaned() -> None:
    redact.remember("canary-echo")
    assert vendor_text({"detail": "bad key canary-echo"}) == "bad key (sensitive)"
