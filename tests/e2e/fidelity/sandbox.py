"""Plays the tables against the sandbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import httpx

from reconciler.sandbox import app
from reconciler.sandbox.system import CREDENTIAL, Seeds
from tests.e2e.fidelity import openwebui, xagent
from tests.e2e.fidelity.exchange import UPSTREAM, Credentials, Record, Table, play

TABLES: tuple[Table, ...] = (openwebui.TABLE, xagent.TABLE)

_SEEDS: Mapping[str, Seeds] = {"openwebui": {"BaseModel": UPSTREAM}, "xagent": xagent.SEEDS}
"""What the real servers of a table are prepared with."""


def play_on_sandbox(table: Table, version: str) -> dict[str, Record]:
    """Give what a fresh sandbox answers in the dialect of that version, credentials made as on a real server."""
    options = app.Options(dialects={table.system: version}, seeds={table.system: _SEEDS[table.system]})
    with (
        app.running(options) as (url, _),
        httpx.Client(base_url=f"{url}/{table.system}", trust_env=False) as client,
    ):
        return play(client, _SIGN_INS[table.system](client), table)


def _openwebui(client: httpx.Client) -> Credentials:
    sign_in = {"email": "admin@example.com", "password": CREDENTIAL}
    session = client.post("/api/v1/auths/signin", json=sign_in).json()
    client.cookies.clear()
    headers = {"Authorization": f"Bearer {session['token']}"}
    key = client.post("/api/v1/auths/api_key", headers=headers).json()["api_key"]
    return Credentials(key, session["token"], {"boss": session["id"]})


def _xagent(client: httpx.Client) -> Credentials:
    sign_in = {"username": "admin", "password": CREDENTIAL}
    token = client.post("/api/auth/login", json=sign_in).json()["access_token"]
    return Credentials(token, token)


_SIGN_INS: Mapping[str, Callable[[httpx.Client], Credentials]] = {"openwebui": _openwebui, "xagent": _xagent}
