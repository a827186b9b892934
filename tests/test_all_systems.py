"""One settings file with every system at once: planned and applied in one run, and one of them may be down."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from reconciler import providers
from reconciler.cli.app import run
from reconciler.sandbox import app

EXAMPLES = {
    folder.name: folder
    for folder in sorted((Path(__file__).parents[1] / "examples").iterdir())
    if (folder / "reconciler.yaml").is_file()
}
NOBODY = "http://127.0.0.1:9"
"""Nothing listens on the port of discard."""

Say = Callable[..., str]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Run a command that must end so; gives its stdout."""

    def command(*arguments: str, expect: int = 0) -> str:
        code = run(arguments)
        said = capsys.readouterr()
        assert code == expect, f"{arguments} gave {code}: {said.out}{said.err}"
        return said.out

    return command


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Every example in one folder, aimed at the sandbox."""
    settings = {"apiVersion": "reconciler/v1", "manifests": list(EXAMPLES), "targets": {}}
    with app.running() as (address, _):
        for name, folder in EXAMPLES.items():
            shutil.copytree(folder / "manifests", tmp_path / name)
            for part in folder.iterdir():
                if part.is_dir() and part.name != "manifests":
                    shutil.copytree(part, tmp_path / part.name, dirs_exist_ok=True)
            for target, said in yaml.safe_load((folder / "reconciler.yaml").read_text())["targets"].items():
                settings["targets"][target] = {**said, "url": f"{address}/{said['system']}"}
        (tmp_path / "reconciler.yaml").write_text(yaml.safe_dump(settings))
        for path in tmp_path.rglob("*.yaml"):
            for variable in re.findall(r"\benv: (\w+)", path.read_text()):
                monkeypatch.setenv(variable, "sandbox")
        monkeypatch.chdir(tmp_path)
        yield tmp_path


def cut_off(project: Path, system: str) -> str:
    """Let the settings lead nowhere for a system; gives its target."""
    path = project / "reconciler.yaml"
    settings = yaml.safe_load(path.read_text())
    ((name, target),) = [pair for pair in settings["targets"].items() if pair[1]["system"] == system]
    target["url"] = NOBODY
    path.write_text(yaml.safe_dump(settings))
    return str(name)


def test_every_system_has_an_example() -> None:
    assert set(EXAMPLES) == set(providers.SYSTEMS)


def test_all_are_planned_and_applied_in_one_run(project: Path, say: Say) -> None:
    say("validate")
    plan = json.loads(say("plan", "--detailed-exitcode", "-o", "json", expect=2))
    assert {operation["address"].split("/")[0] for operation in plan["operations"]} == _targets(project)
    say("apply", "--yes")
    say("plan", "--detailed-exitcode")
    say("drift")


@pytest.mark.parametrize("system", sorted(EXAMPLES))
def test_one_that_is_down_is_unknown_and_the_others_go_on(system: str, project: Path, say: Say) -> None:
    down = cut_off(project, system)
    plan = json.loads(say("plan", "--detailed-exitcode", "-o", "json", expect=8))
    assert not plan["complete"]
    assert [d["summary"].split(":")[0] for d in plan["diagnostics"] if d["severity"] == "error"] == [down]
    assert {operation["address"].split("/")[0] for operation in plan["operations"]} == _targets(project) - {down}
    say("apply", "--yes", expect=8)
    assert json.loads(say("plan", "-o", "json", expect=8))["operations"] == []
    say("drift", expect=8)


def _targets(project: Path) -> set[str]:
    return set(yaml.safe_load((project / "reconciler.yaml").read_text())["targets"])
