"""The credential that the tests' targets name: the sandbox takes it too."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _credential(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEER_TOKEN", "canary-token")
    monkeypatch.setenv("SANDBOX_TOKEN", "sandbox")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
