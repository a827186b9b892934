"""The life of an estate, against the sandbox: the same stories that real servers play in `make e2e`.

Against one version every command is a process of its own, as for a user; against the others all run in this process,
which takes a tenth of the time.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.sandbox import app
from tests.e2e.life import InProcess, Life, Story, play
from tests.e2e.life_openwebui import STORY as OPENWEBUI
from tests.e2e.life_xagent import STORY as XAGENT


@pytest.mark.parametrize(
    ("kind", "story", "version"),
    [
        (Life, OPENWEBUI, "0.12.4"),
        (InProcess, OPENWEBUI, "0.11.4"),
        (InProcess, XAGENT, "0.8.4"),
        (InProcess, XAGENT, "0.8.4-postgresql"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_life(kind: type[Life], story: Story, version: str, tmp_path: Path) -> None:
    options = app.Options(dialects={story.system.name: version})
    address = f"/{story.system.name}"
    with (
        app.running(options) as (url, _),
        kind(tmp_path / "life", story, url + address, "sandbox", "sandbox") as life,
    ):
        play(life)
