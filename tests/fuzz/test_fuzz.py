"""What was found once stays found, and a little of what may be found is looked for each time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.errors import ReconcilerError
from tests.fuzz import corpus, judge
from tests.fuzz.engines import hypothesis_tries
from tests.fuzz.mutate import SECRET
from tests.fuzz.targets import TARGETS, Target

SOME = dict.fromkeys(TARGETS, 150) | {
    "yaml": 600,
    "journal": 600,
    "inventory": 300,
    "launchdarkly": 60,
    "openwebui": 60,
}
MOST_KEPT_BYTES = 1_000_000

pytestmark = pytest.mark.usefixtures("_own_environment")


@pytest.fixture
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Recording a system sets variables, which are nobody else's matter."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
            patch.delenv(name, raising=False)
            patch.delenv(name.lower(), raising=False)
        yield


@pytest.mark.parametrize("name", TARGETS)
def test_the_kept_inputs_do_no_harm(name: str) -> None:
    target = TARGETS[name]
    faults = {why: judge.judge(target, data).fault for data, why in corpus.kept(name)}
    assert {why: fault for why, fault in faults.items() if fault} == {}


@pytest.mark.parametrize("name", TARGETS)
def test_a_few_new_ones_do_none_either(name: str) -> None:
    target, faults, refused = TARGETS[name], list[tuple[str, bytes]](), 0

    def attempt(data: bytes) -> None:
        nonlocal refused
        verdict = judge.judge(target, data)
        refused += verdict.refused
        if verdict.fault:
            faults.append((verdict.fault, data))

    hypothesis_tries(attempt, target, SOME[name])
    assert faults == []
    assert refused < SOME[name], "no input gets past the parser"


def test_the_corpus_is_small_and_of_targets_that_exist() -> None:
    files = sorted(corpus.FOLDER.glob("*"))
    assert {path.stem for path in files} <= set(TARGETS)
    assert sum(path.stat().st_size for path in files) < MOST_KEPT_BYTES


def _raise(error: Exception) -> None:
    raise error


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (ReconcilerError("all is well"), ""),
        (ReconcilerError(f"it was {SECRET}"), "a secret is told"),
        (ReconcilerError("no", hint=f"try {SECRET}"), "a secret is told"),
        (KeyError("x"), "KeyError in tests"),
        (RecursionError(), "RecursionError in tests"),
    ],
)
def test_the_judge_sees(error: Exception, fault: str) -> None:
    target = Target("t", lambda data: _raise(error), list, lambda data, chance: data, 1, holds_secrets=True)
    assert judge.judge(target, b"").fault == fault


def test_the_judge_sees_what_is_slow_and_what_takes_much(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(judge, "MOST_SECONDS", 0.001)
    slow = Target("slow", lambda data: [None for _ in range(300_000)].clear(), list, lambda data, chance: data, 1)
    assert judge.judge(slow, b"").fault == "slow: slow"
    monkeypatch.setattr(judge, "MOST_SECONDS", 10)
    monkeypatch.setattr(judge, "MOST_BYTES", -1)
    assert judge.judge(slow, b"").fault == "memory: slow"
    monkeypatch.setattr(judge, "PATIENCE", 0.05)

    def forever(_: bytes) -> None:
        while True:
            pass

    assert judge.judge(Target("t", forever, list, lambda data, chance: data, 1), b"").fault.startswith("Hang in")
