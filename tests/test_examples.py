"""Every example does what it shows."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler import engine, manifests, schema, settings
from reconciler.model import Request, Status, Target
from reconciler.sandbox import app

EXAMPLES = Path(__file__).parents[1] / "examples"
FOLDERS = sorted(path for path in EXAMPLES.iterdir() if (path / "manifests").is_dir())


@pytest.mark.parametrize("folder", FOLDERS, ids=[folder.name for folder in FOLDERS])
def test_the_manifests_are_valid_without_a_warning(folder: Path) -> None:
    loaded = manifests.load(folder, ("manifests",), ())
    targets = {system: Target(system, system, "http://127.0.0.1") for system in schema.load_kinds().systems()}
    resources, warnings = manifests.check(loaded, schema.load_kinds(), targets)
    assert resources
    assert warnings == ()
    manifests.link(loaded, resources, warnings)


@pytest.mark.parametrize(("name", "dialect"), [("openwebui", "0.12.4"), ("openwebui", "0.11.4")])
def test_an_estate_is_applied_without_a_warning_and_settles(
    name: str, dialect: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = shutil.copytree(EXAMPLES / name, tmp_path / name)
    monkeypatch.setenv("SANDBOX_TOKEN", "sandbox")
    with app.running(app.Options(dialects={name: dialect})) as (url, _):
        (work / "reconciler.yaml").write_text(app.example_settings(url))
        configured = settings.load(work / "reconciler.yaml")
        applied = asyncio.run(engine.apply_plan(configured, Request(), confirm=lambda _: True))
        assert applied.plan.diagnostics == ()
        assert {outcome.status for outcome in applied.outcomes} == {Status.DONE}
        assert asyncio.run(engine.make_plan(configured, Request())).operations == ()


def test_the_demo_ends_well() -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "quickstart" / "demo.py")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Plan: 3 to create, 1 to update, 0 to replace, 0 to delete." in done.stdout
    assert "$ reconciler drift" in done.stdout
