"""Who the credential speaks for: a password, a token, and what is wrong with either."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler import providers
from reconciler.errors import ProviderError, Unauthorized, Unavailable
from reconciler.model import Account, Auth, ValueSource
from reconciler.sandbox.app import Options, create_app

from .peer import FakeTime, free_port, target
from .sandboxes import Place
from .xagent_place import by_hand, play

PASSWORD = ValueSource("env", "SANDBOX_TOKEN")
LOGIN = Auth("login", PASSWORD, username="admin")


def _connect(auth: Auth, path: str = "/xagent", **fields: Any) -> tuple[Any, list[str]]:
    """Give what `identify` says or raises on a fresh sandbox, and what it asked."""
    time = FakeTime()
    sandbox = create_app(Options(clock=lambda: time.now, reset_error=httpx.ReadError))
    aimed = target(f"http://127.0.0.1:1{path}", name="here", system="xagent", auth=auth, **fields)

    async def run() -> Account:
        connected = providers.connect({"here": aimed}, Path(), transport=httpx.ASGITransport(sandbox), clock=time.clock)
        try:
            return await connected["here"].identify()
        finally:
            await connected["here"].close()

    try:
        told: Any = asyncio.run(run())
    except ProviderError as error:
        told = error
    return told, [f"{seen.method} {seen.path.removeprefix(path)}" for seen in sandbox.requests]


def test_a_password_is_exchanged_for_a_token_once() -> None:
    assert _connect(LOGIN) == (Account("1", "admin"), ["POST /api/auth/login", "GET /api/auth/me"])


def test_a_token_needs_no_login() -> None:
    assert _connect(Auth("bearer", PASSWORD)) == (Account("1", "admin"), ["GET /api/auth/me"])


def test_somebody_else_is_somebody_else() -> None:
    async def story(place: Place) -> None:
        assert await place.provider.identify() == Account("3", "paul")
        assert place.provider.is_admin is False

    play(story, auth=Auth("login", PASSWORD, username="paul"))


@pytest.mark.parametrize(
    ("auth", "path", "error", "said", "hint", "asked"),
    [
        (Auth("login", PASSWORD, username="nobody"), "/xagent", Unauthorized, "Incorrect username", "SANDBOX_TOKEN", 1),
        (Auth("bearer", ValueSource("env", "PEER_TOKEN")), "/xagent", Unauthorized, "Invalid token", "two hours", 1),
        (Auth("bearer", ValueSource("env", "PERSONAL")), "/xagent", Unauthorized, "Invalid token", "personal API", 1),
        (LOGIN, "/xagent/somewhere", Unavailable, "no login is to be had", "`prefix`", 1),
        (Auth("bearer", PASSWORD), "/xagent/else", Unavailable, "no Xagent API at", "usual prefix is /api", 1),
        (Auth("bearer", ValueSource("env", "NOT_SET")), "/xagent", Unauthorized, "not set", "export NOT_SET", 0),
    ],
)
def test_what_is_wrong(
    auth: Auth,
    path: str,
    error: type[ProviderError],
    said: str,
    hint: str,
    asked: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PERSONAL", "xag_personal_abc123")
    monkeypatch.delenv("NOT_SET", raising=False)
    told, requests = _connect(auth, path)
    assert isinstance(told, error)
    assert said in told.message
    assert hint in told.hint
    assert len(requests) == asked
    assert "xag_personal" not in told.message + told.hint


@pytest.mark.parametrize("body", [{"success": True}, {"user": {"id": "1"}}, [], "<html>"])
def test_an_answer_that_is_none(body: Any) -> None:
    async def run() -> None:
        answer = httpx.Response(200, json=body) if body != "<html>" else httpx.Response(200, html=body)
        connected = providers.connect(
            {"t": target("https://h.example", name="t", system="xagent")},
            Path(),
            transport=httpx.MockTransport(lambda _: answer),
            clock=FakeTime().clock,
        )
        with pytest.raises(Unavailable, match=r"t: no Xagent API at https://h.example/api"):
            await connected["t"].identify()
        await connected["t"].close()

    asyncio.run(run())


def test_nobody_answers() -> None:
    async def run() -> None:
        url = f"http://127.0.0.1:{await free_port()}"
        aimed = target(url, name="t", system="xagent", auth=LOGIN)
        connected = providers.connect({"t": aimed}, Path(), clock=FakeTime().clock)
        with pytest.raises(Unavailable):
            await connected["t"].identify()
        await connected["t"].close()

    asyncio.run(run())


def test_a_locked_account_is_told_and_not_waited_for() -> None:
    async def story(place: Place) -> None:
        for _ in range(5):
            await by_hand(place, "GET", "/auth/me")
        place.time.naps.clear()
        for status in [401] * 5 + [429]:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(place.sandbox), base_url="http://h") as client:
                wrong = {"username": "admin", "password": "wrong"}
                assert (await client.post("/xagent/api/auth/login", json=wrong)).status_code == status
        place.sandbox.requests.clear()
        place.provider.credential._token = None
        with pytest.raises(Unauthorized, match="HTTP 429: Too many authentication attempts"):
            await place.provider.identify()
        assert place.sent == ["POST /auth/login"]
        assert place.time.naps == []

    play(story, auth=LOGIN)


def test_a_token_that_has_run_out_is_got_anew_once() -> None:
    async def story(place: Place) -> None:
        place.time.now += 7201
        assert await place.fetch("Model") == []
        sent = place.sent
        assert sent.count("POST /auth/login") == 1
        assert sent.count("GET /models/") == 4  # both lists, refused and answered

    play(story, auth=LOGIN)


def test_a_token_that_a_person_brought_is_not_got_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(place: Place) -> None:
        session = await by_hand(place, "POST", "/auth/login", {"username": "admin", "password": "sandbox"})
        place.provider.credential.secret = session["access_token"]
        place.time.now += 7201
        with pytest.raises(Unauthorized, match="Token expired"):
            await place.fetch("Model")
        assert set(place.sent) == {"GET /models/"}

    play(story)


def test_a_token_that_a_new_password_made_void_is_not_got_anew() -> None:
    async def story(place: Place) -> None:
        form = {"current_password": "sandbox", "new_password": "a-new-password"}
        await by_hand(place, "POST", "/auth/change-password", form)
        with pytest.raises(Unauthorized, match="Invalid token"):
            await place.fetch("Model")
        assert set(place.sent) == {"GET /models/"}

    play(story, auth=LOGIN)
