"""The files that `init --ci` writes: what they hold, that they are well formed, and that none is overwritten."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import ryaml
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner

from reconciler import schema
from reconciler.pipelines import ACTIONS, FILES
from tests.pipelines.runner import ROOT, git

from .conftest import Run, Sandbox, write_group
from .test_cli_live import change_by_hand

NAMED = "apiVersion: xagent/v1\nkind: Model\nmetadata: {name: m}\nspec: {api_key: {env: MODEL_KEY}}\n"

BASELINE = "reconciler-baseline.json"
NIGHT = {"github": ".github/workflows/reconciler-drift.yml", "gitlab": ".gitlab/reconciler.yml"}


def written(folder: Path, forge: str) -> dict[str, str]:
    return {path: (folder / path).read_text() for path in FILES[forge]}


def conform(schema_name: str, *paths: Path, options: tuple[str, ...] = ()) -> None:
    line = ["--builtin-schema", schema_name, *options, *map(str, paths)]
    done = CliRunner().invoke(check_jsonschema, line)
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("folder", [".", "models"])
def test_workflows_conform_to_their_public_schema(folder: str, cli: Run, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert cli("init", folder, "--ci", "github").code == 0
    paths = [tmp_path / path for path in FILES["github"]]
    conform("vendor.github-workflows", *paths)
    conform("custom.github-workflows-require-timeout", *paths)
    assert cli("init", folder, "--ci", "gitlab").code == 0
    conform(
        "vendor.gitlab-ci", *(tmp_path / path for path in FILES["gitlab"]), options=("--data-transform", "gitlab-ci")
    )


def test_the_action_and_the_hook_are_well_formed() -> None:
    conform("vendor.github-actions", ROOT / "action.yml")
    line = [sys.executable, "-m", "pre_commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")]
    assert subprocess.run(line, capture_output=True, text=True, check=False).returncode == 0


def test_the_hook_does_what_it_says(cli: Run, tmp_path: Path) -> None:
    (hook,) = ryaml.loads((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert cli("init").code == 0
    assert cli(*hook["entry"].split()[1:]).code == 0
    write_group(tmp_path, "broken", "{}")
    assert cli(*hook["entry"].split()[1:]).code == 3


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("vendor.github-workflows", "on: push\njobs: {a: {runs-on: x, steps: [{rum: ls}]}}\n"),
        ("vendor.github-actions", "name: a\n"),
        ("vendor.gitlab-ci", "a: {script: 7}\n"),
    ],
)
def test_the_schemas_refuse_what_is_wrong(name: str, wrong: str, tmp_path: Path) -> None:
    (tmp_path / "wrong.yml").write_text(wrong)
    with pytest.raises(AssertionError, match="Schema validation errors"):
        conform(name, tmp_path / "wrong.yml")


@pytest.mark.parametrize("system", sorted(path.parent.name for path in schema.folder().glob("*/starter")))
def test_every_system_names_its_secret(system: str, cli: Run, tmp_path: Path) -> None:
    ran = cli("init", "--ci", "github", "--system", system)
    assert ran.code == 0
    named = re.findall(r"\{env: (\w+)\}", "".join(path.read_text() for path in sorted(tmp_path.rglob("*.yaml"))))
    assert named
    for path, text in written(tmp_path, "github").items():
        for name in named:
            assert f"{name}: ${{{{ secrets.{name} }}}}\n" in text, path
    assert all(name in ran.out for name in named)


def test_secrets_of_manifests_are_named_too(cli: Run, tmp_path: Path) -> None:
    assert cli("init", "--system", "xagent").code == 0
    (tmp_path / "manifests" / "named.yaml").write_text(NAMED)
    assert "MODEL_KEY" in cli("init", "--ci", "gitlab").out
    assert "MODEL_KEY" in written(tmp_path, "gitlab")[".gitlab/reconciler.yml"]


def test_what_is_there_is_kept(cli: Run, tmp_path: Path) -> None:
    assert cli("init").code == 0
    (tmp_path / "manifests" / "support-assistant.yaml").unlink()
    (tmp_path / ".gitlab-ci.yml").write_text("mine: {script: ls}\n")
    ran = cli("init", "--ci", "gitlab")
    assert "wrote   .gitlab/reconciler.yml\nkept    .gitlab-ci.yml\n" in ran.out
    assert "add that where you had one already" in ran.out
    assert written(tmp_path, "gitlab")[".gitlab-ci.yml"] == "mine: {script: ls}\n"
    assert not (tmp_path / "manifests" / "support-assistant.yaml").exists()  # an estate that lives gets no examples
    assert "wrote" not in cli("init", "--ci", "gitlab").out


def test_a_sub_folder_and_a_branch_are_known(cli: Run, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    git(tmp_path, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    assert cli("init", "a/b", "--ci", "github").code == 0
    plan = ryaml.loads(written(tmp_path, "github")[".github/workflows/reconciler-plan.yml"])
    assert plan["on"]["pull_request"]["branches"] == ["trunk"]
    assert plan["defaults"]["run"]["working-directory"] == "a/b"
    assert "a/b/reconciler-plan.json" in plan["jobs"]["plan"]["steps"][-1]["with"]["path"]


def test_names_that_a_shell_would_read_are_refused(cli: Run, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    ran = cli("init", "a; b", "--ci", "github")
    assert ran.code == 3
    assert "the folder 'a; b' cannot be named in a pipeline without quotes" in ran.err
    assert not (tmp_path / ".github").exists()


def test_settings_that_cannot_be_read_are_told(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "reconciler.yaml").write_text("targets: [")
    ran = cli("init", "--ci", "github")
    assert ran.code == 3
    assert "reconciler.yaml:2:1: a value was expected" in ran.err
    assert not (tmp_path / ".github").exists()


def test_workflows_may_do_no_more_than_they_must(cli: Run, tmp_path: Path) -> None:
    assert cli("init", "--ci", "github").code == 0
    may_write = {}
    for path, text in written(tmp_path, "github").items():
        read: dict[str, Any] = ryaml.loads(text)
        assert read["permissions"] == {}
        assert "pull_request_target" not in read["on"]
        for name, job in read["jobs"].items():
            may_write[name] = sorted(what for what, how in job["permissions"].items() if how == "write")
            for step in job["steps"]:
                assert "${{" not in step.get("run", ""), f"{path}: {name}"
                assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", step.get("uses", ACTIONS["checkout"].split(" ")[0]))
    assert may_write == {
        "validate": [], "plan": ["pull-requests"], "reviewed": ["contents"], "again": [], "approved": ["contents"],
        "drift": [], "audit": [],
    }  # fmt: skip


@pytest.mark.parametrize("is_kept", [False, True])
@pytest.mark.parametrize("forge", sorted(FILES))
def test_at_night_what_the_repository_calls_known_is_known(
    forge: str, is_kept: bool, cli: Run, sandbox: Sandbox, tmp_path: Path
) -> None:
    """The script of the job, as a runner gives it to bash, before and after somebody has kept what is known."""
    assert cli("apply", "--yes").code == 0
    assert cli("init", "--ci", forge).code == 0
    change_by_hand(sandbox, "by hand")
    assert cli("drift", "--write", f"json={BASELINE}").code == 2
    if not is_kept:
        (tmp_path / BASELINE).unlink()
    night = ryaml.loads((tmp_path / NIGHT[forge]).read_text())
    if forge == "github":
        (script,) = [step["run"] for step in night["jobs"]["drift"]["steps"] if step.get("name") == "Drift"]
    else:
        script = "\n".join(night["reconciler-drift"]["script"])
    path = os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"])
    environ = {"PATH": path, "SANDBOX_TOKEN": "sandbox", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}
    line = ["bash", "-eo", "pipefail", "-c", script]
    ran = subprocess.run(line, env=environ, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == (0 if is_kept else 2), ran.stderr
    assert ("known" in ran.stdout) == is_kept
    again = cli("drift", "--baseline", "reconciler-drift.json")  # what the job keeps is the next baseline
    assert again.code == 0, again.err


def test_at_night_what_was_installed_is_audited_without_a_secret(cli: Run, tmp_path: Path) -> None:
    """The service of advisories is on the network, so the step is not run here: what it would run is looked at."""
    for forge in FILES:
        assert cli("init", "--ci", forge).code == 0
    job = ryaml.loads((tmp_path / NIGHT["github"]).read_text())["jobs"]["audit"]
    assert job["permissions"] == {}
    assert [step for step in job["steps"] if "env" in step] == []
    told = ryaml.loads((tmp_path / NIGHT["gitlab"]).read_text())["reconciler-audit"]
    for script in (job["steps"][-1]["run"], "\n".join(told["script"])):
        assert "pip freeze > " in script
        assert "pip-audit --strict " in script
