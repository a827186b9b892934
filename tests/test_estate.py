"""What is live on every system becomes manifests that say the same, and losing the inventory loses nothing."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from reconciler import providers, schema
from reconciler.cli.app import run
from reconciler.sandbox import app

EXAMPLES = Path(__file__).parents[1] / "examples"
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
def estate(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, say: Say) -> Iterator[str]:
    """What the example of a system has built on the sandbox; the manifests are gone, and so is the inventory."""
    system: str = request.param
    work = tmp_path / system
    shutil.copytree(EXAMPLES / system, work)
    monkeypatch.chdir(work)
    for path in work.rglob("*.yaml"):
        for name in re.findall(r"{env: (\w+)}", path.read_text()):
            monkeypatch.setenv(name, "sandbox")
    settings = yaml.safe_load((work / "reconciler.yaml").read_text())
    with app.running() as (address, _):
        for target in settings["targets"].values():
            target["url"] = f"{address}/{target['system']}"
        (work / "reconciler.yaml").write_text(yaml.safe_dump(settings))
        say("apply", "--yes")
        for folder in [path for path in work.iterdir() if path.is_dir()]:
            shutil.rmtree(folder)
        yield system


@pytest.mark.parametrize("estate", sorted(providers.SYSTEMS), indirect=True)
def test_an_exported_estate_is_adopted_and_then_the_plan_is_empty(estate: str, say: Say) -> None:
    exported = json.loads(say("export", "-o", "json"))["exported"]
    assert {row["address"].split("/")[1] for row in exported} == set(schema.load_kinds().of(estate))
    assert not Path(".reconciler").exists()

    plan = json.loads(say("plan", "-o", "json"))
    assert {operation["action"] for operation in plan["operations"]} == {"adopt"}
    assert len(plan["operations"]) == len(exported)
    say("adopt", "*", "--yes")
    assert (
        say("plan", "--detailed-exitcode").splitlines()[-1].startswith("Plan: 0 to create, 0 to update, 0 to replace")
    )
    say("drift")
    assert json.loads(say("export", "-o", "json"))["exported"] == []
