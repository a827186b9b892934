"""The life of an estate, against the sandbox: the same story that real servers play in `make e2e`.

Against the newest version every command is a process of its own, as for a user; against the older one all run in this
process, which takes a tenth of the time.
"""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from reconciler.cli.app import run
from reconciler.sandbox import app
from tests.e2e.life import Life, play


class InProcess(Life):
    """A life whose commands start no process."""

    def reconciler(self, *arguments: str, expect: int = 0) -> str:
        """Run a command; gives stdout."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = run(arguments)
        assert code == expect, f"reconciler {' '.join(arguments)} gave {code}\n{out.getvalue()}\n{err.getvalue()}"
        return out.getvalue()


def test_life(tmp_path: Path) -> None:
    with app.running() as (url, _), Life(tmp_path / "life", f"{url}/openwebui", "sandbox") as life:
        play(life)


def test_life_on_the_older_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT_TOKEN", "sandbox")
    options = app.Options(dialects=app.read_dialects(["openwebui=0.11.4"]))
    with app.running(options) as (url, _), InProcess(tmp_path / "life", f"{url}/openwebui", "sandbox") as life:
        monkeypatch.chdir(life.folder)
        play(life)
