"""The life of an estate, against the sandbox: the same story that real servers play in `make e2e`."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.sandbox import app
from tests.e2e.life import Life, play


@pytest.mark.parametrize("dialects", [(), ("openwebui=0.11.4",)], ids=["newest", "0.11.4"])
def test_life(dialects: tuple[str, ...], tmp_path: Path) -> None:
    with (
        app.running(app.Options(dialects=app.read_dialects(dialects))) as (url, _),
        Life(tmp_path / "life", f"{url}/openwebui", "sandbox") as life,
    ):
        play(life)
