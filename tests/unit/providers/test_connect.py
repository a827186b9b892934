from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler import providers
from reconciler.errors import SettingsError
from reconciler.providers.openwebui import OpenWebUI

from .peer import target


def test_each_target_gets_its_provider() -> None:
    targets = {name: target(f"https://{name}.example", name=name, auth=None) for name in ("a", "b")}
    connected = providers.connect(targets, Path(), "abc")
    assert list(connected) == ["a", "b"]
    assert [provider.target.name for provider in connected.values()] == ["a", "b"]
    assert all(isinstance(provider, OpenWebUI) and provider.note == "abc" for provider in connected.values())
    for provider in connected.values():
        asyncio.run(provider.close())


@pytest.mark.parametrize(
    ("system", "hint"),
    [("openwebiu", "did you mean openwebui?"), ("zzz", f"one of: {', '.join(providers.SYSTEMS)}")],
)
def test_a_system_that_does_not_exist(system: str, hint: str) -> None:
    with pytest.raises(SettingsError, match=f"t: there is no system '{system}'") as caught:
        providers.connect({"t": target("https://h.example", name="t", system=system)}, Path())
    assert caught.value.hint == hint


def test_a_system_of_another_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "brought.py").write_text("def connect(target, root, note):\n    return (target.name, root, note)\n")
    info = tmp_path / "brought-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: brought\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[reconciler.systems]\nbroughtsystem = brought\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    targets = {"t": target("https://h.example", name="t", system="broughtsystem")}
    assert providers.connect(targets, tmp_path, "abc") == {"t": ("t", tmp_path, "abc")}


def test_importing_the_registry_costs_nothing() -> None:
    code = "import sys, reconciler.providers; print('httpx' in sys.modules, 'asyncio' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
