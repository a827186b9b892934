"""Whom a credential for Runtype speaks for."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler import providers
from reconciler.errors import ProviderError, Unauthorized, Unavailable
from reconciler.model import Account, Auth, ValueSource

from .peer import FakeTime, target
from .runtype_account import ORGANIZATION, play
from .sandboxes import Place

ME = "/v1/auth/me"


def _identify(status: int, body: Any, path: str = ME) -> Account:
    def serve(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer sandbox"
        assert request.headers["user-agent"].startswith("reconciler/")  # never the vendor's own client
        if request.url.path != path:
            return httpx.Response(404, json={"error": "Not found"})
        if isinstance(body, str):
            return httpx.Response(status, headers={"content-type": "text/html"}, content=body)
        return httpx.Response(status, json=body)

    async def run() -> Account:
        auth = Auth("bearer", ValueSource("env", "SANDBOX_TOKEN"))
        aimed = target("https://api.example", name="t", system="runtype", auth=auth)
        connected = providers.connect(
            {"t": aimed}, Path(), transport=httpx.MockTransport(serve), clock=FakeTime().clock
        )
        try:
            return await connected["t"].identify()
        finally:
            await connected["t"].close()

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("me", "account"),
    [
        ({"userId": "user_1", "orgId": None, "orgSlug": None}, Account("user_1", "user_1")),
        ({"userId": "user_1"}, Account("user_1", "user_1")),
        ({"userId": "user_1", "orgId": "org_1", "orgSlug": "acme"}, Account("org_1", "acme")),
        ({"userId": "user_1", "orgId": "org_1"}, Account("org_1", "user_1")),
    ],
)
def test_an_account_is_an_organization_or_a_user(me: dict[str, Any], account: Account) -> None:
    assert _identify(200, me) == account


@pytest.mark.parametrize(
    ("status", "body", "path", "error", "said", "hint"),
    [
        (401, {"error": "Unauthorized"}, ME, Unauthorized, "HTTP 401: Unauthorized", "the credential"),
        (403, {"error": "Forbidden"}, ME, Unauthorized, "HTTP 403: Forbidden", "the permission for model conf"),
        (200, {}, "/api/auth/me", Unavailable, "no Runtype API at https://api.example/v1", "/v1"),
        (200, "<!doctype html>", ME, Unavailable, "no Runtype API at https://api.example/v1", "`url`"),
        (200, ["x"], ME, Unavailable, "/auth/me tells no user", "`prefix`"),
        (200, {"orgId": "org_1"}, ME, Unavailable, "/auth/me tells no user", "`prefix`"),
        (503, {}, ME, Unavailable, "HTTP 503", ""),
    ],
)
def test_who_cannot_be_identified(
    status: int, body: Any, path: str, error: type[ProviderError], said: str, hint: str
) -> None:
    with pytest.raises(error) as caught:
        _identify(status, body, path)
    assert said in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("account", "found"),
    [({}, Account("user_sandbox", "user_sandbox")), (ORGANIZATION, Account("org_1", "acme"))],
)
def test_one_request_says_who_is_asking(account: dict[str, Any], found: Account) -> None:
    async def story(place: Place) -> None:
        assert await place.provider.identify() == found
        assert place.sent == ["GET /auth/me"]

    play(story, Account=[account])
