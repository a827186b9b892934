"""Installs and starts real Xagent servers on loopback, for end-to-end tests.

Takes a version, gives a running server with its first admin and throw-away state, on SQLite or PostgreSQL.
It never touches a server that it did not start, and stops only its own processes.

    with xagent.running("0.8.4-postgresql") as server:
        httpx.get(server.url + "/api/auth/me", headers={"Authorization": f"Bearer {server.token}"})

The first call installs it (about a minute, 2 GB under `.cache/e2e`); later calls start in a quarter of a minute.
"""

from __future__ import annotations

import base64
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.e2e import postgresql
from tests.e2e.servers import CACHE, alone, free_port, make_venv, pip, post, run, started

VERSIONS = ("0.8.4", "0.8.4-postgresql")
"""The versions that the product is proven against; without a word about it, the database is SQLite."""

ADMIN = "admin"
START_SECONDS = 180.0

# What the web API never needs, and what would otherwise be a third of the installation: GPU communication,
# a second copy of OpenCV, tree models, a model hub, a micro-VM and a cloud's toolkit.
_LEFT_OUT = ("nvidia-nccl-cu12", "tencentcloud-sdk-python", "opencv-python", "xgboost", "modelscope", "boxlite")

_QUIET = {
    "SANDBOX_ENABLED": "false",
    "XAGENT_TRIGGER_DISPATCHER_ENABLED": "false",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "DO_NOT_TRACK": "true",
    "ANONYMIZED_TELEMETRY": "false",
}


_EXECUTE = """
import sys, sqlalchemy
with sqlalchemy.create_engine(sys.argv[1]).begin() as connection:
    connection.execute(sqlalchemy.text(sys.argv[2]))
"""


@dataclass(frozen=True, slots=True)
class Xagent:
    """A running server: where it listens, and its first admin's credentials."""

    url: str
    token: str
    username: str
    password: str
    admin_id: int
    version: str
    log: Path
    database: str
    """The address of its database, for what no route can do."""


def missing_system_package(version: str) -> str | None:
    """Name the system package that a server of that version needs and this machine lacks."""
    return "postgresql" if _on_postgresql(version) and postgresql.programs() is None else None


def venv_of(version: str) -> Path:
    """Give the folder of the virtual environment that holds `version`, whether or not it exists.

    `E2E_XAGENT_VENV_ROOT` names a folder that holds `xagent-<version>` folders made elsewhere.
    """
    return Path(os.environ.get("E2E_XAGENT_VENV_ROOT") or CACHE) / f"xagent-{_release(version)}"


def install(version: str) -> Path:
    """Give a virtual environment that holds Xagent `version` and both databases' drivers, making it if need be."""
    venv = venv_of(version)
    with alone(venv):
        if not (venv / ".complete").is_file():
            _install(venv, version)
    return venv


def _install(venv: Path, version: str) -> None:
    python = make_venv(venv)
    pip(venv, "uv")  # resolves its 370 packages in seconds, and can leave some out
    overrides = venv / "left-out.txt"
    overrides.write_text("".join(f"{name} ; sys_platform == 'never'\n" for name in _LEFT_OUT), encoding="utf-8")
    wanted = [f"xagent-ai=={_release(version)}", "psycopg2-binary", "psycopg[binary]"]
    install = ["pip", "install", "--quiet", "--python", str(python), "--overrides", str(overrides)]
    run([str(venv / "bin" / "uv"), *install, *wanted])
    (venv / ".complete").write_text(_release(version), encoding="utf-8")


@contextmanager
def running(version: str, environment: Mapping[str, str] | None = None) -> Iterator[Xagent]:
    """Start a server of `version` with fresh state on a free loopback port, and stop it on the way out.

    `environment` adds to, or overrides, what the server is started with.
    """
    venv = install(version)
    port, password = free_port(), secrets.token_urlsafe(16)
    url = f"http://127.0.0.1:{port}"
    command = [str(venv / "bin" / "xagent"), "--host", "127.0.0.1", "--port", str(port)]
    with ExitStack() as around:
        folder = Path(around.enter_context(tempfile.TemporaryDirectory(prefix="xagent-")))
        database = f"sqlite:///{folder / 'storage' / 'xagent.db'}"
        if _on_postgresql(version):
            database = around.enter_context(postgresql.running())
        variables = {**_environment(venv, folder, database), **(environment or {})}
        log = around.enter_context(started(command, folder, variables, url + "/health", START_SECONDS))
        yield _first_admin(url, password, version, log, database)


def execute(server: Xagent, statement: str) -> None:
    """Run a statement of SQL on a server's database, for what no route can do."""
    python = str(venv_of(server.version) / "bin" / "python")  # it has the drivers
    run([python, "-c", _EXECUTE, server.database, statement])


def _environment(venv: Path, folder: Path, database: str) -> dict[str, str]:
    """Give everything that the server may know: nothing of the caller's proxies, clouds and keys."""
    inherited = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TZ") if name in os.environ}
    for name in ("home", "storage"):
        (folder / name).mkdir()
    return {
        **inherited,
        **_QUIET,
        "PATH": f"{venv / 'bin'}:/usr/bin:/bin",
        "HOME": str(folder / "home"),
        "XAGENT_STORAGE_ROOT": str(folder / "storage"),
        "XAGENT_UPLOADS_DIR": str(folder / "storage" / "uploads"),
        "LANCEDB_PATH": str(folder / "storage" / "lancedb"),
        "DATABASE_URL": database,
        "ENCRYPTION_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),  # the form of a Fernet key
        "XAGENT_JWT_SECRET": secrets.token_urlsafe(48),
    }


def _first_admin(url: str, password: str, version: str, log: Path, database: str) -> Xagent:
    account = {"username": ADMIN, "password": password}
    post(url + "/api/auth/setup-admin", {**account, "email": "admin@example.com"}, {})
    session = post(url + "/api/auth/login", account, {})
    return Xagent(url, session["access_token"], ADMIN, password, session["user"]["id"], version, log, database)


def _release(version: str) -> str:
    return version.partition("-")[0]


def _on_postgresql(version: str) -> bool:
    return version.endswith("-postgresql")
