from __future__ import annotations

import pytest

from reconciler.providers.retry import RetryPolicy, named_wait

NOW = 1_790_000_000.0


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"content-type": "application/json"}, None),
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "Mon, 21 Sep 2026 14:13:30 GMT"}, 10.0),
        ({"retry-after": "Mon, 21 Sep 2026 14:13:00 GMT"}, 0.0),
        ({"Retry-After-Ms": "250"}, 0.25),
        ({"retry-after-ms": "x"}, None),
        ({"X-RateLimit-Reset": f"{NOW + 12:.0f}"}, 12.0),
        ({"X-Ratelimit-Reset": f"{(NOW + 12) * 1000:.0f}"}, 12.0),
        ({"RateLimit-Reset": "30"}, 30.0),
        ({"X-RateLimit-Reset": f"{NOW - 5:.0f}"}, 0.0),
        ({"X-RateLimit-Reset": "never"}, None),
        ({"X-RateLimit-Remaining": "3"}, None),
        ({"X-Ratelimit-Reset": f"{NOW + 2:.0f}", "X-Ratelimit-Auth-Token-Reset": f"{NOW + 9:.0f}"}, 9.0),
        ({"Retry-After": "4", "X-RateLimit-Reset": f"{NOW + 2:.0f}"}, 4.0),
    ],
)
def test_the_wait_that_headers_name(headers: dict[str, str], wait: float | None) -> None:
    assert named_wait(headers, NOW) == wait


def test_what_is_told_with_every_answer_is_no_wait() -> None:
    headers = {"Retry-After": "4", "X-RateLimit-Reset": f"{NOW + 9:.0f}"}
    assert named_wait(headers, NOW, resets=False) == 4.0
    assert named_wait({"X-RateLimit-Reset": f"{NOW + 9:.0f}"}, NOW, resets=False) is None


def test_backoff_doubles_to_a_cap_and_is_chosen_by_chance() -> None:
    policy = RetryPolicy(base=0.25, cap=10.0)
    assert [policy.backoff(attempt, lambda: 1.0) for attempt in (1, 2, 3, 9, 1000)] == [0.5, 1.0, 2.0, 10.0, 10.0]
    assert policy.backoff(3, lambda: 0.0) == 0.0


@pytest.mark.parametrize(
    ("attempt", "elapsed", "wait", "allowed"),
    [(1, 0, 1, True), (4, 0, 1, True), (5, 0, 1, False), (1, 119, 1, True), (1, 119.5, 1, False), (1, 0, 899, False)],
)
def test_attempts_and_time_are_bounded(attempt: int, elapsed: float, wait: float, *, allowed: bool) -> None:
    assert RetryPolicy().allows(attempt, elapsed, wait) is allowed
