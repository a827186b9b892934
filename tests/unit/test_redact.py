"""What may be shown or stored."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import redact
from reconciler.model import Field

SECRET = Field(sensitive=True)


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [(SECRET, "canary", "(sensitive)"), (SECRET, None, None), (Field(), "x", "x"), (None, "x", "x")],
)
def test_shown(field: Field | None, value: Any, shown: Any) -> None:
    assert redact.shown(field, value) == shown


def test_scrub_takes_the_longest_first_and_only_what_was_resolved() -> None:
    redact.remember("canary-1")
    redact.remember("canary-1-and-more")
    assert (
        redact.scrub("a canary-1-and-more and a canary-1 and canary-2")
        == "a (sensitive) and a (sensitive) and canary-2"
    )
    assert redact.remember("") == ""


def test_vendor_text_is_one_short_printable_line_without_secrets() -> None:
    redact.remember("canary-echo")
    text = redact.vendor_text("bad\n\x1b[31mcanary-echo\t" + "x" * 500)
    assert text.startswith("bad [31m(sensitive) xxx")
    assert len(text) == redact.VENDOR_TEXT_LIMIT
    assert text.isprintable()
    assert redact.vendor_text(" short ") == "short"


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        ({"a": 1, "b": 2}, {"b": 2.0, "a": 1}, True),
        ([1, 2], [2, 1], False),
        ((1, 2), [1, 2], True),
        (2**80, 2**80, True),
        (2**80, 2**80 + 1, False),
        (1e300, 1e300, True),
        ("1", 1, False),
        (None, "null", False),
    ],
)
def test_one_digest_per_value(left: Any, right: Any, same: bool) -> None:
    assert (redact.digest("0011", left) == redact.digest("0011", right)) is same


def test_a_digest_is_keyed() -> None:
    assert redact.digest("0011", "x") != redact.digest("0012", "x")
    assert len(redact.digest("0011", "x")) == 32
