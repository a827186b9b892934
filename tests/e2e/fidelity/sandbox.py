"""Plays the tables against the sandbox."""

from __future__ import annotations

import httpx

from reconciler.sandbox import app
from tests.e2e.fidelity import openwebui as table
from tests.e2e.fidelity.exchange import UPSTREAM, Credentials, Record, play


def play_on_sandbox(version: str) -> dict[str, Record]:
    """Give what a fresh sandbox answers in the dialect of that version, credentials made as on a real server."""
    options = app.Options(dialects={"openwebui": version}, seeds={"openwebui": {"BaseModel": UPSTREAM}})
    with app.running(options) as (url, _), httpx.Client(base_url=f"{url}/openwebui", trust_env=False) as client:
        sign_in = {"email": "admin@example.com", "password": "sandbox"}
        session = client.post("/api/v1/auths/signin", json=sign_in).json()
        client.cookies.clear()
        headers = {"Authorization": f"Bearer {session['token']}"}
        key = client.post("/api/v1/auths/api_key", headers=headers).json()["api_key"]
        credentials = Credentials(key, session["token"], {"boss": session["id"]})
        return play(client, credentials, table.STEPS)
