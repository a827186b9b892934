"""Moments in every form in which servers tell them."""

from __future__ import annotations

import pytest

from reconciler.model import Json
from reconciler.moments import iso


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1795175049, "at-seconds", "2026-11-20T11:44:09Z"),
        (1795175049123, "at-milliseconds", "2026-11-20T11:44:09Z"),
        ("2026-11-20T11:42:45", "at", "2026-11-20T11:42:45Z"),
        ("2026-11-20T11:42:45.123456+02:00", "at", "2026-11-20T09:42:45Z"),
        ("2026-11-20T11:42:45Z", "at", "2026-11-20T11:42:45Z"),
        ("yesterday", "at", ""),
        (7, "at", ""),
        ("x", "at-seconds", ""),
        (1e300, "at-seconds", ""),
        (None, "at-seconds", ""),
    ],
)
def test_a_moment_has_one_form(value: Json, unit: str, text: str) -> None:
    assert iso(value, unit) == text
