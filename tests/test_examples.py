"""Every example does what it shows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from reconciler import manifests, schema
from reconciler.model import Target

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


def test_the_demo_ends_well() -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "quickstart" / "demo.py")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Plan: 3 to create, 1 to update, 0 to replace, 0 to delete." in done.stdout
    assert "$ reconciler drift" in done.stdout
