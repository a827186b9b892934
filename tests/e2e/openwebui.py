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
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.e2e.servers import CACHE, alone, free_port, make_venv, pip, post, run, started

VERSIONS = ("0.12.4", "0.11.4")
"""The versions that the product is proven against, newest first."""

ADMIN_EMAIL = "admin@example.com"
START_SECONDS = 180.0

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
    return CACHE / f"openwebui-{version}"


def install(version: str) -> Path:
    """Give a virtual environment that holds Open WebUI `version`, making it where there is none.

    The slim server needs no torch and no vector store; the wheel (0.11.4 and later) carries the list of what it needs.
    """
    venv = venv_of(version)
    with alone(venv):
        if not _is_installed(venv, version):
            _install(venv, version)
    return venv


def _install(venv: Path, version: str) -> None:
    make_venv(venv)
    pip(venv, "--no-deps", f"open-webui=={version}")
    site = _site_packages(venv)
    # uv resolves and installs its 170 packages in seconds
    uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", str(venv / "bin" / "python")]
    run([*uv, "--requirement", str(site / "requirements-slim.txt")])
    _drop_frontend(site / "open_webui" / "frontend")
    (venv / ".complete").write_text(version, encoding="utf-8")


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
    port, password = free_port(), secrets.token_urlsafe(16)
    url = f"http://127.0.0.1:{port}"
    command = [str(venv / "bin" / "open-webui"), "serve", "--host", "127.0.0.1", "--port", str(port)]
    variables = {**_environment(folder, url, password), **(environment or {})}
    with started(command, folder, variables, url + "/health", START_SECONDS) as log:
        yield _sign_in(url, password, log)


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


def _sign_in(url: str, password: str, log: Path) -> OpenWebUI:
    # A client that keeps no cookies: the session cookie of the sign-in would authenticate what should fail.
    session = post(url + "/api/v1/auths/signin", {"email": ADMIN_EMAIL, "password": password}, {})
    bearer = {"Authorization": f"Bearer {session['token']}"}
    key = post(url + "/api/v1/auths/api_key", None, bearer)["api_key"]
    version = httpx.get(url + "/api/version", trust_env=False).json()["version"]
    return OpenWebUI(url, key, session["token"], session["id"], version, log)


def _is_installed(venv: Path, version: str) -> bool:
    if (venv / ".complete").is_file():
        return True
    if not (venv / "bin" / "python").exists():
        return False
    probe = f"import importlib.metadata as m, aiosqlite, fastapi; assert m.version('open-webui') == {version!r}"
    return subprocess.run([venv / "bin" / "python", "-c", probe], check=False, capture_output=True).returncode == 0


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
