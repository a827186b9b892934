"""The grammar of faults, and that the same seed strikes the same requests."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.sandbox.faults import Fault, Faults, is_disguised, parse, retry_headers, seconds_in_body


@pytest.mark.parametrize(
    ("text", "name", "value", "rate", "path"),
    [
        ("500", "500", "", 1.0, ""),
        (" 500 ", "500", "", 1.0, ""),
        ("500@0.25", "500", "", 0.25, ""),
        ("500:/models/create", "500", "", 1.0, "/models/create"),
        ("500@0.5:/models/create", "500", "", 0.5, "/models/create"),
        ("latency=20", "latency", "20", 1.0, ""),
        ("latency=1.5@1:/groups/", "latency", "1.5", 1.0, "/groups/"),
        ("reset-before", "reset-before", "", 1.0, ""),
        ("reset-after@0", "reset-after", "", 0.0, ""),
        ("stale-read:/models/*", "stale-read", "", 1.0, "/models/*"),
        ("429=body+30", "429", "body+30", 1.0, ""),
        ("429=disguised@0.5:/models", "429", "disguised", 0.5, "/models"),
        ("429", "429", "", 1.0, ""),
        ("429=none", "429", "none", 1.0, ""),
        ("429=Retry-After: 3@0.5:/models/all", "429", "Retry-After: 3", 0.5, "/models/all"),
        ("429=Retry-After=3", "429", "Retry-After=3", 1.0, ""),
        ("429=X-RateLimit-Reset: -1", "429", "X-RateLimit-Reset: -1", 1.0, ""),
        (
            "429=Retry-After: Wed, 21 Oct 2015 07:28:00 GMT:/a",
            *("429", "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT", 1.0, "/a"),
        ),
    ],
)
def test_parse(text: str, name: str, value: str, rate: float, path: str) -> None:
    assert parse(text) == Fault(name, value, rate, path, text.strip())


def test_parse_a_method() -> None:
    assert parse("500@0.5:POST /models/$") == Fault("500", "", 0.5, "/models/$", "500@0.5:POST /models/$", "POST")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is not a fault; expected one of latency, 429, 500"),
        ("teapot", "is not a fault"),
        ("500@often", "is not a fault"),
        ("500:models", "is not a fault"),
        ("latency", "latency takes milliseconds"),
        ("latency=soon", "latency takes milliseconds"),
        ("500=now", "others nothing"),
        ("reset-before=1", "others nothing"),
        ("500@2", "a number from 0 to 1"),
        ("500@1.2.3", "a number from 0 to 1"),
        ("429=?!", "not the name of a header"),
    ],
)
def test_parse_complains(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse(text)


NOW = 1_700_000_000.5


@pytest.mark.parametrize(
    ("value", "headers"),
    [
        ("", []),
        ("none", []),
        ("7", [("Retry-After", "7")]),
        ("0.5", [("Retry-After", "0.5")]),
        ("-1", [("Retry-After", "-1")]),
        ("date", [("Retry-After", "Tue, 14 Nov 2023 22:13:20 GMT")]),
        ("date+10", [("Retry-After", "Tue, 14 Nov 2023 22:13:30 GMT")]),
        ("Retry-After", [("Retry-After", "1")]),
        ("Retry-After: 3", [("Retry-After", "3")]),
        ("Retry-After=3", [("Retry-After", "3")]),
        ("Retry-After: date+10", [("Retry-After", "Tue, 14 Nov 2023 22:13:30 GMT")]),
        ("Retry-After: soon", [("Retry-After", "soon")]),
        ("Retry-After: a=b", [("Retry-After", "a=b")]),
        ("X-RateLimit-Reset", [("X-RateLimit-Reset", "1700000001")]),
        ("X-RateLimit-Reset: epoch+5", [("X-RateLimit-Reset", "1700000005")]),
        ("X-RateLimit-Reset: epoch-5", [("X-RateLimit-Reset", "1699999995")]),
        ("X-RateLimit-Reset: epoch-ms+5", [("X-RateLimit-Reset", "1700000005500")]),
        ("X-RateLimit-Reset: -30", [("X-RateLimit-Reset", "-30")]),
        ("body+30", []),
        ("disguised", []),
    ],
)
def test_retry_headers(value: str, headers: list[tuple[str, str]]) -> None:
    assert retry_headers(value, NOW) == headers


def test_a_refusal_that_says_so_elsewhere() -> None:
    assert [seconds_in_body(value) for value in ("body+30", "body", "none")] == [30, 1, None]
    assert [is_disguised(value) for value in ("disguised", "none")] == [True, False]


@pytest.mark.parametrize(
    ("path", "asked", "struck"),
    [
        ("", "/openwebui/api/v1/models/all", True),
        (":/models/all", "/openwebui/api/v1/models/all", True),
        (":/models", "/openwebui/api/v1/models/all", True),
        (":/openwebui/*/create", "/openwebui/api/v1/groups/create", True),
        (":/groups", "/openwebui/api/v1/models/all", False),
        (":POST /models/all", "/openwebui/api/v1/models/all", True),
        (":GET /models/all", "/openwebui/api/v1/models/all", False),
        (":/models/$", "/respan/api/models/", True),
        (":/models/$", "/respan/api/models/mine/", False),
    ],
)
def test_a_path_is_a_part_of_the_requests_path(path: str, asked: str, struck: bool) -> None:
    assert bool(Faults([f"500{path}"]).draw("POST", asked)) is struck


def _sequence(faults: Faults, count: int = 50) -> list[bool]:
    return [bool(faults.draw("GET", "/a")) for _ in range(count)]


def test_the_same_seed_strikes_the_same_requests() -> None:
    first, again, other = (_sequence(Faults(["500@0.5"], seed=seed)) for seed in (1, 1, 2))
    assert first == again != other
    assert 10 < sum(first) < 40


def test_another_fault_does_not_move_the_sequence() -> None:
    alone = [["500" in [fault.name for fault in faults] for faults in draws] for draws in [_draws("500@0.5")]]
    both = [["500" in [fault.name for fault in faults] for faults in draws] for draws in [_draws("500@0.5", "429@0.5")]]
    assert alone == both


def _draws(*told: str) -> list[list[Fault]]:
    faults = Faults(told)
    return [faults.draw("GET", "/a") for _ in range(50)]


def test_setting_faults_again_starts_the_sequence_again() -> None:
    faults = Faults(["500@0.5"], seed=3)
    first = _sequence(faults)
    faults.set("500@0.5")
    assert _sequence(faults) == first
    faults.set("500@0.5", seed=4)
    assert _sequence(faults) != first


def test_a_rate_of_none_never_strikes() -> None:
    assert not any(_sequence(Faults(["500@0"])))


def test_times_counts_down() -> None:
    faults = Faults([{"fault": "500", "times": 2}, "429"])
    assert [len(faults.draw("GET", "/a")) for _ in range(3)] == [2, 2, 1]
    assert faults.told() == [{"fault": "429", "times": None}]


def test_clear() -> None:
    faults = Faults(["500"])
    faults.clear()
    assert (faults.draw("GET", "/a"), faults.told()) == ([], [])


@pytest.mark.parametrize("told", [{}, {"fault": 500}, {"fault": "500", "times": -1}, {"fault": "500", "times": "1"}])
def test_what_is_told_must_be_a_fault(told: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="is not a fault"):
        Faults([told])
