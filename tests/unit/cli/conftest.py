"""Runs the command line in this process, and a sandbox beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from reconciler.cli.app import run


@dataclass(frozen=True)
class Ran:
    """How a command line ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]

ROOT = Path(__file__).parents[3]
OPTIONS_ENVIRONMENT = "RECONCILER_"


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line in an empty folder, with nothing set that would change what it does."""
    for name in [name for name in os.environ if name.startswith(OPTIONS_ENVIRONMENT)]:
        monkeypatch.delenv(name)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # for the processes that a test starts in its own folder
    monkeypatch.chdir(tmp_path)

    def run_line(*args: str) -> Ran:
        capsys.readouterr()
        code = run(args)
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return run_line


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox: where it is, and the settings that it printed."""

    url: str
    settings: str

    def call(self, method: str, path: str, body: object = None) -> object:
        """Ask the server behind the back of the command line."""
        headers = {"Authorization": "Bearer sandbox"}
        return httpx.request(method, self.url + path, json=body, headers=headers, trust_env=False).json()

    def faults(self, *lines: str) -> None:
        """Set what goes wrong from now on."""
        self.call("POST", "/_sandbox/faults", {"faults": list(lines)})


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[Sandbox]:
    """One sandbox for all tests of this folder, started as a user would."""
    command = [sys.executable, "-m", "reconciler", "sandbox"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    lines: list[str] = []
    while not lines or "auth:" not in lines[-1]:
        line = process.stdout.readline()
        assert line, "the sandbox ended before it listened"
        lines.append(line)
    url = next(line.split()[1] for line in lines if line.strip().startswith("url:"))
    yield Sandbox(url.removesuffix("/openwebui"), "".join(lines))
    process.terminate()
    assert process.wait(10) == 0
    process.stdout.close()


@pytest.fixture
def sandbox(sandbox_process: Sandbox, cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A folder with settings for the sandbox, one group in it, and the credential set; everything is deleted after."""
    (tmp_path / "reconciler.yaml").write_text(sandbox_process.settings)
    monkeypatch.setenv("SANDBOX_TOKEN", "sandbox")
    write_group(tmp_path, "developers", "People who write code")
    yield sandbox_process
    sandbox_process.faults()
    for group in sandbox_process.call("GET", "/openwebui/api/v1/groups/"):  # type: ignore[attr-defined]
        sandbox_process.call("DELETE", f"/openwebui/api/v1/groups/id/{group['id']}/delete")


def write_group(folder: Path, name: str, description: str, extra: str = "") -> Path:
    """Write a manifest."""
    path = folder / "manifests" / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        "apiVersion: openwebui/v1\nkind: Group\n"
        f"metadata: {{name: {name}{extra}}}\nspec: {{description: {description}}}\n"
    )
    return path
