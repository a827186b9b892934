"""Every example does what it shows."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from reconciler import manifests, schema
from reconciler.cli.app import run
from reconciler.model import Target
from reconciler.sandbox import app

EXAMPLES = Path(__file__).parents[1] / "examples"
FOLDERS = sorted(path for path in EXAMPLES.iterdir() if (path / "manifests").is_dir())
LIVES = [folder for folder in FOLDERS if (folder / "reconciler.yaml").exists()]
"""Examples that say which server they are for; the others are played by a script of their own."""


@pytest.mark.parametrize("folder", FOLDERS, ids=[folder.name for folder in FOLDERS])
def test_the_manifests_are_valid_without_a_warning(folder: Path) -> None:
    loaded = manifests.load(folder, ("manifests",), ())
    targets = {system: Target(system, system, "http://127.0.0.1") for system in schema.load_kinds().systems()}
    resources, warnings = manifests.check(loaded, schema.load_kinds(), targets)
    assert resources
    assert warnings == ()
    manifests.link(loaded, resources, warnings)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with app.running() as (found, _):
        yield found


@pytest.mark.parametrize("folder", LIVES, ids=[folder.name for folder in LIVES])
def test_an_example_lives_and_goes(
    folder: Path, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    work = shutil.copytree(folder, tmp_path / folder.name)
    _aim(work, address, monkeypatch)
    monkeypatch.chdir(work)
    for line, code in LIFE:
        assert run(line.split()) == code, f"{line}\n{''.join(capsys.readouterr())}"


LIFE = (
    ("validate", 0),
    ("plan --detailed-exitcode", 2),
    ("apply --yes", 0),
    ("plan --detailed-exitcode", 0),
    ("drift", 0),
    ("destroy --yes --allow-deletes 1000", 0),
    ("plan --destroy --detailed-exitcode", 0),
)
"""What every example does, and how it ends."""


def _aim(work: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the settings lead to the sandbox; every secret is set, the credential to the word that the sandbox takes."""
    for path in work.rglob("*.yaml"):
        for name in re.findall(r"\{env: (\w+)\}", path.read_text(encoding="utf-8")):
            monkeypatch.setenv(name, "sandbox")
    settings = work / "reconciler.yaml"
    document = yaml.safe_load(settings.read_text(encoding="utf-8"))
    for target in document["targets"].values():
        target["url"] = f"{address}/{target['system']}"
    settings.write_text(yaml.safe_dump(document), encoding="utf-8")


def test_the_demo_ends_well() -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "quickstart" / "demo.py")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Plan: 3 to create, 1 to update, 0 to replace, 0 to delete." in done.stdout
    assert "$ reconciler drift" in done.stdout
