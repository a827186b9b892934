"""The life of an estate, against real servers: Open WebUI's newest two versions, Xagent on both of its databases."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e import openwebui, xagent
from tests.e2e.life import Life, play
from tests.e2e.life_openwebui import STORY as OPENWEBUI
from tests.e2e.life_xagent import STORY as XAGENT

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("version", openwebui.VERSIONS)
def test_life_of_open_webui(version: str, tmp_path: Path) -> None:
    with (
        openwebui.running(version) as server,
        Life(tmp_path / "life", OPENWEBUI, server.url, server.token, server.token) as life,
    ):
        play(life)


@pytest.mark.parametrize("version", xagent.VERSIONS)
def test_life_of_xagent(version: str, tmp_path: Path, miss: Callable[[str], None]) -> None:
    package = xagent.missing_system_package(version)
    if package is not None:
        miss(package)
    with (
        xagent.running(version) as server,
        Life(tmp_path / "life", XAGENT, server.url, server.password, server.token) as life,
    ):
        play(life)
