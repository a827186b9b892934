"""The life of an estate, against real Open WebUI servers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e import openwebui
from tests.e2e.life import Life, play

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("version", openwebui.VERSIONS)
def test_life(version: str, tmp_path: Path) -> None:
    with openwebui.running(version) as server, Life(tmp_path / "life", server.url, server.token) as life:
        play(life)
