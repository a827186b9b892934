"""Makes virtual environments, and starts and stops server processes in them, for end-to-end tests.

Takes commands and folders, gives processes that are stopped on the way out.
It never touches a process that it did not start.
"""

from __future__ import annotations

import fcntl
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "e2e"
"""Where the virtual environments of real servers are kept from one run to the next."""

STOP_SECONDS = 15.0


class ServerFailed(Exception):
    """The server could not be installed or did not come up; the message ends with the tail of its output."""


def one_after_the_other(system: str, version: str) -> pytest.MarkDecorator:
    """Mark what is played on servers of a version: where tests run side by side, these still follow each other."""
    return pytest.mark.xdist_group(f"{system}-{version}")


def on_each(system: str, versions: Sequence[str]) -> pytest.MarkDecorator:
    """Let a test be played on a server of every version."""
    places = [pytest.param(version, marks=one_after_the_other(system, version)) for version in versions]
    return pytest.mark.parametrize("version", places)


@contextmanager
def alone(venv: Path) -> Iterator[None]:
    """Let no other process make this virtual environment meanwhile."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{venv.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_venv(venv: Path) -> Path:
    """Make an empty virtual environment in place of whatever is there; give its interpreter."""
    shutil.rmtree(venv, ignore_errors=True)
    run([sys.executable, "-m", "venv", str(venv)])
    return venv / "bin" / "python"


def pip(venv: Path, *arguments: str) -> None:
    """Install into a virtual environment."""
    quiet = ["--quiet", "--no-input", "--disable-pip-version-check", "--no-warn-conflicts"]
    run([str(venv / "bin" / "python"), "-m", "pip", "install", *quiet, *arguments])


def run(command: Sequence[str], **options: Any) -> None:
    """Run a command to its end; raise `ServerFailed` with what it said where it fails."""
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        raise ServerFailed(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout[-2000:]}")


@contextmanager
def started(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], url: str, seconds: float
) -> Iterator[Path]:
    """Start a server in a folder, wait until `url` answers 200, stop it on the way out; give its log."""
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C at the test runner must not stop it half-way through a test
        )
    try:
        _wait_until_healthy(url, process, log, seconds)
        yield log
    finally:
        _stop(process)


def post(url: str, body: object, headers: Mapping[str, str]) -> dict[str, Any]:
    """Send JSON to a server and give its answer; raise `ServerFailed` where it is not 200."""
    response = httpx.post(url, json=body, headers=headers, timeout=30.0, trust_env=False)
    if response.status_code != 200:
        raise ServerFailed(f"POST {url} answered {response.status_code}: {response.text[:200]}")
    answer: dict[str, Any] = response.json()
    return answer


def free_port() -> int:
    """Give a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    with httpx.Client(trust_env=False, timeout=2.0) as client:
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise ServerFailed(f"the server ended with {process.returncode}\n{_tail(log)}")
            try:
                if client.get(url).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
    raise ServerFailed(f"the server did not answer within {seconds:.0f} s\n{_tail(log)}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-2000:]
