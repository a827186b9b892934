from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import Unauthorized
from reconciler.model import Auth, ValueSource
from reconciler.providers import credential

from .peer import target


async def _nowhere(body: Any) -> Any:
    raise AssertionError("no login here")


def _bearer(scheme: str, value: str | tuple[str, ...]) -> Auth:
    return Auth("bearer", ValueSource(scheme, value))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("auth", "message", "hint"),
    [
        (None, "the target has no credential", "OPENWEBUI_TOKEN"),
        (_bearer("env", "NOT_SET"), "not set: environment variable NOT_SET", "export NOT_SET="),
        (_bearer("file", "no/such"), "not set: file no/such", "write it to that file"),
        (_bearer("command", ("false",)), "not set: command false", "run the command false by hand"),
        (_bearer("env", "BROKEN"), "environment variable BROKEN holds characters", "line break"),
        (Auth("login", ValueSource("env", "PEER_TOKEN"), username="u"), "no login with a password", "bearer"),
    ],
)
def test_a_credential_that_cannot_be_used(
    auth: Auth | None, message: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKEN", "canary\r")
    held = credential.read(target("https://h.example", auth=auth), Path(), None)
    with pytest.raises(Unauthorized, match=message) as caught:
        asyncio.run(held.headers(_nowhere))
    assert caught.value.message.startswith("peer: ")
    assert hint in caught.value.hint
    assert "canary" not in caught.value.message


def test_a_file_counts_from_the_settings_folder(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk-1\n")
    held = credential.read(target("https://h.example", auth=_bearer("file", "key")), tmp_path, None)
    assert asyncio.run(held.headers(_nowhere)) == {"Authorization": "Bearer sk-1"}


def test_a_credential_does_not_show_itself() -> None:
    held = credential.read(target("https://h.example"), Path(), None)
    assert "canary" not in repr(held)
    assert held.place == "environment variable PEER_TOKEN"
    assert credential.read(target("https://h.example", auth=None), Path(), None).place == "nowhere"
