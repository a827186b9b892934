"""The whole life of a change in git, against a real Open WebUI of the newest version."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.conformance.systems.openwebui import SYSTEM
from tests.e2e import openwebui
from tests.e2e.servers import one_after_the_other
from tests.pipelines.life import play
from tests.pipelines.repository import opened

VERSION = openwebui.VERSIONS[0]
pytestmark = [pytest.mark.e2e, one_after_the_other("openwebui", VERSION)]


def test_the_whole_life(tmp_path: Path, miss: Callable[[str], None]) -> None:
    with (
        openwebui.running(VERSION) as server,
        opened(tmp_path, {"OPENWEBUI_TOKEN": server.token}, miss) as repository,
        closing(SYSTEM.hands(server.url, server.token)) as hands,
    ):
        play(repository, server.url, hands)
