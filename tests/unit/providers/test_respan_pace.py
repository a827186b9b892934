"""Five hundred creates at sixty requests a minute: how long it takes, and what a person sees meanwhile."""

from __future__ import annotations

import io
import itertools
import re

import pytest

from reconciler.model import Outcome, Status
from reconciler.report.terminal import Progress, Screen

from .respan_estate import Estate, estate
from .respan_place import GPT

__all__ = ["estate"]

MODELS, A_MINUTE = 500, 60
REQUESTS_OF_A_CREATE = 2
"""A look and a write."""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def large(estate: Estate) -> Estate:
    """An estate of five hundred models."""
    estate.declare(*(("Model", f"m-{number:03}", {**GPT, "input_cost": number}) for number in range(MODELS)))
    return estate


def test_five_hundred_creates_keep_the_allowance_and_take_the_time_that_it_costs(large: Estate) -> None:
    started = large.time.now
    applied = large.apply()
    assert [outcome.status for outcome in applied.outcomes] == [Status.DONE] * MODELS
    moments = [asked.at for asked in large.ear.heard]
    plan = 3
    assert len(moments) == plan + REQUESTS_OF_A_CREATE * MODELS
    assert moments == sorted(moments)
    for first, one_too_many in zip(moments, itertools.islice(moments, A_MINUTE, None), strict=False):
        assert one_too_many - first >= 60
    waits = (len(moments) - 1) // A_MINUTE
    assert large.time.now - started == pytest.approx(60 * waits)
    assert 16 * 60 <= large.time.now - started <= 17 * 60
    assert large.plan().operations == ()


def test_the_bar_on_a_terminal_shows_the_time_that_is_left(large: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    left: dict[int, float] = {}
    with Progress(Screen(terminal, is_terminal=True), clock=lambda: large.time.now) as progress:

        def on_outcome(outcome: Outcome, done: int, total: int) -> None:
            progress("applying", done, total)
            if done % 100 == 0 and done < total:
                left[done] = _seconds_left(terminal, progress, done)

        large.apply(on_outcome=on_outcome)
    assert list(left) == [100, 200, 300, 400]
    for done, seconds in left.items():
        honest = (MODELS - done) * REQUESTS_OF_A_CREATE / A_MINUTE * 60
        assert seconds == pytest.approx(honest, rel=0.25), left


def _seconds_left(terminal: Terminal, progress: Progress, done: int) -> float:
    """Read what the bar says now."""
    assert progress._bar is not None
    progress._bar.refresh()  # else it is drawn ten times a second of a real clock
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", terminal.getvalue())
    hours, minutes, seconds = re.findall(rf"applying .* {done}/{MODELS} (\d+):(\d\d):(\d\d)", text)[-1]
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds)
