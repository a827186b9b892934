"""Five hundred creates at sixty requests a minute: how long it takes, and what a person sees meanwhile."""

from __future__ import annotations

import io
import itertools
import json
import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from reconciler.model import Outcome, Status
from reconciler.report.terminal import Progress, Screen
from reconciler.sandbox import app

from .respan_estate import Estate, estate
from .respan_place import GPT

__all__ = ["estate"]

MODELS, A_MINUTE = 500, 60
REQUESTS_OF_A_CREATE = 2
"""A look and a write."""
FEW, QUICK = 60, "requests_per_second: 40"
"""Three seconds' worth."""
ROOT = Path(__file__).parents[3]


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
    assert large.ear.most_writing == 1
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
        # What a minute allows is used up at once, and then nothing happens until it is over: that is three of them.
        assert seconds == pytest.approx(honest, rel=0.25, abs=180), left


def test_the_command_line_shows_it_on_a_terminal(tmp_path: Path) -> None:
    with app.running() as (address, _):
        target = f"{{system: respan, url: '{address}/respan', auth: {{bearer: {{env: SANDBOX_TOKEN}}}}, {QUICK}}}"
        (tmp_path / "reconciler.yaml").write_text(f"apiVersion: reconciler/v1\ntargets: {{gw: {target}}}\n")
        (tmp_path / "manifests").mkdir()
        documents = [
            f"apiVersion: respan/v1\nkind: Model\nmetadata: {{name: m-{number}}}\nspec: {json.dumps(GPT)}\n"
            for number in range(FEW)
        ]
        (tmp_path / "manifests" / "all.yaml").write_text("---\n".join(documents))
        master, slave = pty.openpty()
        environ = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100", "SANDBOX_TOKEN": "sandbox"}
        command = [sys.executable, "-m", "reconciler", "apply", "--yes"]
        with subprocess.Popen(command, cwd=tmp_path, env=environ, stdout=subprocess.PIPE, stderr=slave) as process:
            os.close(slave)
            shown = _all_of(master)
            assert process.stdout is not None
            assert f"Apply: {FEW} done." in process.stdout.read().decode()
    assert re.search(rf"applying .* \d+/{FEW} 0:00:0[1-9]", shown)


def _all_of(terminal: int) -> str:
    """Read what a terminal shows until nobody writes to it any more."""
    parts: list[bytes] = []
    with suppress(OSError), os.fdopen(terminal, "rb", buffering=0) as stream:  # Linux says EIO at the end
        while part := stream.read(4096):
            parts.append(part)
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", b"".join(parts).decode(errors="replace"))


def _seconds_left(terminal: Terminal, progress: Progress, done: int) -> float:
    """Read what the bar says now."""
    assert progress._bar is not None
    progress._bar.refresh()  # else it is drawn ten times a second of a real clock
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", terminal.getvalue())
    hours, minutes, seconds = re.findall(rf"applying .* {done}/{MODELS} (\d+):(\d\d):(\d\d)", text)[-1]
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds)
