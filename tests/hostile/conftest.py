"""The credential that an attacker is after."""

from __future__ import annotations

import os

import pytest

from .server import SECRET


@pytest.fixture(autouse=True)
def _credential(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEER_TOKEN", SECRET)
    proxies = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
    for name in [*proxies, *map(str.lower, proxies), *(n for n in os.environ if n.startswith("RECONCILER_"))]:
        monkeypatch.delenv(name, raising=False)
