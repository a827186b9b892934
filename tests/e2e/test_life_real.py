"""The life of an estate, against real servers: Open WebUI's newest two versions, Xagent on both of its databases.

Against the first version of each every command is a process of its own, as for a user; against the other one all run in
this process.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e import openwebui, xagent
from tests.e2e.life import InProcess, Life, play
from tests.e2e.life_openwebui import STORY as OPENWEBUI
from tests.e2e.life_xagent import STORY as XAGENT
from tests.e2e.servers import on_each

pytestmark = pytest.mark.e2e


@on_each("openwebui", openwebui.VERSIONS)
def test_life_of_open_webui(version: str, tmp_path: Path) -> None:
    kind = Life if version == openwebui.VERSIONS[0] else InProcess
    with (
        openwebui.running(version) as server,
        kind(tmp_path / "life", OPENWEBUI, server.url, server.token, server.token) as life,
    ):
        play(life)


@on_each("xagent", xagent.VERSIONS)
def test_life_of_xagent(version: str, tmp_path: Path, miss: Callable[[str], None]) -> None:
    package = xagent.missing_system_package(version)
    if package is not None:
        miss(package)
    kind = Life if version == xagent.VERSIONS[0] else InProcess
    with (
        xagent.running(version) as server,
        kind(tmp_path / "life", XAGENT, server.url, server.password, server.token) as life,
    ):
        play(life)
