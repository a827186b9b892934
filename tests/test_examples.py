"""Every example does what it shows."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from reconciler import history, manifests, schema, survey
from reconciler.cli.app import run
from reconciler.cli.exits import REFUSED
from reconciler.model import Target
from reconciler.sandbox import app
from reconciler.settings import load as load_settings

EXAMPLES = Path(__file__).parents[1] / "examples"
FOLDERS = sorted(path for path in EXAMPLES.iterdir() if (path / "manifests").is_dir())
COMPLETE = [folder for folder in FOLDERS if (folder / "reconciler.yaml").is_file()]
NOTHING = "Plan: 0 to create, 0 to update, 0 to replace, 0 to delete."


@pytest.mark.parametrize("folder", FOLDERS, ids=[folder.name for folder in FOLDERS])
def test_the_manifests_are_valid_without_a_warning(folder: Path) -> None:
    loaded = manifests.load(folder, ("manifests",), ())
    targets = {system: Target(system, system, "http://127.0.0.1") for system in schema.load_kinds().systems()}
    resources, warnings = manifests.check(loaded, schema.load_kinds(), targets)
    assert resources
    assert warnings == ()
    manifests.link(loaded, resources, warnings)


@pytest.mark.parametrize("folder", COMPLETE, ids=[folder.name for folder in COMPLETE])
def test_the_example_is_planned_applied_and_destroyed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Through the command line, on the sandbox; every variable that the files name holds the sandbox's credential."""
    work = tmp_path / "work"
    shutil.copytree(folder, work)
    monkeypatch.chdir(work)
    for path in work.rglob("*.yaml"):
        for name in re.findall(r"{env: (\w+)}", path.read_text()):
            monkeypatch.setenv(name, "sandbox")
    settings = yaml.safe_load((work / "reconciler.yaml").read_text())

    def last_line(*arguments: str, expect: int = 0) -> str:
        code = run(arguments)
        said = capsys.readouterr()
        assert code == expect, f"{arguments} gave {code}: {said.out}{said.err}"
        return said.out.splitlines()[-1]

    with app.running() as (address, _):
        for target in settings["targets"].values():
            target["url"] = f"{address}/{target['system']}"
        (work / "reconciler.yaml").write_text(yaml.safe_dump(settings))
        assert last_line("plan", "--detailed-exitcode", expect=2) != NOTHING
        last_line("apply", "--yes")
        assert last_line("plan", "--detailed-exitcode") == NOTHING
        last_line("drift")
        is_protected = any("protect: true" in path.read_text() for path in work.rglob("*.yaml"))
        last_line("destroy", "--yes", "--allow-deletes", "1000", expect=REFUSED if is_protected else 0)
        assert last_line("plan", "--detailed-exitcode", expect=0 if is_protected else 2)
        if not is_protected:
            stays_away = _roll_back_the_last(last_line, work)
            assert (last_line("plan") == NOTHING) is not stays_away
            last_line("apply", "--yes")
            assert last_line("plan", "--detailed-exitcode") == NOTHING


def _roll_back_the_last(last_line: Callable[..., str], work: Path) -> bool:
    """Roll the newest apply back by a saved plan; say whether something needs a secret and stays away."""
    (record,) = history.records(survey.open_store(load_settings(work / "reconciler.yaml")), 1)
    last_line("rollback", record.name, "--out", "undo.plan", "--write", "json=undo.json")
    last_line("apply", "undo.plan")
    told = json.loads((work / "undo.json").read_text())["diagnostics"]
    return any(diagnostic["code"] == "rollback.secret" for diagnostic in told)


def test_the_demo_ends_well() -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "quickstart" / "demo.py")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Plan: 3 to create, 1 to update, 0 to replace, 0 to delete." in done.stdout
    assert "$ reconciler drift" in done.stdout
