"""The whole life of a change in git, against the sandbox."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from reconciler.sandbox import app
from tests.conformance.systems import openwebui
from tests.pipelines.life import play
from tests.pipelines.repository import opened


def test_the_whole_life(tmp_path: Path, miss: Callable[[str], None]) -> None:
    with app.running() as (address, _), opened(tmp_path, {"OPENWEBUI_TOKEN": "sandbox"}, miss) as repository:
        url = f"{address}/openwebui"
        with closing(openwebui.SYSTEM.hands(url, "sandbox")) as hands:
            play(repository, url, hands)
