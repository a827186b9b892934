"""Decides whether, and when, a request is sent again.

Takes attempts, elapsed seconds and response headers; gives waits in seconds. Pure: no I/O, and the clock and chance
are arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

MILLISECONDS_FROM = 1e11
"""A reset this large is an epoch in milliseconds (LaunchDarkly's documentation); smaller ones are in seconds."""
EPOCH_FROM = 1e9
"""A reset this large is a moment; a smaller one is a number of seconds from now."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Capped exponential backoff with full jitter; times in seconds."""

    attempts: int = 5
    """For requests to a server that has answered before, or is busy."""
    first_contact: int = 2
    """For a server that has never answered in this run: a wrong address should be told quickly."""
    base: float = 0.25
    cap: float = 10.0
    total: float = 120.0
    """No wait is started that would end later than this after the first attempt."""

    def backoff(self, attempt: int, random: Callable[[], float]) -> float:
        """Give the wait after so many attempts (from 1)."""
        return random() * min(self.cap, self.base * 2.0 ** min(attempt, 30))

    def allows(self, attempt: int, elapsed: float, wait: float) -> bool:
        """Say whether one more attempt may follow this one after `wait`."""
        return attempt < self.attempts and elapsed + wait <= self.total


def named_wait(headers: Mapping[str, str], now: float, *, resets: bool = True) -> float | None:
    """Give the seconds that a response's headers ask us to wait, the longest of them, or None where none does.

    Understands `Retry-After` (seconds or a date), `Retry-After-Ms` and, as a refusal for too many requests means it,
    every `*RateLimit*Reset` (an epoch in seconds or milliseconds, or seconds from now): without `resets` these are what
    some servers tell with every answer, whatever it is. `now` is seconds since the epoch.
    """
    waits = [
        wait for name, value in headers.items() if (wait := _wait_of(name.lower(), value, now, resets)) is not None
    ]
    return max(0.0, *waits) if waits else None


def _wait_of(name: str, value: str, now: float, resets: bool) -> float | None:
    if name == "retry-after-ms":
        milliseconds = _number(value)
        return None if milliseconds is None else milliseconds / 1000
    if name == "retry-after":
        seconds = _number(value)
        return _until_date(value, now) if seconds is None else seconds
    if resets and "ratelimit" in name and name.endswith("-reset"):
        return _until_reset(_number(value), now)
    return None


def _until_reset(reset: float | None, now: float) -> float | None:
    if reset is None or reset < EPOCH_FROM:
        return reset
    return (reset / 1000 if reset >= MILLISECONDS_FROM else reset) - now


def _until_date(value: str, now: float) -> float | None:
    try:
        return parsedate_to_datetime(value).timestamp() - now
    except ValueError:
        return None


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None
