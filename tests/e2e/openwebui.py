"""Installs and starts real Open WebUI servers on loopback, for end-to-end tests.

Takes a version, gives a running server with an admin's API key and throw-away state.
It never touches a server that it did not start, and stops only its own process.

    with openwebui.running("0.12.4") as server:
        httpx.get(server.url + "/api/version")

The first call for a version installs it (about a minute, 500 MB under `.cache/e2e`); later calls start in seconds.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

VERSIONS = ("0.12.4", "0.11.4")
"""The versions that the product is proven against, newest first."""

ADMIN_EMAIL = "admin@example.com"
START_SECONDS = 180.0
STOP_SECONDS = 15.0

_REPOSITORY = Path(__file__).resolve().parents[2]

# Everything that would reach for the network, or load a local model, is off. The text index needs an address:
# port 9 (discard) refuses at once.
_OFFLINE = {
    "USE_SLIM_DOCKER": "true",
    "OFFLINE_MODE": "true",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "ENABLE_VERSION_UPDATE_CHECK": "false",
    "ENABLE_OLLAMA_API": "false",
    "ENABLE_OPENAI_API": "false",
    "ENABLE_EVALUATION_ARENA_MODELS": "false",
    "ENABLE_PIP_INSTALL_FRONTMATTER_REQUIREMENTS": "false",
    "RAG_EMBEDDING_ENGINE": "openai",
    "RAG_OPENAI_API_BASE_URL": "http://127.0.0.1:9/v1",
    "RAG_OPENAI_API_KEY": "none",
    "OPENAI_API_BASE_URL": "http://127.0.0.1:9/v1",
    "OPENAI_API_KEY": "none",
    "ANONYMIZED_TELEMETRY": "false",
    "DO_NOT_TRACK": "true",
    "SCARF_NO_ANALYTICS": "true",
    "ENABLE_API_KEYS": "true",
    "ENABLE_SIGNUP": "false",
    "GLOBAL_LOG_LEVEL": "WARNING",
}


class ServerFailed(Exception):
    """The server could not be installed or did not come up; the message ends with the tail of its output."""


@dataclass(frozen=True, slots=True)
class OpenWebUI:
    """A running server: where it listens, and an admin's credentials."""

    url: str
    token: str
    jwt: str
    admin_id: str
    version: str
    log: Path


def venv_of(version: str) -> Path:
    """Give the folder of the virtual environment that holds `version`, whether or not it exists.

    `E2E_OPENWEBUI_VENV_ROOT` names a folder that holds `venv-<version>` folders made elsewhere.
    """
    elsewhere = os.environ.get("E2E_OPENWEBUI_VENV_ROOT")
    if elsewhere:
        return Path(elsewhere) / f"venv-{version}"
    return _REPOSITORY / ".cache" / "e2e" / f"openwebui-{version}"


def install(version: str) -> Path:
    """Give a virtual environment that holds Open WebUI `version`, making it where there is none.

    The slim server needs no torch and no vector store; the wheel (0.11.4 and later) carries the list of what it needs.
    """
    venv = venv_of(version)
    if _is_installed(venv, version):
        return venv
    shutil.rmtree(venv, ignore_errors=True)
    venv.parent.mkdir(parents=True, exist_ok=True)
    _run([sys.executable, "-m", "venv", str(venv)])
    _pip(venv, "--no-deps", f"open-webui=={version}")
    site = _site_packages(venv)
    _pip(venv, "-r", str(site / "requirements-slim.txt"))
    _drop_frontend(site / "open_webui" / "frontend")
    (venv / ".complete").write_text(version, encoding="utf-8")
    return venv


@contextmanager
def running(version: str, environment: Mapping[str, str] | None = None) -> Iterator[OpenWebUI]:
    """Start a server of `version` with fresh state on a free loopback port, and stop it on the way out.

    `environment` adds to, or overrides, what the server is started with.
    """
    venv = install(version)
    with (
        tempfile.TemporaryDirectory(prefix="openwebui-") as folder,
        _started(venv, Path(folder), environment) as server,
    ):
        yield server


@contextmanager
def _started(venv: Path, folder: Path, environment: Mapping[str, str] | None) -> Iterator[OpenWebUI]:
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    password = secrets.token_urlsafe(16)
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(venv / "bin" / "open-webui"), "serve", "--host", "127.0.0.1", "--port", str(port)],
            cwd=folder,
            env={**_environment(folder, url, password), **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C at the test runner must not stop it half-way through a test
        )
    try:
        _wait_until_healthy(url, process, log)
        yield _sign_in(url, password, log)
    finally:
        _stop(process)


def _environment(folder: Path, url: str, password: str) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TZ") if name in os.environ}
    for name in ("data", "static"):
        (folder / name).mkdir()
    return {
        **inherited,
        **_OFFLINE,
        "HOME": str(folder),
        "DATA_DIR": str(folder / "data"),
        "STATIC_DIR": str(folder / "static"),
        "CORS_ALLOW_ORIGIN": url,
        "WEBUI_SECRET_KEY": secrets.token_hex(32),
        "WEBUI_ADMIN_EMAIL": ADMIN_EMAIL,
        "WEBUI_ADMIN_PASSWORD": password,
        "WEBUI_ADMIN_NAME": "Admin",
    }


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    with httpx.Client(trust_env=False, timeout=2.0) as client:
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise ServerFailed(f"the server ended with {process.returncode}\n{_tail(log)}")
            try:
                if client.get(url + "/health").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
    raise ServerFailed(f"the server did not answer within {START_SECONDS:.0f} s\n{_tail(log)}")


def _sign_in(url: str, password: str, log: Path) -> OpenWebUI:
    # A client that keeps no cookies: the session cookie of the sign-in would authenticate what should fail.
    session = _post(url + "/api/v1/auths/signin", {"email": ADMIN_EMAIL, "password": password}, {})
    bearer = {"Authorization": f"Bearer {session['token']}"}
    key = _post(url + "/api/v1/auths/api_key", None, bearer)["api_key"]
    version = httpx.get(url + "/api/version", trust_env=False).json()["version"]
    return OpenWebUI(url, key, session["token"], session["id"], version, log)


def _post(url: str, body: object, headers: Mapping[str, str]) -> dict[str, str]:
    response = httpx.post(url, json=body, headers=headers, timeout=30.0, trust_env=False)
    if response.status_code != 200:
        raise ServerFailed(f"POST {url} answered {response.status_code}: {response.text[:200]}")
    answer: dict[str, str] = response.json()
    return answer


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _is_installed(venv: Path, version: str) -> bool:
    if (venv / ".complete").is_file():
        return True
    if not (venv / "bin" / "python").exists():
        return False
    probe = f"import importlib.metadata as m, aiosqlite, fastapi; assert m.version('open-webui') == {version!r}"
    return subprocess.run([venv / "bin" / "python", "-c", probe], check=False, capture_output=True).returncode == 0


def _pip(venv: Path, *arguments: str) -> None:
    quiet = ["--quiet", "--no-input", "--disable-pip-version-check", "--no-warn-conflicts"]
    _run([str(venv / "bin" / "python"), "-m", "pip", "install", *quiet, *arguments])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise ServerFailed(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout[-2000:]}")


def _site_packages(venv: Path) -> Path:
    return next((venv / "lib").glob("python3.*")) / "site-packages"


def _drop_frontend(frontend: Path) -> None:
    """Drop the built web pages (240 MB) but for those without which the server does not start."""
    for entry in frontend.iterdir():
        if entry.name in {"index.html", "static"}:
            continue
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-2000:]
