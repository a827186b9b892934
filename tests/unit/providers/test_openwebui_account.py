from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler import providers
from reconciler.errors import ProviderError, Unauthorized, Unavailable
from reconciler.model import Account, Auth, ValueSource
from reconciler.providers.pace import Clock

from .peer import FakeTime, free_port, target
from .sandboxes import Place, play

ME = {"id": "u1", "email": "ann@example.com", "role": "admin"}
Answers = dict[str, tuple[int, Any]]


def _identify(answers: Answers, **fields: Any) -> Account:
    def serve(request: httpx.Request) -> httpx.Response:
        status, body = answers.get(request.url.path, (200, "<!doctype html>"))
        if isinstance(body, str):
            return httpx.Response(status, headers={"content-type": "text/html"}, content=body)
        return httpx.Response(status, json=body)

    async def run() -> Account:
        connected = providers.connect(
            {"t": target("https://h.example", name="t", **fields)},
            Path(),
            transport=httpx.MockTransport(serve),
            clock=FakeTime().clock,
        )
        try:
            return await connected["t"].identify()
        finally:
            await connected["t"].close()

    return asyncio.run(run())


def _api(version: str = "0.12.4", **answers: tuple[int, Any]) -> Answers:
    names = {"auths": "/api/v1/auths/", "status": "/api/v1/users/user/status", "users": "/api/v1/users/all"}
    return {"/api/version": (200, {"version": version}), **{names[name]: given for name, given in answers.items()}}


@pytest.mark.parametrize(
    ("answers", "account"),
    [
        (_api("0.11.4", auths=(200, ME)), Account("u1", "ann@example.com", "0.11.4")),
        (_api(auths=(403, {}), status=(200, ME)), Account("u1", "ann@example.com", "0.12.4")),
        (_api(auths=(403, {}), status=(403, {}), users=(200, {"users": []})), Account("", "", "0.12.4")),
        (_api("v0.8.0-dev", auths=(200, {**ME, "email": None, "name": "Ann"})), Account("u1", "Ann", "v0.8.0-dev")),
        (_api("1.0", auths=(200, ME)), Account("u1", "ann@example.com", "1.0")),
    ],
)
def test_who_we_are(answers: Answers, account: Account) -> None:
    assert _identify(answers) == account


@pytest.mark.parametrize(
    ("answers", "error", "message", "hint"),
    [
        ({}, Unavailable, "no Open WebUI API at https://h.example/api/v1", "`prefix`"),
        (_api(), Unavailable, "no Open WebUI API at https://h.example/api/v1", "`prefix`"),
        (_api(auths=(200, ["x"])), Unavailable, "holds no id", ""),
        ({"/api/version": (200, {"v": 1})}, Unavailable, "tells no version", ""),
        ({**_api(auths=(200, ME)), "/api/version": (404, {})}, Unavailable, "HTTP 404", ""),
        (_api("0.7.2", auths=(200, ME)), Unavailable, "Open WebUI 0.7.2 is too old", "0.8"),
        (_api("main", auths=(200, ME)), Unavailable, "'main' is not a version", "`url`"),
        (
            _api(auths=(401, {"detail": "401 Unauthorized"})),
            Unauthorized,
            r"h.example refuses the credential from the environment variable PEER_TOKEN: HTTP 401 \(401 Unauthorized\)",
            "API key",
        ),
        (
            _api(auths=(403, {"detail": "Use of API key is not enabled"}), status=(403, {}), users=(403, {})),
            Unauthorized,
            "HTTP 403 .Use of API key is not enabled",
            "ENABLE_API_KEYS",
        ),
        (_api(auths=(403, {}), status=(403, {})), Unauthorized, "PEER_TOKEN: HTTP 403$", "API key"),
        (
            _api(auths=(200, {**ME, "role": "user"})),
            Unauthorized,
            "environment variable PEER_TOKEN speaks for ann@example.com, whose role is 'user'",
            "admin",
        ),
        (_api(auths=(500, {})), Unavailable, "HTTP 500", "log"),
    ],
)
def test_where_we_are_nobody(answers: Answers, error: type[ProviderError], message: str, hint: str) -> None:
    with pytest.raises(error, match=message) as caught:
        _identify(answers)
    assert type(caught.value) is error
    assert hint in caught.value.hint
    assert "canary" not in caught.value.message + caught.value.hint


def test_a_missing_credential_is_told_before_anything_is_sent() -> None:
    with pytest.raises(Unauthorized, match="t: the credential is not set: environment variable NOT_SET"):
        _identify({}, auth=Auth("bearer", ValueSource("env", "NOT_SET")))


def test_a_server_that_is_not_there() -> None:
    async def run() -> None:
        url = f"http://127.0.0.1:{await free_port()}"
        connected = providers.connect({"t": target(url, name="t")}, Path(), clock=FakeTime().clock)
        try:
            await connected["t"].identify()
        finally:
            await connected["t"].close()

    with pytest.raises(Unavailable, match=r"t: nothing answers at http://127.0.0.1"):
        asyncio.run(run())


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({}, "admin@example.com"),
        ({"dialect": "0.11.4"}, "admin@example.com"),
        ({"prefix": "/api"}, "admin@example.com"),
        ({"prefix": "/api/v1/"}, "admin@example.com"),
        ({"auth": Auth("login", ValueSource("env", "SANDBOX_TOKEN"), username="admin")}, "admin@example.com"),
        ({"auth": Auth("header", ValueSource("env", "SANDBOX_TOKEN"), header="x-api-key")}, "admin@example.com"),
    ],
)
def test_the_sandbox_knows_us(fields: dict[str, Any], name: str) -> None:
    async def story(place: Place) -> Account:
        account = await place.provider.identify()
        assert place.sent == []  # asked once, when it was opened
        return account

    account = play(story, **fields)
    assert (account.name, account.version) == (name, fields.get("dialect", "0.12.4"))
    assert account.id


def test_a_wrong_token_is_told_by_the_sandbox() -> None:
    async def story(place: Place) -> None:
        raise AssertionError("never opened")

    with pytest.raises(Unauthorized, match="refuses the credential from the environment variable PEER_TOKEN: HTTP 401"):
        play(story, auth=Auth("bearer", ValueSource("env", "PEER_TOKEN")))


def test_the_clock_is_the_real_one_by_default() -> None:
    connected = providers.connect({"t": target("https://h.example")}, Path())
    assert connected["t"].clock == Clock()  # type: ignore[attr-defined]
